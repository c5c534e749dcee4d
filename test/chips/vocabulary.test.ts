import { describe, expect, it } from 'vitest';
import type { Bus } from '../../codegen/chips/air.ts';
import { checkRow, messagesOf } from '../../codegen/chips/check.ts';
import { chip, table } from '../../codegen/chips/chip.ts';
import { evaluateRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import { eventLayout, writeEvent } from '../../codegen/chips/event.ts';
import { type poly, publicValue, sum } from '../../codegen/chips/poly.ts';
import { firstOf, word } from '../../codegen/chips/word.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';

const P = BigInt(koalaBear.modulus);
const pair: Bus<readonly [a: number | ReturnType<typeof poly>, b: number | ReturnType<typeof poly>]> = {
  name: 'Pair',
  arity: 2,
};

describe('a word', () => {
  it('wraps at its width, and is signed where it is small enough', () => {
    expect(word(2 ** 32 - 1).add(1).constant).toBe(0n);
    expect(word(3).sub(5).constant).toBe(-2n);
    expect(word(2n ** 64n - 1n).add(1).constant).toBe(0n);
    expect(word(-2).over(2).constant).toBe(-1n);
    expect(word(-1).shr(28).constant).toBe(15n);
    expect(word(-1).ltU(5).constant).toBe(0n);
    expect(word(-1).ltS(5).constant).toBe(1n);
    expect(word(-1).wide.eq(2n ** 64n - 1n).constant).toBe(1n);
  });

  it('knows the largest value it may have', () => {
    const made: bigint[] = [];
    const widths = chip(koalaBear, 'Widths', { x: 20, y: 64 }, (air, { x, y }) => {
      made.push(x.max, x.add(x).max, x.mul(16).max, y.limb(3).max, x.limb(1).max, x.sub(1).min, y.sub(1).min);
      return { x: air.cell(x.limb(0)) };
    });
    expect(widths.columns.length).toBe(1);
    expect(made).toEqual([0xfffffn, 0x1ffffen, 0xfffff0n, 0xffffn, 0xfn, -1n, 0n]);
  });

  it('chooses the first case whose condition holds', () => {
    expect(
      firstOf(
        [
          [word(0), 1],
          [word(1), 2],
          [word(1), 3],
        ],
        4,
      ).constant,
    ).toBe(2n);
    expect(firstOf([[word(0), 1]], 4).constant).toBe(4n);
  });

  it('has an inverse where it is small', () => {
    const inverses = chip(koalaBear, 'Inverse', { x: 16, y: 16 }, (air, { x, y }) => ({
      inverse: air.cell(x.sub(y).inverse()),
    }));
    const of = (x: bigint, y: bigint): number => evaluateRow(inverses, { x, y }).cells[0]!;
    expect(of(7n, 7n)).toBe(0);
    expect(koalaBear.mul(of(9n, 7n), 2)).toBe(1);
    expect(koalaBear.add(of(9n, 7n), of(7n, 9n))).toBe(0);
  });
});

describe('a polynomial', () => {
  it('is a field element to who checks and an integer to who fills', () => {
    const halves = chip(koalaBear, 'Half', { x: 16 }, (air, { x }) => {
      const cell = air.cell(x.shl(1));
      const half = cell.over(2);
      const copy = air.cell(half.word);
      air.equal(half, copy);
      return { cell, copy };
    });
    const row = evaluateRow(halves, { x: 5n });
    expect(row.cells).toEqual([10, 5]);
    expect(checkRow(halves, row)).toEqual([]);
    expect(checkRow(halves, { cells: [11, 5] })).toMatchObject([
      { rule: 'cell / 2 - copy = 0', columns: ['cell', 'copy'] },
    ]);
  });

  it('that claims what does not hold is found by the oracle', () => {
    const claims = chip(koalaBear, 'Claim', { x: 16 }, (air, { x }) => {
      const cell = air.cell(x);
      air.zero(cell.as(3).sub(3));
      return { cell };
    });
    expect(evaluateRow(claims, { x: 3n }).cells).toEqual([3]);
    expect(() => evaluateRow(claims, { x: 4n })).toThrow(/claims 3 of what is 4/);
  });

  it('may read the next row and public values, and is asked only where they are there', () => {
    const counter = chip(koalaBear, 'Counter', { n: 16 }, (air, { n }) => {
      const cell = air.cell(n);
      air.equal(cell.next, cell.add(1), 'counts up');
      air.only(cell).equal(publicValue(2), 7);
      return { n: cell };
    });
    expect(checkRow(counter, { cells: [4] })).toEqual([]);
    expect(checkRow(counter, { cells: [4], next: [5], publicValues: [0, 0, 7] })).toEqual([]);
    expect(checkRow(counter, { cells: [4], next: [6], publicValues: [0, 0, 8] })).toMatchObject([
      { rule: "counts up: n' - (n + 1) = 0", values: [1] },
      { rule: 'n * (public[2] - 7) = 0', values: [4] },
    ]);
  });
});

describe('a chip', () => {
  it('has as columns what its description returns, in order', () => {
    const made = chip(koalaBear, 'Order', { x: 64 }, (air, { x }) => {
      const last = air.flag(word(1));
      const { flags } = air.oneHot(x.lo.bits(0, 1), { even: 0, odd: 1 });
      return { first: { limbs: air.limbs(x), two: air.cells([x.bit(0), x.bit(1)]) }, ...flags, last };
    });
    expect(made.columns.map(({ name }) => name)).toEqual([
      ...['first.limbs[0]', 'first.limbs[1]', 'first.limbs[2]', 'first.limbs[3]'],
      ...['first.two[0]', 'first.two[1]', 'even', 'odd', 'last'],
    ]);
  });

  it('returns each cell once', () => {
    const define = (describe: Parameters<typeof chip<{ x: 8 }>>[3]) => () =>
      chip(koalaBear, 'Wrong', { x: 8 }, describe).columns;
    expect(
      define((air, { x }) => {
        air.cell(x);
        return {};
      }),
    ).toThrow(/1 cells of Wrong were made and not returned/);
    expect(
      define((air, { x }) => {
        const cell = air.cell(x);
        return { cell, again: cell };
      }),
    ).toThrow(/again is cell too/);
  });

  it('sends where its condition is not 0, multiplied by `when`, replaced by `only`', () => {
    const sender = chip(koalaBear, 'Sender', { x: 8 }, (air, { x }) => {
      const cell = air.cell(x);
      air.when(cell).when(2).send(pair, [cell, 1]);
      air
        .when(cell)
        .only(3)
        .receive(pair, [sum([cell, 1]), 2]);
      return { cell };
    });
    expect(messagesOf(sender, { cells: [5] })).toEqual([
      { bus: 'Pair', isSend: true, multiplicity: 10, values: [5, 1] },
      { bus: 'Pair', isSend: false, multiplicity: 3, values: [6, 2] },
    ]);
    expect(messagesOf(sender, { cells: [0] }).length).toBe(1);
  });

  it('pads with zeros, with what it says, or with the rows of events', () => {
    const padded = chip(koalaBear, 'Pads', { x: 8 }, (air, { x }) => {
      const cell = air.cell(x);
      air.pad(cell, -1);
      return { cell, zero: air.cell(x) };
    });
    expect(paddingRow(padded)).toEqual([Number(P - 1n), 0]);
    const cycle = chip(koalaBear, 'Cycle', { x: 8 }, (air, { x }) => ({ x: air.cell(x) }), {
      padding: () => [{ x: 4n }, { x: 6n }],
    });
    expect([0, 1, 2].map(i => paddingRow(cycle, i))).toEqual([[4], [6], [4]]);
  });

  it('may have preprocessed columns before the others', () => {
    const made = table(koalaBear, 'Table', { row: 8, count: 32 }, (air, e) => {
      const square = air.cell(e.row.mul(e.row));
      return [{ square }, { count: air.cell(e.count) }];
    });
    expect([made.fixed, made.columns.map(({ name }) => name)]).toEqual([1, ['square', 'count']]);
  });

  it('refuses what is misspelt or of the wrong kind when it is compiled', () => {
    chip(koalaBear, 'Types', { x: 8, list: [8, 2] }, (air, e) => {
      const cell = air.cell(e.x);
      // @ts-expect-error no such field
      void e.y;
      // @ts-expect-error a cell has no bits
      void cell.shr;
      // @ts-expect-error a word is not what a row is checked with
      const constrain = (): void => air.zero(e.x);
      // @ts-expect-error two elements, not three
      const send = (): void => air.send(pair, [cell, 1, 2]);
      void [constrain, send];
      return { cell, list: air.cells(e.list) };
    });
  });

  it('refuses messages of another length than their bus carries', () => {
    const define = (): unknown =>
      chip(koalaBear, 'Arity', { x: 8 }, air => {
        air.send<readonly [number]>({ name: 'B', arity: 2 }, [1]);
        return {};
      }).columns;
    expect(define).toThrow(/1 elements for B, which carries 2/);
  });
});

describe('an event', () => {
  const fields = { flag: 1, pc: 48, stamp: 24, bytes: [8, 3], limb: 16 } as const;

  it('is a struct whose fields share words, the large ones first', () => {
    const layout = eventLayout(fields);
    expect(layout.bytes).toBe(20);
    expect([...layout.fields].map(([name, { offset }]) => [name, offset])).toEqual([
      ['pc', 0],
      ['stamp', 8],
      ['limb', 12],
      ['flag', 14],
      ['bytes', 15],
    ]);
  });

  it('is written as its layout says, and refuses values that are too large', () => {
    const layout = eventLayout(fields);
    const bytes = new Uint8Array(24);
    const event = { flag: 1n, pc: 0x665544332211n, stamp: 0xccbbaan, bytes: [7n, 8n, 9n], limb: 0xeeddn };
    writeEvent(layout, event, new DataView(bytes.buffer), 4);
    expect([...bytes.subarray(4)]).toEqual([
      ...[0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0, 0],
      ...[0xaa, 0xbb, 0xcc, 0, 0xdd, 0xee, 1, 7, 8, 9, 0, 0],
    ]);
    expect(() => writeEvent(layout, { ...event, flag: 2n }, new DataView(bytes.buffer), 0)).toThrow(/1 bits of flag/);
  });
});
