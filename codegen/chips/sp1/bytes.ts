// The byte tables, Byte and Range, and what all chips look up there.
// Reference: sp1:crates/core/machine/src/bytes, SP1 6.4.0.

import { assert } from '../../../runtime/errors.ts';
import type { Air, Bus, LookupTable } from '../air.ts';
import type { PolyLike } from '../poly.ts';
import { type Word, word } from '../word.ts';

/** Rows of the byte tables, by what they are asked: the first element of their messages. */
export const BYTE_OP = { AND: 0, OR: 1, XOR: 2, U8: 3, LTU: 4, MSB: 5, RANGE: 6 } as const;

const BYTE_ROWS = 65_536;
const RANGE_ROWS = 131_072;
/** Multiplicities: six of Byte's rows, then Range's. */
export const SLOTS: number = BYTE_OP.RANGE * BYTE_ROWS + RANGE_ROWS;
export const RANGE_SLOT: number = BYTE_OP.RANGE * BYTE_ROWS;

const byteTable: LookupTable = {
  slot: message => {
    const [operation, a, b, c] = message as [Word, Word, Word, Word];
    if (operation.constant === BigInt(BYTE_OP.RANGE)) return word(1).shl(b).add(a).add(RANGE_SLOT);
    assert(operation.max < BigInt(BYTE_OP.RANGE), 'chips: a lookup must be known to be one of bytes, or of a range');
    return operation.mul(BYTE_ROWS).add(b.mul(256)).add(c);
  },
  has: message => {
    const [operation, a, b, c] = message as [number, number, number, number];
    if (operation === BYTE_OP.RANGE) return b <= 16 && a < 2 ** b && c === 0;
    return operation < BYTE_OP.RANGE && b < 256 && c < 256 && a === ofBytes(operation, b, c);
  },
};

/** What Byte has for two bytes, which all its six operations but U8 fix. */
export function ofBytes(operation: number, b: number, c: number): number | undefined {
  switch (operation) {
    case BYTE_OP.AND:
      return b & c;
    case BYTE_OP.OR:
      return b | c;
    case BYTE_OP.XOR:
      return b ^ c;
    case BYTE_OP.U8:
      return 0;
    case BYTE_OP.LTU:
      return b < c ? 1 : 0;
    case BYTE_OP.MSB:
      return c === 0 ? b >> 7 : undefined;
  }
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
