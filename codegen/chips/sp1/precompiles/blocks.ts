// What the rows of system calls with accelerators share: the clock, granules of operands with their addresses, and the call's
// own message.
// Reference: sp1:crates/core/machine/src/syscall/precompiles, SP1 6.4.0.

import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { Air } from '../../air.ts';
import { flatten, type Layout } from '../../chip.ts';
import { wordEvaluator } from '../../evaluate-word.ts';
import type { Event } from '../../event.ts';
import type { Cell, PolyLike } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { syscallBus } from '../buses.ts';
import type { SyscallAddress } from '../gadgets/syscall-address.ts';
import { type Clock, EPOCH_BITS } from '../memory.ts';

export type Clk = { readonly clk_high: Cell; readonly clk_low: Cell };

/** The clock of the call. */
export function clkCells(air: Air, clk: Word): Clk {
  return { clk_high: air.cell(clk.bits(EPOCH_BITS, 48)), clk_low: air.cell(clk.bits(0, EPOCH_BITS)) };
}

/** `phase` after the call's clock: calls are 1 mod 8, so that it stays in the epoch. */
export function phaseOf({ clk_high, clk_low }: Clk, phase: number): Clock {
  return { high: clk_high, low: clk_low.add(phase) };
}

/** The call's message: received from who made it. */
export function receiveCall(
  air: Air,
  { clk_high, clk_low }: Clk,
  id: PolyLike,
  first: readonly PolyLike[],
  second: readonly PolyLike[] = [0, 0, 0],
): void {
  air.receive(syscallBus, [clk_high, clk_low, id, first, second]);
}

export const addressLimbs = ({ addr }: SyscallAddress): readonly Cell[] => addr.cells;

/** Padding rows have in these cells what `event` makes of them: constraints that are not only of real rows hold there too. */
export function padAs(air: Air, event: () => Event, ...layouts: readonly Layout[]): void {
  air.padLater(() => {
    const evaluate = wordEvaluator(koalaBear, event());
    for (const layout of layouts) for (const [, cell] of flatten('', layout)) air.pad(cell, evaluate(cell.word));
  });
}
