// The columns of a segment's AIRs from what was recorded. Reference: openvm:crates/vm/src/arch/vm.rs (generate_proving_ctx), v1.4.0.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS, openVmChip } from '../../../../codegen/chips/openvm/index.ts';
import { MAX_RANGE_BITS, OPENVM_SLOTS, SLOT_OF } from '../../../../codegen/chips/openvm/lookups.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import type { TreeChange } from '../../../../runtime/openvm/memory-tree.ts';
import { RECORDS, type RecordedAir } from '../../../../runtime/openvm/records.ts';
import { Filler } from '../../../tracegen/filler.ts';
import type { RecordedSegment } from '../preflight/preflight.ts';
import { Structs } from './structs.ts';
import {
  type Accesses,
  accessEvents,
  connectorEvents,
  hintEvents,
  type MemoryEvents,
  memoryEvents,
  programEvents,
  SUSPENDED_EXIT_CODE,
} from './system-events.ts';

const BYTE_PAIRS = 65_536;
const RANGE_ROWS = 2 ** (MAX_RANGE_BITS + 1);

/** Rows with padding: a power of two. */
const padded = (rows: number): number => 2 ** Math.ceil(Math.log2(rows));

/** A segment with what its AIRs' rows are made from. */
export class SegmentTraces {
  readonly #filler: Filler;
  readonly #segment: RecordedSegment;
  readonly #program: readonly (readonly number[])[];
  readonly #accesses: Accesses;
  readonly #memory: MemoryEvents;
  readonly #change: TreeChange;

  /** `program`: the rows of its matrix; `change`: what the segment changed in the tree of memory. */
  constructor(filler: Filler, segment: RecordedSegment, program: readonly (readonly number[])[], change: TreeChange) {
    this.#filler = filler;
    this.#segment = segment;
    this.#program = program;
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

  /**
   * The columns, preprocessed and cached ones left out, of AIRs that have rows: in the order of the key, but for the tables of
   * lookups, which are the last ones. Each is valid until the next is asked for.
   */
  *columns(): Generator<Columns> {
    this.#filler.clearCounts();
    yield tableColumns(openVmChip('Program'), [this.#frequencies()]);
    for (const chip of OPENVM_CHIPS) {
      const events = this.#eventsOf(chip.name);
      if (events === undefined) continue;
      const rows = events.length / chip.event.bytes;
      if (rows > 0) yield this.#filler.fill(chip, events, padded(rows));
    }
    yield* this.#tables();
  }

  /** By row of the program: how often its instruction was done. Behind gaps, padding has the pcs of instructions. */
  #frequencies(): Uint32Array {
    const { frequencies } = this.#segment;
    const first = this.#program[0]![0]!;
    let highest = -1;
    return Uint32Array.from(this.#program, ([pc]) => {
      if (pc! <= highest) return 0;
      highest = pc!;
      return frequencies[(pc! - first) / 4] ?? 0;
    });
  }

  /** Undefined of tables, whose multiplicities are counted. */
  #eventsOf(name: string): Uint8Array | undefined {
    const { arenas } = this.#segment;
    switch (name) {
      case 'Program':
        return undefined;
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
      case 'RangeTuple':
      case 'Bitwise':
      case 'VarRange':
        return undefined;
    }
    if (name in RECORDS) return arenas.records(name as RecordedAir);
    return this.#accesses.adapters.get(Number(name.replace('Adapter', '')))?.bytes ?? new Uint8Array();
  }

  /** A table's multiplicities are what was counted: they are the columns. */
  *#tables(): Generator<Columns> {
    const counts = this.#filler.counts.slice();
    yield tableColumns(openVmChip('RangeTuple'), [counts.subarray(SLOT_OF.tuple)]);
    yield tableColumns(openVmChip('Bitwise'), [
      counts.subarray(SLOT_OF.bytes, SLOT_OF.bytes + BYTE_PAIRS),
      counts.subarray(SLOT_OF.xor, SLOT_OF.xor + BYTE_PAIRS),
    ]);
    yield tableColumns(openVmChip('VarRange'), [counts.subarray(SLOT_OF.range, SLOT_OF.range + RANGE_ROWS)]);
  }
}

function tableColumns(chip: Chip, columns: readonly Uint32Array[]): Columns {
  const rows = columns[0]!.length;
  const data = new Uint32Array(rows * columns.length);
  for (const [i, column] of columns.entries()) data.set(column, i * rows);
  return { name: chip.name, rows, realRows: rows, width: columns.length, stride: rows, data };
}

export const openVmFiller = (): Filler => new Filler(babyBear, OPENVM_SLOTS);

/** Cached and preprocessed columns, by AIR: of the program at hand, and of the tables. */
export function fixedColumns(filler: Filler, program: readonly (readonly number[])[]): ReadonlyMap<string, Columns> {
  const made = new Map<string, Columns>();
  const add = (name: string, events: Structs): void => {
    const chip = openVmChip(name);
    const columns = filler.fillFixed(chip, events.bytes, events.length);
    made.set(name, { ...columns, data: columns.data.slice() });
  };
  const list = (name: string, rows: number, event: (row: number) => Parameters<Structs['push']>[0]): void => {
    const events = new Structs(openVmChip(name));
    for (let row = 0; row < rows; row++) events.push(event(row));
    add(name, events);
  };
  add('Program', programEvents(program));
  list('Connector', 2, row => ({ row, pc: 0, timestamp: 0, is_terminate: 0, exit_code: 0 }));
  list('RangeTuple', OPENVM_SLOTS - SLOT_OF.tuple, row => ({ row, count: 0 }));
  list('Bitwise', BYTE_PAIRS, row => ({ row, counts: [0, 0] }));
  list('VarRange', RANGE_ROWS, row => {
    const max_bits = row === 0 ? 0 : 31 - Math.clz32(row);
    return { value: row === 0 ? 0 : row - 2 ** max_bits, max_bits, count: 0 };
  });
  return made;
}
