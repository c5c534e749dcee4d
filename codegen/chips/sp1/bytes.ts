// The byte tables, Byte and Range, and what all chips look up there.
// Reference: sp1:crates/core/machine/src/bytes, SP1 6.4.0.

import { assert } from '../../../runtime/errors.ts';
import type { Air, Bus, LookupTable } from '../air.ts';
import type { PolyLike } from '../poly.ts';
import { firstOf, type Word, word } from '../word.ts';

/** Rows of the byte tables, by what they are asked: the first element of their messages. */
export const BYTE_OP = { AND: 0, OR: 1, XOR: 2, U8: 3, LTU: 4, MSB: 5, RANGE: 6 } as const;

const BYTE_ROWS = 65_536;
const RANGE_ROWS = 131_072;
const MAX_BITS = 16;
/** Multiplicities: six of Byte's rows, then Range's. */
export const SLOTS: number = BYTE_OP.RANGE * BYTE_ROWS + RANGE_ROWS;
export const RANGE_SLOT: number = BYTE_OP.RANGE * BYTE_ROWS;

const byteTable: LookupTable = {
  slot: message => {
    const [operation, a, b, c] = message as [Word, Word, Word, Word];
    if (operation.constant === BigInt(BYTE_OP.RANGE)) return word(1).shl(b.bits(0, 5)).add(a).add(RANGE_SLOT);
    assert(operation.max < BigInt(BYTE_OP.RANGE), 'chips: a lookup must be known to be one of bytes, or of a range');
    return operation.mul(BYTE_ROWS).add(b.mul(256)).add(c);
  },
  has: message => {
    const [operation, a, b, c] = message as [Word, Word, Word, Word];
    if (operation.constant === BigInt(BYTE_OP.RANGE)) {
      return a
        .ltU(word(1).shl(b.bits(0, 5)))
        .and(b.ltU(MAX_BITS + 1))
        .and(c.eq(0));
    }
    const isOne = operation.ltU(BYTE_OP.RANGE).and(b.ltU(256)).and(c.ltU(256));
    return isOne.and(ofBytes(operation, a, b, c));
  },
};

/** Whether Byte has `a` for two bytes. */
function ofBytes(operation: Word, a: Word, b: Word, c: Word): Word {
  const is = (op: number): Word => operation.eq(op);
  return firstOf(
    [
      [is(BYTE_OP.AND), a.eq(b.and(c))],
      [is(BYTE_OP.OR), a.eq(b.or(c))],
      [is(BYTE_OP.XOR), a.eq(b.xor(c))],
      [is(BYTE_OP.U8), a.eq(0)],
      [is(BYTE_OP.LTU), a.eq(b.ltU(c))],
    ],
    a.eq(b.bits(7, 8)).and(c.eq(0)),
  );
}

export const byteBus: Bus<readonly [operation: PolyLike, a: PolyLike, b: PolyLike, c: PolyLike]> = {
  name: 'Byte',
  arity: 4,
  table: byteTable,
};

/** `x` fits in `bits` bits, at most 16. */
export function range(air: Air, x: PolyLike, bits: PolyLike): void {
  air.send(byteBus, [BYTE_OP.RANGE, x, bits, 0]);
}

/** `b` and `c` are bytes. */
export function u8(air: Air, b: PolyLike, c: PolyLike): void {
  air.send(byteBus, [BYTE_OP.U8, 0, b, c]);
}

/** All of `xs` are bytes: two to a lookup, an odd last one with 0. */
export function u8s(air: Air, xs: readonly PolyLike[]): void {
  for (let i = 0; i < xs.length; i += 2) u8(air, xs[i]!, xs[i + 1] ?? 0);
}

/** All of `xs` are limbs. */
export function u16s(air: Air, xs: readonly PolyLike[]): void {
  for (const x of xs) range(air, x, 16);
}

/** b < c as bytes. */
export function lessThanByte(air: Air, b: PolyLike, c: PolyLike): void {
  air.send(byteBus, [BYTE_OP.LTU, 1, b, c]);
}
