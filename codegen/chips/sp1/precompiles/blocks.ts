// What the rows of system calls with accelerators share: the clock, granules of operands with their addresses, and the call's
// own message.
// Reference: sp1:crates/core/machine/src/syscall/precompiles, SP1 6.4.0.

import { koalaBear } from '../../../../runtime/fields/koala-bear.ts';
import type { Air } from '../../air.ts';
import { flatten, type Layout } from '../../chip.ts';
import { wordEvaluator } from '../../evaluate-word.ts';
import type { Event } from '../../event.ts';
import type { Cell, Poly, PolyLike } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { syscallBus } from '../buses.ts';
import { checkedBytes, type LowBytes, limbsOfBytes, lowBytes } from '../gadgets/bytes.ts';
import type { SyscallAddress, Value } from '../gadgets/syscall-address.ts';
import { type Access, access, type Clock, EPOCH_BITS, moveMemory, readMemory } from '../memory.ts';

export type Clk = { readonly clk_high: Cell; readonly clk_low: Cell };

/** The clock of the call. */
export function clkCells(air: Air, clk: Word): Clk {
  return { clk_high: air.cell(clk.bits(EPOCH_BITS, 48)), clk_low: air.cell(clk.bits(0, EPOCH_BITS)) };
}

/** `phase` after the call's clock: calls are 1 mod 8, so that it stays in the epoch. */
export function phaseOf({ clk_high, clk_low }: Clk, phase: number): Clock {
  return { high: clk_high, low: clk_low.add(phase) };
}

/** Granules before an access: their values and stamps. */
export interface Before {
  readonly prev: readonly Word[];
  readonly stamp: readonly Word[];
}

export function accesses(air: Air, now: Clock, { prev, stamp }: Before): Access[] {
  return prev.map((value, i) => access(air, now, value, stamp[i]!));
}

export type ByteAccess = { readonly memory_access: Access; readonly prev_value_u8: LowBytes };

/** Granules whose bytes are operands. */
export interface ByteGranules {
  readonly cells: readonly ByteAccess[];
  /** All bytes, looked up to be bytes. */
  readonly bytes: readonly Poly[];
}

export function byteAccesses(air: Air, now: Clock, before: Before): ByteGranules {
  const made = accesses(air, now, before).map(memory_access => {
    const limbs = memory_access.prev_value.cells;
    const prev_value_u8 = lowBytes(air, limbs);
    return { cells: { memory_access, prev_value_u8 }, bytes: checkedBytes(air, limbs, prev_value_u8) };
  });
  return { cells: made.map(({ cells }) => cells), bytes: made.flatMap(({ bytes }) => bytes) };
}

/** Granules that stay as they are. */
export function readGranules(air: Air, now: Clock, addresses: readonly Value[], before: readonly Access[]): void {
  for (const [i, one] of before.entries()) readMemory(air, now, addresses[i]!.value.cells, one);
}

/** Granules that become `limbs`, four of each. */
export function writeGranules(
  air: Air,
  now: Clock,
  addresses: readonly Value[],
  before: readonly Access[],
  limbs: readonly PolyLike[],
): void {
  for (const [i, one] of before.entries()) {
    moveMemory(air, now, addresses[i]!.value.cells, one, limbs.slice(4 * i, 4 * i + 4));
  }
}

export const plain = ({ cells }: ByteGranules): Access[] => cells.map(({ memory_access }) => memory_access);

/** Bytes as limbs. */
export function toLimbs(bytes: readonly Cell[]): Poly[] {
  return limbsOfBytes({ cells: bytes });
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

export const limbsOf = ({ addr }: SyscallAddress): readonly Cell[] => addr.cells;

/** Padding rows have in these cells what `event` makes of them: constraints that are not only of real rows hold there too. */
export function padAs(air: Air, event: () => Event, ...layouts: readonly Layout[]): void {
  air.padLater(() => {
    const evaluate = wordEvaluator(koalaBear, event());
    for (const layout of layouts) for (const [, cell] of flatten('', layout)) air.pad(cell, evaluate(cell.word));
  });
}
