import { describe, expect, it } from 'vitest';
import { addCounts } from '../../runtime/columns/counts.ts';
import { fillPadding, fillRows } from '../../runtime/columns/fill.ts';
import { INVERSES, inverseTable } from '../../runtime/columns/inverses.ts';
import { columnOf, paddedHeight, traceLayout } from '../../runtime/columns/layout.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';

describe('the layout of a trace', () => {
  it('pads heights as SP1 does', () => {
    expect([0, 1, 16, 17, 32, 33, 1000].map(paddedHeight)).toEqual([16, 32, 32, 32, 32, 64, 1024]);
  });

  it('has a stride of whole cache lines that is no power of two', () => {
    for (const height of [16, 32, 64, 1024, 65_520, 65_536, 4_194_304]) {
      const { stride } = traceLayout(5, height);
      expect([stride >= height, stride % 16, (stride / 16) % 2]).toEqual([true, 0, 1]);
      expect(stride - height).toBeLessThan(32);
    }
  });
});

describe('filling', () => {
  it('calls each group for every tile, at the right places', () => {
    const calls: number[][] = [];
    const group =
      (name: number) =>
      (...parameters: number[]) =>
        void calls.push([name, ...parameters]);
    const filler = { groups: [group(0), group(1)], eventBytes: 8, padding: [[0]] };
    const layout = traceLayout(1, 512);
    fillRows(filler, { events: 100, cells: 1000, counts: 1, inverses: 2 }, layout, 4, 300);
    const stride = 4 * layout.stride;
    expect(calls).toEqual([
      [0, 132, 1016, stride, 1, 2, 256],
      [1, 132, 1016, stride, 1, 2, 256],
      [0, 2180, 2040, stride, 1, 2, 40],
      [1, 2180, 2040, stride, 1, 2, 40],
    ]);
  });

  it('pads with a row, or with rows in cycles, and touches nothing else', () => {
    const layout = traceLayout(3, 32);
    const cells = new Uint32Array(layout.length).fill(9);
    fillPadding(
      {
        groups: [],
        eventBytes: 8,
        padding: [
          [1, 0, 5],
          [2, 0, 5],
        ],
      },
      cells,
      layout,
      29,
    );
    expect([0, 1, 2].map(i => [...columnOf(cells, layout, i)].slice(28))).toEqual([
      [9, 1, 2, 1],
      [9, 0, 0, 0],
      [9, 5, 5, 5],
    ]);
    expect(cells[32]).toBe(9);
  });
});

it('counts of workers are added up', () => {
  const total = Uint32Array.of(1, 2, 3);
  addCounts(total, Uint32Array.of(10, 0, 5));
  expect([...total]).toEqual([11, 2, 8]);
});

it('the table of inverses inverts', () => {
  const table = inverseTable(koalaBear);
  expect(table.length).toBe(INVERSES);
  for (const i of [0, 1, 2, 3, 65_535, 65_536, INVERSES - 1]) expect(table[i]).toBe(koalaBear.inverse(i));
});
