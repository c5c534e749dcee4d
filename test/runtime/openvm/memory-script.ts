// Accesses to a tracing memory as lines of text: of examples that are read, and of generated ones whose digest is known.

import { createHash } from 'node:crypto';
import { type AccessRecord, readRecords } from '../../../runtime/openvm/access-record.ts';
import { AddressMap, cellsOfBytes } from '../../../runtime/openvm/address-map.ts';
import { rv32Spaces } from '../../../runtime/openvm/address-spaces.ts';
import { DenseRecordArena } from '../../../runtime/openvm/arena.ts';
import { finalize, type TouchedBlock } from '../../../runtime/openvm/equipartition.ts';
import { TracingMemory } from '../../../runtime/openvm/tracing-memory.ts';

export type Mode = 'persistent' | 'volatile';

export function memoryOf(mode: Mode, arenaBytes: number = 2 ** 17): TracingMemory {
  const data = new AddressMap(rv32Spaces(32, 2 ** 20));
  return new TracingMemory(data, mode === 'persistent' ? 8 : 1, new DenseRecordArena('memory', arenaBytes));
}

export const bytesOf = (cells: readonly number[], cellBytes: number): Uint8Array =>
  cellBytes === 1 ? Uint8Array.from(cells) : new Uint8Array(Uint32Array.from(cells).buffer);

const cellBytesOf = (space: number): number => (space === 4 ? 4 : 1);

export function lineOf({
  isMerge,
  timestamp,
  space,
  pointer,
  block,
  lowest,
  cellBytes,
  timestamps,
  data,
}: AccessRecord): string {
  const cells = cellsOfBytes(data, cellBytes).join(',');
  const times = isMerge ? ` ${timestamps.join(',')}` : '';
  return `${isMerge ? 'M' : 'S'} ${timestamp} ${space} ${pointer} ${block} ${lowest}${times} ${cells}`;
}

/** A memory with a transcript of what is done to it. */
export class Scripted {
  readonly memory: TracingMemory;
  readonly lines: string[] = [];
  finals: readonly TouchedBlock[] = [];
  #seen = 0;

  constructor(mode: Mode) {
    this.memory = memoryOf(mode);
  }

  access(space: number, pointer: number, size: number, values?: readonly number[]): number {
    const time = this.memory.timestamp;
    const cellBytes = cellBytesOf(space);
    const { previous, values: before } =
      values === undefined
        ? this.memory.read(space, pointer, size)
        : this.memory.write(space, pointer, bytesOf(values, cellBytes));
    const kind = values === undefined ? 'R' : 'W';
    this.lines.push(
      `A ${time} ${space} ${pointer} ${size} ${kind} ${previous} ${cellsOfBytes(before, cellBytes).join(',')}`,
    );
    this.#takeRecords();
    return previous;
  }

  end(): void {
    this.lines.push(`E ${this.memory.timestamp}`);
    this.finals = finalize(this.memory);
    this.#takeRecords();
    for (const { space, pointer, timestamp, values } of this.finals)
      this.lines.push(`F ${space} ${pointer} ${timestamp} ${values.join(',')}`);
  }

  #takeRecords(): void {
    const { records } = this.memory;
    for (const record of readRecords(records.allocated.subarray(this.#seen))) this.lines.push(lineOf(record));
    this.#seen = records.used;
  }

  get records(): AccessRecord[] {
    return [...readRecords(this.memory.records.allocated)];
  }

  get text(): string {
    return this.lines.map(line => `${line}\n`).join('');
  }
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

export interface Operation {
  readonly space: number;
  readonly pointer: number;
  readonly size: number;
  readonly values?: readonly number[];
}

/** The generated accesses of a seed: xorshift of 32 bits. */
export function* operations(seed: number, count: number, span: number): Generator<Operation> {
  let x = seed >>> 0;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x;
  };
  for (let i = 0; i < count; i++) {
    const space = [1, 2, 4][next() % 3]!;
    const sizes = space === 4 ? [1, 2, 4, 8, 16, 32] : [4, 8, 16, 32];
    const size = sizes[next() % sizes.length]!;
    const align = space === 4 ? 1 : 4;
    const pointer = align * (next() % (Math.floor((span - size) / align) + 1));
    const isWrite = (next() & 1) === 1;
    yield { space, pointer, size, ...(isWrite && { values: Array.from({ length: size }, () => next() >>> 24) }) };
  }
}

/** Rows of the access adapters of 2, 4, … 32 cells: splits and merges. */
export function adapterRows(records: readonly AccessRecord[]): { splits: number[]; merges: number[] } {
  const splits = [0, 0, 0, 0, 0];
  const merges = [0, 0, 0, 0, 0];
  for (const { isMerge, block, lowest } of records)
    for (let i = Math.log2(lowest); i < Math.log2(block); i++) (isMerge ? merges : splits)[i]! += block / 2 ** (i + 1);
  return { splits, merges };
}
