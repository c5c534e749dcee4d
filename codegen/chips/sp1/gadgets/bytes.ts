// Limbs as bytes. The high bytes are no columns: they follow from limb and low byte.
// Reference: sp1:crates/core/machine/src/operations/{u16_to_u8,bitwise,bitwise_u16}.rs

import type { Air } from '../../air.ts';
import { type Cell, compose, type Limbs, type Poly, type PolyLike } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { byteBus, u8 } from '../bytes.ts';

export type LowBytes = { readonly low_bytes: readonly Cell[] };

/** The low byte of each limb: nothing says yet that it is one. */
export function lowBytes(air: Air, limbs: readonly Poly[], isAsked?: Word): LowBytes {
  const byteOf = (limb: Word): Word => (isAsked === undefined ? limb.byte(0) : isAsked.choose(limb.byte(0), 0));
  return { low_bytes: limbs.map(limb => air.cell(byteOf(limb.word))) };
}

/** All bytes, least significant first. */
export function limbBytes(limbs: readonly Poly[], { low_bytes }: LowBytes): Poly[] {
  return limbs.flatMap((limb, i) => [low_bytes[i]!, limb.sub(low_bytes[i]!).over(256)]);
}

/** All bytes, looked up to be bytes. */
export function checkedBytes(air: Air, limbs: readonly Poly[], low: LowBytes): Poly[] {
  const bytes = limbBytes(limbs, low);
  for (let i = 0; i < bytes.length; i += 2) u8(air, bytes[i]!, bytes[i + 1]!);
  return bytes;
}

export type Bitwise = {
  readonly b_low_bytes: LowBytes;
  readonly c_low_bytes: LowBytes;
  readonly bitwise_op: { readonly result: Limbs };
};

/** Of the bytes of b and c, what `operation` (of the byte tables) gives; `result` is that of the words. */
export function bitwiseOp(air: Air, b: Limbs, c: Limbs, operation: PolyLike, result: Word): Bitwise {
  const [b_low_bytes, c_low_bytes] = [lowBytes(air, b.cells), lowBytes(air, c.cells)];
  const bytes = air.bytes(result, 2 * b.cells.length);
  const [x, y] = [limbBytes(b.cells, b_low_bytes), limbBytes(c.cells, c_low_bytes)];
  for (const [i, byte] of bytes.cells.entries()) air.send(byteBus, [operation, byte, x[i]!, y[i]!]);
  return { b_low_bytes, c_low_bytes, bitwise_op: { result: bytes } };
}

/** Bytes as limbs. */
export function limbsOfBytes({ cells }: Pick<Limbs, 'cells'>): Poly[] {
  return Array.from({ length: cells.length / 2 }, (_, i) => compose(cells.slice(2 * i, 2 * i + 2), 8));
}
