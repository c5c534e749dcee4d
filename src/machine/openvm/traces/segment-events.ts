// What the rows of a segment's AIRs are made from: structs by AIR, public values, how often each instruction was done.

import type { TreeChange } from '../../../../runtime/openvm/memory-tree.ts';
import { RECORDS, type RecordedAir } from '../../../../runtime/openvm/records.ts';
import type { AirName } from '../airs.ts';
import type { RecordedSegment } from '../preflight/preflight.ts';
import {
  type AccessEvents,
  accessEvents,
  connectorEvents,
  hintEvents,
  type MemoryEvents,
  memoryEvents,
  SUSPENDED_EXIT_CODE,
} from './system-events.ts';

/** AIRs whose columns are counts: of instructions, and of lookups. */
export const COUNTED: ReadonlySet<string> = new Set<AirName>(['Program', 'RangeTuple', 'Bitwise', 'VarRange']);

/** Rows with padding: a power of two. */
export const padded = (rows: number): number => 2 ** Math.ceil(Math.log2(rows));

export const isRecorded = (name: string): name is RecordedAir => name in RECORDS;

export class SegmentEvents {
  readonly #segment: RecordedSegment;
  readonly #change: TreeChange;
  readonly #accesses: AccessEvents;
  readonly #memory: MemoryEvents;

  /** `change`: what the segment changed in the tree of memory. */
  constructor(segment: RecordedSegment, change: TreeChange) {
    this.#segment = segment;
    this.#change = change;
    this.#accesses = accessEvents(segment.arenas.accesses.allocated);
    this.#memory = memoryEvents(segment.touched, this.#accesses.before, change);
  }

  /** By AIR, of those that have some. */
  publicValues(air: string): readonly number[] {
    const { fromPc, toPc, exitCode } = this.#segment;
    if (air === 'Connector') return [fromPc, toPc, exitCode ?? SUSPENDED_EXIT_CODE, exitCode === undefined ? 0 : 1];
    return air === 'Merkle' ? [...this.#change.before, ...this.#change.after] : [];
  }

  /** Structs, one for each row without padding; undefined where rows are counts. */
  of(name: string): Uint8Array | undefined {
    const { arenas } = this.#segment;
    if (COUNTED.has(name)) return undefined;
    switch (name) {
      case 'Connector':
        return connectorEvents(this.#segment).bytes;
      case 'Boundary':
        return this.#memory.boundary.bytes;
      case 'Merkle':
        return this.#memory.merkle.bytes;
      case 'Poseidon2':
        return this.#memory.poseidon2.bytes;
      case 'HintStore':
        return hintEvents(arenas.records('HintStore')).bytes;
    }
    if (isRecorded(name)) return arenas.records(name);
    return this.#accesses.adapters.get(Number(name.replace('Adapter', '')))?.bytes ?? new Uint8Array();
  }

  /** By row of the program's matrix: how often its instruction was done. Behind gaps, padding has the pcs of instructions. */
  frequencies(program: readonly (readonly number[])[]): Uint32Array {
    const { frequencies } = this.#segment;
    const first = program[0]![0]!;
    let highest = -1;
    return Uint32Array.from(program, ([pc]) => {
      if (pc! <= highest) return 0;
      highest = pc!;
      return frequencies[(pc! - first) / 4] ?? 0;
    });
  }
}
