// Compiled code of programs, in a folder of the user's own, for runs to come.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JitExecError } from '../../runtime/errors.ts';
import type { CodeStore } from '../engine/code/saved-plan.ts';
import { makeFolder } from '../planner/store/make-folder.ts';
import { VERSION } from '../version.ts';

const EXTENSION = '.jxcode';
const DIGEST_BYTES = 32;
/** Of all programs together; those that were not used for longest go. */
const MOST_BYTES = 2 ** 28;
const WRITABLE_BY_OTHERS = 0o022;

const digestOf = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/** What `--code-cache` says: a folder, or 1 for the platform's. */
export function codeDirectory(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  if (given !== '1') return given;
  const { env, platform } = process;
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'jit-exec', 'code');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'jit-exec', 'code');
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'jit-exec', 'code');
}

/**
 * The code of one program there. What is missing, damaged or cannot be written is as if there were none: a run does without.
 * @throws USAGE where others could have written what would run.
 */
export function codeFolder(directory: string, program: Uint8Array, mostBytes: number = MOST_BYTES): CodeStore {
  checkOwn(directory);
  const own = digestOf(VERSION, '\0', ownBuild(), '\0', program);
  const pathOf = (name: string): string =>
    join(directory, `${digestOf(own, name).toString('hex').slice(0, 40)}${EXTENSION}`);
  return {
    load: name => ignoring(() => whole(pathOf(name))),
    save: (name, bytes) =>
      void ignoring(() => {
        write(directory, pathOf(name), bytes);
        trim(directory, mostBytes);
      }),
  };
}

/** A version that is worked on is built many times. */
function ownBuild(): string {
  const { size, mtimeMs } = statSync(fileURLToPath(import.meta.url));
  return `${size} ${mtimeMs}`;
}

function checkOwn(directory: string): void {
  const found = ignoring(() => statSync(directory));
  if (found === undefined) return;
  if (!found.isDirectory()) throw new JitExecError('USAGE', `--code-cache: expected a folder, got ${directory}`);
  if (process.platform === 'win32' || (found.uid === process.getuid?.() && (found.mode & WRITABLE_BY_OTHERS) === 0))
    return;
  throw new JitExecError(
    'USAGE',
    `--code-cache: others may write to ${directory}, and what lies there is run; give a folder of your own (chmod go-w)`,
  );
}

function ignoring<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

/** A file's bytes behind their digest; undefined where they are others. */
function whole(path: string): Uint8Array | undefined {
  const file = readFileSync(path);
  const bytes = file.subarray(DIGEST_BYTES);
  if (!digestOf(bytes).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
  const now = new Date();
  utimesSync(path, now, now);
  return bytes;
}

function write(directory: string, path: string, bytes: Uint8Array): void {
  makeFolder(directory, 0o700);
  const partial = `${path}.${process.pid}.partial`;
  try {
    writeFileSync(partial, Buffer.concat([digestOf(bytes), bytes]), { mode: 0o600 });
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

function trim(directory: string, mostBytes: number): void {
  const files = readdirSync(directory)
    .filter(name => name.endsWith(EXTENSION))
    .map(name => ({ path: join(directory, name), stat: statSync(join(directory, name)) }))
    .sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
  let bytes = 0;
  for (const file of files) {
    bytes += file.stat.size;
    if (bytes > mostBytes) rmSync(file.path, { force: true });
  }
}
