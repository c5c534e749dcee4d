// Segments of the tiny programs with their traces, for tests.

import type { Program } from '../../../codegen/program/program.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { MemoryTree, type TreeChange } from '../../../runtime/openvm/memory-tree.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { programTrace } from '../../../src/machine/openvm/commitments.ts';
import { Preflight, type RecordedSegment } from '../../../src/machine/openvm/preflight/preflight.ts';
import { initialState } from '../../../src/machine/openvm/preflight/state.ts';
import { SegmentTraces } from '../../../src/machine/openvm/traces/segment-traces.ts';
import type { Filler } from '../../../src/tracegen/filler.ts';
import type { TinyProgram } from './programs.ts';

export const programOf = ({ elf_base64 }: TinyProgram): Program =>
  loadGuest(new Uint8Array(Buffer.from(elf_base64, 'base64')), 'program', 'openvm').program;

/** A segment as it was recorded, and what it changed in the tree of memory. */
export interface TinySegment {
  readonly segment: RecordedSegment;
  readonly change: TreeChange;
}

/** The segments of a program under some limits. */
export function* recordedOf(tiny: TinyProgram, limits: string): Generator<TinySegment> {
  const program = programOf(tiny);
  const inputs = tiny.input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
  const state = initialState(program, { inputs, keyValues: [], stdout: () => undefined });
  const preflight = new Preflight(program);
  const tree = MemoryTree.of(state.memory);
  for (const [i, { num_insns }] of tiny.traces[limits]!.segments.entries()) {
    const segment = preflight.run(state, num_insns, tiny.metered[limits]![i]!.heights);
    if ('kind' in segment) throw new Error(segment.kind);
    yield { segment, change: tree.update(segment.touched) };
  }
}

/** The same as traces. */
export function* tracesOf(filler: Filler, tiny: TinyProgram, limits: string): Generator<SegmentTraces> {
  const rows = programTrace(programOf(tiny));
  for (const { segment, change } of recordedOf(tiny, limits)) yield new SegmentTraces(filler, segment, rows, change);
}

/** All columns of a segment, kept. */
export const kept = (traces: SegmentTraces): Columns[] =>
  Array.from(traces.columns(), columns => ({ ...columns, data: columns.data.slice() }));
