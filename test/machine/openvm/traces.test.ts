// Every AIR's rows of recorded segments are OpenVM 1.4.0's, byte for byte; the order of hashes is nobody's.

import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { openVmChip } from '../../../codegen/chips/openvm/index.ts';
import { type Columns, rowMajor } from '../../../runtime/columns/columns.ts';
import { MemoryTree } from '../../../runtime/openvm/memory-tree.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { programTrace } from '../../../src/machine/openvm/commitments.ts';
import { Preflight, type RecordedSegment } from '../../../src/machine/openvm/preflight/preflight.ts';
import { initialState } from '../../../src/machine/openvm/preflight/state.ts';
import { fixedColumns, openVmFiller, SegmentTraces } from '../../../src/machine/openvm/traces/segment-traces.ts';
import type { Filler } from '../../../src/tracegen/fill.ts';
import { UPSTREAM_AIRS } from '../../chips/openvm-key.ts';
import { TINY, type TinyProgram } from './programs.ts';

const sha256 = (words: Uint32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
    .digest('hex');

function rowsOf(columns: Columns): Uint32Array {
  return rowMajor(columns, 0, columns.rows, new Uint32Array(columns.rows * columns.width));
}

function sorted(words: Uint32Array, width: number): Uint32Array {
  const rows = Array.from({ length: words.length / width }, (_, i) => words.subarray(i * width, (i + 1) * width));
  rows.sort((a, b) => {
    const i = a.findIndex((word, at) => word !== b[at]);
    return i < 0 ? 0 : a[i]! - b[i]!;
  });
  const all = new Uint32Array(words.length);
  for (const [i, row] of rows.entries()) all.set(row, i * width);
  return all;
}

/** The segments of a program under some limits, each with its traces. */
function* tracesOf(filler: Filler, program: TinyProgram, limits: string): Generator<[RecordedSegment, SegmentTraces]> {
  const elf = new Uint8Array(Buffer.from(program.elf_base64, 'base64'));
  const guest = loadGuest(elf, 'program', 'openvm').program;
  const inputs = program.input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));
  const state = initialState(guest, { inputs, keyValues: [], stdout: () => undefined });
  const preflight = new Preflight(guest);
  const tree = MemoryTree.of(state.memory);
  const rows = programTrace(guest);
  for (const [i, { num_insns }] of program.traces[limits]!.segments.entries()) {
    const segment = preflight.run(state, num_insns, program.metered[limits]![i]!.heights);
    if ('kind' in segment) throw new Error(segment.kind);
    yield [segment, new SegmentTraces(filler, segment, rows, tree.update(segment.touched))];
  }
}

describe('traces of openvm', () => {
  let filler: Filler;
  beforeAll(() => {
    filler = openVmFiller();
  });

  it.each([
    ['tiny-ops', 'default', 1],
    ['tiny-ops', 'ctxrows=60', 2],
    ['tiny-loop', 'rows=1000', 1],
  ] as const)('of %s under limits %s', (name, limits, segments) => {
    let i = 0;
    for (const [, traces] of tracesOf(filler, TINY[name], limits)) {
      const expected = new Map(TINY[name].traces[limits]!.segments[i]!.airs.map(air => [air.name, air]));
      for (const columns of traces.columns()) {
        const air = expected.get(columns.name);
        expected.delete(columns.name);
        expect([columns.name, columns.rows]).toEqual([columns.name, air?.height]);
        const rows = rowsOf(columns);
        const isFree = air!.sha256_rows_sorted !== undefined;
        const digest = sha256(isFree ? sorted(rows, columns.width) : rows);
        expect([columns.name, digest]).toEqual([columns.name, air!.sha256_rows_sorted ?? air!.sha256]);
        expect([columns.name, traces.publicValues(columns.name)]).toEqual([columns.name, air!.public_values ?? []]);
      }
      expect([...expected.keys()]).toEqual([]);
      if (++i === segments) break;
    }
  });

  it('have the cached program and the preprocessed tables of upstream', () => {
    const { elf_base64, commitments } = TINY['tiny-ops'];
    const { program } = loadGuest(new Uint8Array(Buffer.from(elf_base64, 'base64')), 'program', 'openvm');
    const fixed = fixedColumns(filler, programTrace(program));
    const digests = [...fixed].map(([name, columns]) => [name, sha256(rowsOf(columns))]);
    expect(Object.fromEntries(digests)).toEqual({
      Program: commitments.cached_program_trace.sha256,
      ...Object.fromEntries(
        UPSTREAM_AIRS.flatMap(({ name, preprocessed_trace: trace }) => (trace ? [[name, trace.sha256]] : [])),
      ),
    });
    for (const [name, { width }] of fixed) expect(width).toBe(openVmChip(name).fixed);
  });
});
