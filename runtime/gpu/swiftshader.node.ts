// SwiftShader, a Vulkan driver that computes on the processor, out of the package @sparticuz/chromium: for tests on
// x64 Linux without a GPU and without installing a driver. Nothing of the package is run but this driver.

import { existsSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { JitExecError } from '../errors.ts';

const PACKAGE = '@sparticuz/chromium';
const DRIVER_FILE = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';
/** dlopen(3): resolve all at once, and stay when the handle is dropped. */
const NOW_AND_FOR_EVER = 0x2 | 0x1000;

/** Path of the compressed driver; undefined where the package is not installed. */
export function swiftShaderArchive(): string | undefined {
  try {
    const entry = createRequire(import.meta.url).resolve(PACKAGE);
    const archive = join(dirname(dirname(entry)), 'bin', 'swiftshader.tar.br');
    return existsSync(archive) ? archive : undefined;
  } catch {
    return undefined;
  }
}

export function canHaveSwiftShader(): boolean {
  return process.platform === 'linux' && process.arch === 'x64' && swiftShaderArchive() !== undefined;
}

let installed = false;

/**
 * Makes it the Vulkan driver of this process; to be called on the main thread, before a GPU is asked for, because the
 * environment of other threads is a copy that libraries do not see.
 */
export function useSwiftShader(): void {
  if (installed) return;
  const archive = swiftShaderArchive();
  if (!canHaveSwiftShader() || archive === undefined) {
    const text = `gpu: SwiftShader comes with the package ${PACKAGE}, on Linux with an x64 processor; npm install ${PACKAGE}`;
    throw new JitExecError('GPU_DRIVER', text);
  }
  const folder = unpack(archive);
  const file = join(folder, DRIVER_FILE);
  process.env.VK_DRIVER_FILES = file;
  process.env.VK_ICD_FILENAMES = file; // the name that older loaders know
  try {
    // Dawn's own dlopen finds it by its name from then on, whether or not the system has a loader.
    process.dlopen({ exports: {} }, join(folder, LOADER), NOW_AND_FOR_EVER);
  } catch (error) {
    if (!/did not self-register/.test(String(error))) throw error;
  }
  installed = true;
}

/** Unpacked once a user; another process may do the same at the same time. */
function unpack(archive: string): string {
  const compressed = readFileSync(archive);
  const folder = join(tmpdir(), `jit-exec-swiftshader-${compressed.length}-${process.getuid!()}`);
  if (isOurs(folder)) return folder;
  const made = mkdtempSync(`${folder}-`);
  for (const { name, bytes } of tarEntries(brotliDecompressSync(compressed))) {
    writeFileSync(join(made, name), bytes, { mode: 0o755 });
  }
  try {
    renameSync(made, folder);
    return folder;
  } catch {
    if (!isOurs(folder)) return made;
    rmSync(made, { recursive: true });
    return folder;
  }
}

/** What lies there is loaded into the process, so nobody else may have put it there. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid!() && (found.mode & 0o022) === 0;
}

/** Plain files of a ustar archive: blocks of 512 bytes, name at 0, size in octal at 124. */
function* tarEntries(tar: Uint8Array): Generator<{ name: string; bytes: Uint8Array }> {
  const text = (from: number, to: number): string =>
    Buffer.from(tar.subarray(from, to)).toString('latin1').replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136), 8);
    yield { name: basename(text(at, at + 100)), bytes: tar.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
