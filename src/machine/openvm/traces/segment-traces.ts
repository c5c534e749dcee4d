// The columns of a segment's AIRs from what was recorded. Reference: openvm:crates/vm/src/arch/vm.rs (generate_proving_ctx), v1.4.0.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { OPENVM_CHIPS, openVmChip } from '../../../../codegen/chips/openvm/index.ts';
import { MAX_RANGE_BITS, OPENVM_SLOTS, SLOT_OF } from '../../../../codegen/chips/openvm/lookups.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { babyBear } from '../../../../runtime/fields/baby-bear.ts';
import type { TreeChange } from '../../../../runtime/openvm/memory-tree.ts';
import { Filler } from '../../../tracegen/filler.ts';
import type { RecordedSegment } from '../preflight/preflight.ts';
import { padded, SegmentEvents } from './segment-events.ts';
import { Structs } from './structs.ts';
import { programEvents } from './system-events.ts';

const BYTE_PAIRS = 65_536;
const RANGE_ROWS = 2 ** (MAX_RANGE_BITS + 1);

/** Rows that AIRs of memory get, not fewer than they take; rounded up to a power of two. */
export type SystemHeights = Readonly<Partial<Record<'Boundary' | 'Merkle' | `Adapter${2 | 4 | 8 | 16 | 32}`, number>>>;

/** A segment's AIRs filled one after the other. */
export class SegmentTraces {
  readonly #filler: Filler;
  readonly #program: readonly (readonly number[])[];
  readonly #events: SegmentEvents;
  readonly #heights: SystemHeights;

  /**
   * `program`: the rows of its matrix; `change`: what the segment changed in the tree of memory.
   * @throws USAGE where an AIR takes more rows than `heights` has for it
   */
  constructor(
    filler: Filler,
    segment: RecordedSegment,
    program: readonly (readonly number[])[],
    change: TreeChange,
    heights: SystemHeights = {},
  ) {
    this.#filler = filler;
    this.#program = program;
    this.#events = new SegmentEvents(segment, change);
    this.#heights = heights;
  }

  /** By AIR, of those that have some. */
  publicValues(air: string): readonly number[] {
    return this.#events.publicValues(air);
  }

  /**
   * The columns, preprocessed and cached ones left out, of AIRs that have rows: in the order of the key, but for the tables of
   * lookups, which are the last ones. Each is valid until the next is asked for.
   */
  *columns(): Generator<Columns> {
    this.#filler.clearCounts();
    yield programColumns(this.#events.frequencies(this.#program));
    for (const chip of OPENVM_CHIPS) {
      const events = this.#events.of(chip.name);
      if (events === undefined) continue;
      const rows = events.length / chip.event.bytes;
      const least = this.#heights[chip.name as keyof SystemHeights] ?? 0;
      if (least > 0 && least < rows)
        throw new JitExecError(
          'USAGE',
          `Overridden height ${least} is less than the required height ${rows} of ${chip.name}`,
        );
      if (Math.max(rows, least) > 0) yield this.#filler.fill(chip, events, padded(Math.max(rows, least)));
    }
    yield* lookupColumns(this.#filler.counts);
  }
}

/** Of Program: how often each row's instruction was done. */
export const programColumns = (frequencies: Uint32Array): Columns => tableColumns(openVmChip('Program'), [frequencies]);

/** A table's multiplicities are what was counted: they are the columns. */
export function* lookupColumns(counts: Uint32Array): Generator<Columns> {
  yield tableColumns(openVmChip('RangeTuple'), [counts.subarray(SLOT_OF.tuple, OPENVM_SLOTS)]);
  yield tableColumns(openVmChip('Bitwise'), [
    counts.subarray(SLOT_OF.bytes, SLOT_OF.bytes + BYTE_PAIRS),
    counts.subarray(SLOT_OF.xor, SLOT_OF.xor + BYTE_PAIRS),
  ]);
  yield tableColumns(openVmChip('VarRange'), [counts.subarray(SLOT_OF.range, SLOT_OF.range + RANGE_ROWS)]);
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
