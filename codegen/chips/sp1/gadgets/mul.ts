// The product of two 64-bit numbers, byte by byte: 16 bytes of it, operands extended by zeros or by their signs.
// Reference: sp1:crates/core/machine/src/operations/mul.rs

import type { Air } from '../../air.ts';
import { type Cell, type Limbs, type Poly, poly } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { BYTE_OP, byteBus, range, u8s } from '../bytes.ts';
import { type Msb, msbOp } from './add.ts';
import { checkedBytes, type LowBytes, lowBytes } from './bytes.ts';

export type Mul = {
  readonly carry: readonly Cell[];
  readonly product: readonly Cell[];
  readonly b_lower_byte: LowBytes;
  readonly c_lower_byte: LowBytes;
  readonly b_msb: Cell;
  readonly c_msb: Cell;
  readonly product_msb: Msb;
  readonly b_sign_extend: Cell;
  readonly c_sign_extend: Cell;
};

export function cellsOfMul(mul: Mul): Cell[] {
  const { carry, product, b_lower_byte, c_lower_byte, b_msb, c_msb, product_msb, b_sign_extend, c_sign_extend } = mul;
  const signs = [b_msb, c_msb, product_msb.msb, b_sign_extend, c_sign_extend];
  return [...carry, ...product, ...b_lower_byte.low_bytes, ...c_lower_byte.low_bytes, ...signs];
}

/** Conditions within the air's: whether b, whether c is signed, and whether the sign of the low 32 bits is wanted. */
export interface MulMode {
  readonly isSignedB: Poly;
  readonly isSignedC: Poly;
  readonly isWord: Poly;
}

const BYTES = 16;

/** `isAsked` is 0 where all cells are; the air is that of the rows that ask. */
export function mulOp(air: Air, b: Limbs, c: Limbs, mode: MulMode, isAsked: Word = word(1)): Mul {
  const x = operand(air, b, mode.isSignedB, isAsked);
  const y = operand(air, c, mode.isSignedC, isAsked);
  const [carry, product]: [Cell[], Cell[]] = [[], []];
  const digits = convolve(x.words, y.words);
  const sums = convolve(x.polys, y.polys);
  for (let k = 0; k < BYTES; k++) {
    const total = k === 0 ? digits[k]! : digits[k]!.add(carry[k - 1]!.word);
    product.push(air.cell(total.byte(0)));
    carry.push(air.cell(total.shr(8)));
    const before: Poly = k === 0 ? poly(0) : carry[k - 1]!;
    air.equal(sums[k]!.add(before), carry[k]!.mul(256).add(product[k]!), 'a digit of the product');
    range(air, carry[k]!, 16);
  }
  u8s(air, product);
  const half = product[2]!.add(product[3]!.mul(256));
  const product_msb = msbOp(air.only(mode.isWord), half, mode.isWord.word);
  air.when(mode.isWord.not()).zero(product_msb.msb, 'asked of words only');
  return {
    carry,
    product,
    b_lower_byte: x.low,
    c_lower_byte: y.low,
    b_msb: x.msb,
    c_msb: y.msb,
    product_msb,
    b_sign_extend: x.sign,
    c_sign_extend: y.sign,
  };
}

interface Operand {
  readonly low: LowBytes;
  readonly msb: Cell;
  readonly sign: Cell;
  readonly words: readonly Word[];
  readonly polys: readonly Poly[];
}

/** Sixteen bytes: eight, and eight of the sign where there is one. */
function operand(air: Air, limbs: Limbs, isSigned: Poly, isAsked: Word): Operand {
  const low = lowBytes(air, limbs.cells, isAsked);
  const bytes = checkedBytes(air, limbs.cells, low);
  const words = Array.from({ length: 8 }, (_, i) => isAsked.choose(limbs.word.byte(i), 0));
  const msb = air.flag(words[7]!.bit(7));
  air.send(byteBus, [BYTE_OP.MSB, msb, bytes[7]!, 0]);
  const sign = air.flag(msb.word.and(isSigned.word));
  air.equal(sign, msb.mul(isSigned), 'the sign of a signed number');
  const extension = sign.mul(255);
  return {
    low,
    msb,
    sign,
    words: [...words, ...(new Array(8).fill(extension.word) as Word[])],
    polys: [...bytes, ...(new Array(8).fill(extension) as Poly[])],
  };
}

interface Ring<T> {
  add(other: T): T;
  mul(other: T): T;
}

function convolve<T extends Ring<T>>(x: readonly T[], y: readonly T[]): T[] {
  return Array.from({ length: BYTES }, (_, k) =>
    Array.from({ length: k + 1 }, (_, i) => x[i]!.mul(y[k - i]!)).reduce((a, b) => a.add(b)),
  );
}

/** The product's limb `i`. */
export function productLimb({ product }: Mul, i: number): Poly {
  return product[2 * i]!.add(product[2 * i + 1]!.mul(256));
}
