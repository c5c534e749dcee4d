// Every AIR's rows of recorded segments are OpenVM 1.4.0's, byte for byte; the order of hashes is nobody's.

import { beforeAll, describe, expect, it } from 'vitest';
import { openVmChip } from '../../../codegen/chips/openvm/index.ts';
import { programTrace } from '../../../src/machine/openvm/commitments.ts';
import { fixedColumns, openVmFiller } from '../../../src/machine/openvm/traces/segment-traces.ts';
import type { Filler } from '../../../src/tracegen/filler.ts';
import { UPSTREAM_AIRS } from '../../chips/openvm-key.ts';
import { digestAs, digestOf, upstreamDigest } from './digests.ts';
import { TINY } from './programs.ts';
import { programOf, tracesOf } from './segments.ts';

describe('traces of openvm', () => {
  let filler: Filler;
  beforeAll(() => {
    filler = openVmFiller();
  });

  it.each([
    ['tiny-ops', 'default', 1],
    ['tiny-loop', 'rows=1000', 1],
  ] as const)('of %s under limits %s', (name, limits, segments) => {
    let i = 0;
    for (const traces of tracesOf(filler, TINY[name], limits)) {
      const expected = new Map(TINY[name].traces[limits]!.segments[i]!.airs.map(air => [air.name, air]));
      for (const columns of traces.columns()) {
        const air = expected.get(columns.name);
        expected.delete(columns.name);
        expect([columns.name, columns.rows]).toEqual([columns.name, air?.height]);
        expect([columns.name, digestAs(columns, air!)]).toEqual([columns.name, upstreamDigest(air!)]);
        expect([columns.name, traces.publicValues(columns.name)]).toEqual([columns.name, air!.public_values ?? []]);
      }
      expect([...expected.keys()]).toEqual([]);
      if (++i === segments) break;
    }
  });

  it('have the cached program and the preprocessed tables of upstream', () => {
    const { commitments } = TINY['tiny-ops'];
    const fixed = fixedColumns(filler, programTrace(programOf(TINY['tiny-ops'])));
    const digests = [...fixed].map(([name, columns]) => [name, digestOf(columns)]);
    expect(Object.fromEntries(digests)).toEqual({
      Program: commitments.cached_program_trace.sha256,
      ...Object.fromEntries(
        UPSTREAM_AIRS.flatMap(({ name, preprocessed_trace: trace }) => (trace ? [[name, trace.sha256]] : [])),
      ),
    });
    for (const [name, { width }] of fixed) expect(width).toBe(openVmChip(name).fixed);
  });
});
