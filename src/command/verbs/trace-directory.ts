// A folder of trace chunks: chunk-000000.bin … and index.json, which is written last and names them all.

import { mkdirSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { JitExecError } from '../../../runtime/errors.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { readBytes } from '../input.ts';
import { isCode } from '../output.ts';
import type { ReportedExit } from './run-report.ts';

const INDEX = 'index.json';
const KIND = 'jit-exec trace';
const PARTIAL = '.partial';
const CHUNK_FILE = /^chunk-\d{6,}\.bin$/;

export interface IndexedChunk {
  readonly index: number;
  readonly file: string;
  /** Of the file, which is the raw chunk. */
  readonly bytes: number;
  readonly memReads: number;
  /** Hexadecimal. */
  readonly pcStart: string;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly globalClkEnd: number;
  readonly sha256: string;
}

export interface TraceIndex {
  readonly schema: 1;
  readonly kind: typeof KIND;
  readonly program: { readonly name: string; readonly path: string; readonly sha256: string };
  readonly machine: string;
  /** Whose rules of loading were followed; both give one memory to all but few programs. */
  readonly sp1Version?: '6.4' | '6.10';
  readonly chunkLayout: ChunkLayout;
  readonly chunkEntries: number;
  /** Whether the chunks go up to the guest's own end, by a halt or a fault. */
  readonly complete: boolean;
  readonly exit: ReportedExit;
  readonly instructions: number;
  readonly clk: number;
  readonly publicValuesSha256: string;
  readonly chunks: readonly IndexedChunk[];
}

export const chunkFile = (index: number): string => `chunk-${String(index).padStart(6, '0')}.bin`;

const isOurs = (name: string): boolean => name === INDEX || CHUNK_FILE.test(name.replace(/\.partial$/, ''));

/** Makes the folder, or empties it of an older trace. Throws where it has anything else in it. */
export function prepareDirectory(directory: string): void {
  let names: string[];
  try {
    mkdirSync(directory, { recursive: true });
    names = readdirSync(directory);
  } catch (error) {
    throw unwritable(directory, error);
  }
  const other = names.find(name => !isOurs(name) && name !== INDEX + PARTIAL);
  if (other !== undefined) {
    throw new JitExecError('USAGE', `--output: expected a new, empty or trace folder, got ${other} in ${directory}`);
  }
  // The index first: what it says must never be about other files.
  names.sort((a, b) => Number(b === INDEX) - Number(a === INDEX));
  try {
    for (const name of names) unlinkSync(join(directory, name));
  } catch (error) {
    throw unwritable(directory, error);
  }
}

function unwritable(path: string, error: unknown): JitExecError {
  return new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${(error as Error).message}`, { cause: error });
}

/** Writes a file of the folder so that it is there whole or not at all. Throws Node's error (ENOSPC, …). */
export function writeWhole(directory: string, name: string, data: Uint8Array | string): void {
  const partial = join(directory, name + PARTIAL);
  try {
    writeFileSync(partial, data);
    renameSync(partial, join(directory, name));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

export function writeIndex(directory: string, index: Omit<TraceIndex, 'schema' | 'kind'>): void {
  const full: TraceIndex = { schema: 1, kind: KIND, ...index };
  writeWhole(directory, INDEX, `${JSON.stringify(full, null, 1)}\n`);
}

/** Names of chunk files in the folder. */
export function chunkFiles(directory: string): readonly string[] {
  return readdirSync(directory).filter(name => CHUNK_FILE.test(name));
}

/** The index of a trace folder, each field that is used checked. Throws FILE_UNREADABLE or TRACE_INVALID. */
export function readIndex(directory: string): TraceIndex {
  const path = join(directory, INDEX);
  const text = new TextDecoder().decode(readBytes(path));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JitExecError('TRACE_INVALID', `trace: expected JSON, got ${(error as Error).message} in ${path}`);
  }
  checkShape(value, INDEX_SHAPE, '', path);
  const index = value as TraceIndex;
  if (index.schema !== 1 || index.kind !== KIND) {
    throw new JitExecError('TRACE_INVALID', `trace: expected schema 1 of a ${KIND}, got ${index.schema} in ${path}`);
  }
  for (const [i, chunk] of index.chunks.entries()) {
    checkShape(chunk, CHUNK_SHAPE, `chunks[${i}].`, path);
    if (chunk.index !== i || chunk.file !== chunkFile(i)) {
      throw new JitExecError(
        'TRACE_INVALID',
        `trace: expected chunk ${i} in ${chunkFile(i)}, got ${chunk.file} in ${path}`,
      );
    }
  }
  return index;
}

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === 'string';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isSha256 = (value: unknown): boolean => /^[\da-f]{64}$/.test(String(value));
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const INDEX_SHAPE: Shape = {
  schema: isCount,
  kind: isText,
  program: value =>
    isObject(value) &&
    isSha256((value as TraceIndex['program']).sha256) &&
    isText((value as TraceIndex['program']).path),
  machine: isText,
  chunkLayout: value => value === '6.0' || value === '6.4',
  chunkEntries: isCount,
  complete: value => typeof value === 'boolean',
  exit: value => isObject(value) && isText((value as ReportedExit).kind),
  instructions: isCount,
  clk: isCount,
  chunks: Array.isArray,
};

const CHUNK_SHAPE: Shape = {
  index: isCount,
  file: isText,
  bytes: isCount,
  memReads: isCount,
  pcStart: value => /^0x[\da-f]{1,13}$/.test(String(value)),
  clkStart: isCount,
  clkEnd: isCount,
  globalClkEnd: isCount,
  sha256: isSha256,
};

function checkShape(value: unknown, shape: Shape, prefix: string, path: string): void {
  const fields = isObject(value) ? (value as Record<string, unknown>) : {};
  for (const [name, test] of Object.entries(shape)) {
    if (test(fields[name])) continue;
    const got = JSON.stringify(fields[name])?.slice(0, 80) ?? 'nothing';
    throw new JitExecError('TRACE_INVALID', `trace: expected a valid ${prefix}${name}, got ${got} in ${path}`);
  }
}

/** Whether an error is the operating system's refusal to write. */
export function isWriteError(error: unknown): error is NodeJS.ErrnoException {
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'EMFILE'].some(code =>
    isCode(error, code),
  );
}
