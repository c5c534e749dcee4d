// The dense layout of traces, in small: the rules of sp1:sp1-gpu/crates/jagged_tracegen/src/lib.rs, generate_jagged_traces.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnIndex, jaggedLayout, SP1_JAGGED } from '../../runtime/columns/jagged.ts';

/** Groups are padded to multiples of 32 cells, by columns of 16 rows. */
const SMALL = { logStackingHeight: 5, maxLogRowCount: 4 };

describe('the dense layout', () => {
  test('has traces in the order of their names, absent chips in their places, and zeros behind each group', () => {
    const main = [
      { name: 'Mul', width: 2, rows: 4 },
      { name: 'Add', width: 1, rows: 8 },
      { name: 'DivRem', width: 3, rows: 0 },
    ];
    const { groups, cells, startIndices, columnHeights } = jaggedLayout(
      [[{ name: 'Byte', width: 1, rows: 30 }], main],
      SMALL,
    );
    expect(
      groups.map(({ places }) => places.map(({ name, offset, firstColumn }) => [name, offset, firstColumn])),
    ).toEqual([
      [['Byte', 0, 0]],
      [
        ['Add', 32, 2],
        ['DivRem', 40, 3],
        ['Mul', 40, 6],
      ],
    ]);
    expect(groups.map(({ paddingCells, paddingColumns }) => [paddingCells, paddingColumns])).toEqual([
      [2, 1],
      [16, 1],
    ]);
    expect(cells).toBe(64);
    expect([...startIndices]).toEqual([0, 15, 16, 20, 20, 20, 20, 22, 24, 32]);
    expect([...columnHeights]).toEqual([15, 1, 4, 0, 0, 0, 2, 2, 8]);
  });

  test('has an empty padding column where a group is full', () => {
    const { groups, startIndices, columnHeights } = jaggedLayout([[{ name: 'A', width: 2, rows: 16 }]], SMALL);
    expect(groups[0]).toMatchObject({ end: 32, columnEnd: 3, paddingCells: 0, paddingColumns: 1 });
    expect([...startIndices]).toEqual([0, 8, 16, 16]);
    expect([...columnHeights]).toEqual([8, 8, 0]);
  });

  test('has padding columns no longer than the longest trace may be', () => {
    const { groups, columnHeights } = jaggedLayout([[{ name: 'A', width: 1, rows: 2 }]], SMALL);
    expect(groups[0]!.paddingColumns).toBe(2);
    expect([...columnHeights]).toEqual([1, 8, 7]);
  });

  test('of SP1 is whole stacked rows, and its index finds every cell', () => {
    const trace = fc.record({
      width: fc.integer({ min: 0, max: 5 }),
      rows: fc.integer({ min: 0, max: 9 }).map(n => 2 * n),
    });
    const groups = fc.array(fc.array(trace, { maxLength: 5 }), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(groups, given => {
        const named = given.map(traces => traces.map((one, i) => ({ ...one, name: String.fromCharCode(65 + i) })));
        const layout = jaggedLayout(named, SMALL);
        const index = columnIndex(layout);
        expect(layout.cells % 32).toBe(0);
        const columns = layout.columnHeights.length;
        for (let c = 0; c < columns; c++) {
          expect(layout.startIndices[c + 1]! - layout.startIndices[c]!).toBe(layout.columnHeights[c]);
        }
        for (const [pair, column] of index.entries()) {
          expect(layout.startIndices[column]! <= pair && pair < layout.startIndices[column + 1]!).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
    expect(jaggedLayout([[{ name: 'Byte', width: 6, rows: 65_536 }]], SP1_JAGGED).cells).toBe(2 ** 21);
  });
});
