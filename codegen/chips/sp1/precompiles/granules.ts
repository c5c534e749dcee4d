// Granules that calls read and write, some of them by bytes.
// Reference: sp1:crates/core/machine/src/syscall/precompiles, SP1 6.4.0.

import type { Air } from '../../air.ts';
import type { Cell, Poly, PolyLike } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { checkedBytes, type LowBytes, limbsOfBytes, lowBytes } from '../gadgets/bytes.ts';
import type { AddressCells } from '../gadgets/syscall-address.ts';
import { type AccessCells, accessNow, type Clock, moveMemory, readAt } from '../memory.ts';

/** Granules before an access: their values and stamps. */
export interface Before {
  readonly prev: readonly Word[];
  readonly stamp: readonly Word[];
}

export function accesses(air: Air, now: Clock, { prev, stamp }: Before): AccessCells[] {
  return prev.map((value, i) => accessNow(air, now, value, stamp[i]!));
}

export type ByteAccess = { readonly memory_access: AccessCells; readonly prev_value_u8: LowBytes };

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
export function readGranules(
  air: Air,
  now: Clock,
  addresses: readonly AddressCells[],
  before: readonly AccessCells[],
): void {
  for (const [i, one] of before.entries()) readAt(air, now, addresses[i]!.value.cells, one);
}

/** Granules that become `limbs`, four of each. */
export function writeGranules(
  air: Air,
  now: Clock,
  addresses: readonly AddressCells[],
  before: readonly AccessCells[],
  limbs: readonly PolyLike[],
): void {
  for (const [i, one] of before.entries()) {
    moveMemory(air, now, addresses[i]!.value.cells, one, limbs.slice(4 * i, 4 * i + 4));
  }
}

export const granuleAccesses = ({ cells }: ByteGranules): AccessCells[] =>
  cells.map(({ memory_access }) => memory_access);

/** Bytes as limbs. */
export function toLimbs(bytes: readonly Cell[]): Poly[] {
  return limbsOfBytes({ cells: bytes });
}
