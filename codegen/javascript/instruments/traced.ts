// Text that writes a minimal trace: tail and clock in locals, an entry before each access.

import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import type { AbiArray } from '../../../runtime/contract.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import { assign, bin, control, declare, type Expression, id, index, int, num } from '../estree.ts';
import { type AccessPlace, type AccessWriter, type Instrument, PURE_TEXT } from './instrument.ts';

const [TAIL, CLK_BASE, CLK_HI] = [CONTROL.traceTail, CONTROL.clkBase, CONTROL.clkHi].map(control) as [
  Expression,
  Expression,
  Expression,
];

/** Appends the stamp and the value of the doubleword as they were, then stamps it clk + 1. */
function append(writer: AccessWriter, { doubleword, undone }: AccessPlace): void {
  writer.used.add('$s');
  const at = id('$s');
  const word = (array: AbiArray, from: Expression, k: number): Expression =>
    index(array, k === 0 ? from : bin('+', from, num(k)));
  writer.push(
    assign(at, doubleword),
    assign(word('T', id('tail'), 0), word('K', at, 0)),
    assign(word('T', id('tail'), 1), word('K', at, 1)),
    assign(word('T', id('tail'), 2), word('I32', at, 0)),
    assign(word('T', id('tail'), 3), word('I32', at, 1)),
    assign(word('K', at, 0), int(bin('-', id('clk'), num(CLK_PER_INSTRUCTION * undone - 1)))),
    assign(word('K', at, 1), id('clkHi')),
    assign(id('tail'), int(bin('+', id('tail'), num(4)))),
  );
}

export const TRACED_TEXT: Instrument = {
  ...PURE_TEXT,
  mode: { traced: true },
  declare: () => [
    declare('let', [
      ['tail', TAIL],
      ['clk', num(0)],
      ['clkBase', CLK_BASE],
      ['clkHi', CLK_HI],
    ]),
  ],
  spill: () => [assign(TAIL, id('tail'))],
  reload: () => [assign(id('tail'), TAIL), assign(id('clkBase'), CLK_BASE), assign(id('clkHi'), CLK_HI)],
  refuel: () => ({ before: [], along: [id('tail')], behind: [assign(id('clkBase'), CLK_BASE)] }),
  startBlock: (_block, hasAccesses) =>
    hasAccesses ? [assign(id('clk'), int(bin('-', id('clkBase'), bin('<<', id('fuel'), num(3)))))] : [],
  access: append,
};
