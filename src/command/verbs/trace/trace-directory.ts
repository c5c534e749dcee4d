// A folder of trace chunks: chunk-000000.bin … and index.json, which is written last and names them all.

import { readdirSync, unlinkSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import { JitExecError } from '../../../../runtime/errors.ts';
import type { ChunkLayout } from '../../../../runtime/trace/chunk-layout.ts';
import type { Peaks } from '../../../engine/ending/memory-use.ts';
import type { RunJson } from '../../../result.ts';
import { readBytes } from '../../input.ts';
import { isCode, printable } from '../../output.ts';
import { ownFolder, PARTIAL, unwritable, writeWhole } from '../own-folder.ts';
import {
  checkShape,
  INDEX,
  INDEX_KIND,
  isCount,
  isOptional,
  isSha256,
  isText,
  RUN_SHAPE,
  type Shape,
} from './index-shape.ts';
import type { ReportedShard } from './report-shard.ts';
import type { ShardCuts } from './shard-cuts.ts';

const CHUNK_FILE = /^chunk-\d{6,}\.bin$/;
const OUR_FILE = /^(chunk|shard|segment)-\d{6,}\.bin$|^spill-\d+-\d+$/;

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

/** Bytes of a run with shards. */
export interface RamPeaks {
  readonly ramBudgetBytes: number;
  /** What was reckoned with. */
  readonly ramNeedBytes: number;
  /** Of the process. */
  readonly residentBytes: number;
}

/** The object of `trace --json`, and what a reader of the folder needs besides. */
export interface TraceIndex extends Omit<RunJson, 'program' | 'clk' | 'peaks'> {
  readonly kind: typeof INDEX_KIND;
  /** `path` is relative to the folder; absent where the program came from standard input or another drive. */
  readonly program: { readonly name: string; readonly path?: string; readonly sha256: string };
  readonly chunkLayout: ChunkLayout;
  readonly chunkEntries: number;
  /** Whether the chunks go up to the guest's own end, by a halt or a fault. */
  readonly complete: boolean;
  readonly clk: number;
  readonly chunks: readonly IndexedChunk[];
  /** Where shards were asked for: what cut them, and they. */
  readonly cuts?: ShardCuts;
  readonly shards?: readonly ReportedShard[];
  /** Where traces were: the columns that all shards share. */
  readonly preprocessed?: unknown;
  /** Where shards were asked for: whether all of them are there. */
  readonly shardsComplete?: boolean;
  /** Of the guest where they were counted, of the whole run where shards were asked for. */
  readonly peaks?: Partial<Peaks & RamPeaks>;
}

export const chunkFile = (index: number): string => `chunk-${String(index).padStart(6, '0')}.bin`;

const isOurs = (name: string): boolean => name === INDEX || OUR_FILE.test(name.replace(/\.partial$/, ''));

/** What the index says of the program, by which `--check` finds it again. */
export function programOf(
  { name }: { readonly name: string },
  directory: string,
): { readonly name: string; readonly path?: string } {
  const path = relative(directory, name);
  return name === '-' || isAbsolute(path) ? { name: basename(name) } : { name: basename(name), path };
}

/** Makes the folder, or empties it of an older trace. Throws where it has anything else in it. */
export function prepareDirectory(directory: string): void {
  const names = ownFolder(directory, 'trace', name => isOurs(name) || name === INDEX + PARTIAL);
  // The index first: what it says must never be about other files.
  names.sort((a, b) => Number(b === INDEX) - Number(a === INDEX));
  try {
    for (const name of names) unlinkSync(join(directory, name));
  } catch (error) {
    throw unwritable(directory, error);
  }
}

export function writeIndex(directory: string, index: Omit<TraceIndex, 'kind'>): void {
  const { schema, ...rest } = index;
  const full: TraceIndex = { schema, kind: INDEX_KIND, ...rest };
  writeWhole(directory, INDEX, `${printable(JSON.stringify(full, null, 1))}\n`);
}

/** Names of chunk files in the folder. */
export function chunkFiles(directory: string): readonly string[] {
  return readdirSync(directory).filter(name => CHUNK_FILE.test(name));
}

/** What the index of a trace folder says, unchecked. Throws FILE_UNREADABLE or TRACE_INVALID. */
export function parseIndex(directory: string): unknown {
  const path = join(directory, INDEX);
  try {
    return JSON.parse(new TextDecoder().decode(readBytes(path)));
  } catch (error) {
    if (error instanceof JitExecError) throw error;
    throw new JitExecError('TRACE_INVALID', `trace: expected JSON, got ${(error as Error).message} in ${path}`);
  }
}

/** The index of a trace folder, each field that is used checked. Throws FILE_UNREADABLE or TRACE_INVALID. */
export function readIndex(directory: string, value: unknown = parseIndex(directory)): TraceIndex {
  const path = join(directory, INDEX);
  checkShape(value, INDEX_SHAPE, '', path);
  const index = value as TraceIndex;
  if (index.schema !== 1 || index.kind !== INDEX_KIND) {
    throw new JitExecError(
      'TRACE_INVALID',
      `trace: expected schema 1 of a ${INDEX_KIND}, got ${index.schema} in ${path}`,
    );
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
  const shards: unknown = index.shards ?? [];
  if (!Array.isArray(shards)) checkShape({ shards }, { shards: Array.isArray }, '', path);
  for (const [i, shard] of (shards as readonly ReportedShard[]).entries()) {
    checkShape(shard, SHARD_SHAPE, `shards[${i}].`, path);
    for (const [j, chip] of shard.chips.entries()) checkShape(chip, CHIP_SHAPE, `shards[${i}].chips[${j}].`, path);
  }
  if (index.cuts !== undefined) checkShape(index.cuts, CUTS_SHAPE, 'cuts.', path);
  return index;
}

const INDEX_SHAPE: Shape = {
  ...RUN_SHAPE,
  chunkLayout: value => value === '6.0' || value === '6.4',
  chunkEntries: isCount,
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

const SHARD_SHAPE: Shape = {
  index: isCount,
  kind: isText,
  chips: Array.isArray,
  publicValues: isOptional(value => Array.isArray(value) && value.every(isCount)),
  file: isOptional(isText),
};

const CHIP_SHAPE: Shape = { name: isText, rows: isCount, realRows: isCount, sha256: isOptional(isSha256) };

const CUTS_SHAPE: Shape = {
  elementThreshold: isCount,
  heightThreshold: isCount,
  memoryShards: value => value === 'separate' || value === 'packed',
  onlyShard: isOptional(isCount),
};

/** Whether an error is the operating system's refusal to write. */
export function isWriteError(error: unknown): error is NodeJS.ErrnoException {
  return ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'EMFILE'].some(code =>
    isCode(error, code),
  );
}
