// A segment's columns keep what the AIRs say, and a changed cell or public value is found where it is.

import { beforeAll, describe, expect, it } from 'vitest';
import { openVmChip } from '../../../codegen/chips/openvm/index.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import { SegmentChecker } from '../../../src/machine/openvm/check/segment-checker.ts';
import { programTrace } from '../../../src/machine/openvm/commitments.ts';
import { fixedColumns, openVmFiller } from '../../../src/machine/openvm/traces/segment-traces.ts';
import { type Failure, FailureList } from '../../../src/tracegen/failures.ts';
import { TINY } from './programs.ts';
import { kept, programOf, tracesOf } from './segments.ts';

describe('a check of a segment', () => {
  let checker: SegmentChecker;
  let columns: readonly Columns[];
  let publicValues: (air: string) => readonly number[];
  beforeAll(() => {
    const filler = openVmFiller();
    checker = new SegmentChecker(fixedColumns(filler, programTrace(programOf(TINY['tiny-ops']))));
    const [traces] = [...tracesOf(filler, TINY['tiny-ops'], 'default')];
    columns = kept(traces!);
    publicValues = air => traces!.publicValues(air);
  }, 60_000);

  function check(list: readonly Columns[], values = publicValues): readonly Failure[] {
    const failures = new FailureList(20);
    checker.check({ index: 3, publicValues: values, columns: () => list }, failures);
    return failures.list;
  }

  /** Columns with one more in a cell of an AIR. */
  function changed(air: string, name: string, row: number): Columns[] {
    const chip = openVmChip(air);
    const column = chip.columns.findIndex(one => one.name === name) - chip.fixed;
    return columns.map(one => {
      if (one.name !== air) return one;
      const data = one.data.slice();
      data[column * one.stride + row] = babyBear.add(data[column * one.stride + row]!, 1);
      return { ...one, data };
    });
  }

  it('finds nothing in what was recorded', () => {
    expect(check(columns)).toEqual([]);
  });

  it.each([
    ['LoadStore', 'write_data[0]', 1, /what is written/],
    ['HintStore', 'rem_words_limbs[0]', 1, /one word less is left/],
    ['Merkle', 'parent_height', 5, /falls by 0 or 1/],
    ['Merkle', 'parent_hash[3]', 0, /the root before/],
    ['Merkle', 'is_root', 255, /the last row is no root/],
    ['Connector', 'timestamp', 0, /the first timestamp/],
    ['Boundary', 'timestamp', 0, /what there was is of time 0/],
    ['Poseidon2', 'partial3.sbox', 7, /internal round 3: a cube/],
    ['Bitwise', 'mult_xor', 5, /the row is looked up 0 times/],
  ] as const)('finds a changed cell of %s, %s of row %i', (chip, name, row, rule) => {
    const found = check(changed(chip, name, row));
    const own = found.filter(one => one.chip === chip && rule.test(one.rule));
    expect(own.length).toBeGreaterThan(0);
    expect(own.map(one => [one.shard, one.columns.some(column => column.replace("'", '') === name)])).toContainEqual([
      3,
      true,
    ]);
  });

  it.each([
    ['Adapter8', 'values[2]', 5, 'Memory'],
    ['Boundary', 'hash[1]', 4, 'Compression'],
    ['Program', 'exec_freq', 9, 'Program'],
    ['Merkle', 'parent_as_label', 2, 'Merkle'],
  ] as const)('finds a message of %s that nobody meets: %s of row %i', (chip, name, row, bus) => {
    const found = check(changed(chip, name, row));
    expect(found.map(({ rule }) => rule)).toContainEqual(expect.stringMatching(new RegExp(`on bus ${bus} `)));
    expect(found.some(one => one.chip === chip && one.row === row)).toBe(true);
  });

  it('finds other public values, and a table that is not there', () => {
    const [found] = check(columns, air => (air === 'Connector' ? [1, 2, 3, 4] : publicValues(air)));
    expect([found!.chip, found!.rule]).toEqual(['Connector', expect.stringMatching(/^the first pc/)]);
    const rules = check(columns.filter(({ name }) => name !== 'Merkle')).map(({ rule }) => rule);
    expect(rules).toContain('the segment has the table');
  });
});
