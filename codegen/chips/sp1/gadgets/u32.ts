// Words of 32 bits as two limbs: rotations, shifts, bytewise logic, sums.
// Reference: sp1:crates/core/machine/src/operations/{fixed_rotate_right,fixed_shift_right,xor_u32,and_u32,not_u32,add4,add5,add_u32}.rs

import type { Air } from '../../air.ts';
import { type Cell, type Poly, type PolyLike, poly, sum } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { LIMB } from '../air.ts';
import { BYTE_OP, byteBus, range, u8, u16s } from '../bytes.ts';
import { type LowBytes, limbBytes, limbsOfBytes, lowBytes } from './bytes.ts';
import { type U32Cells, type U32Words, u32Cells, wordOf } from './u32-words.ts';

export type Shifted = { readonly value: U32Cells; readonly higher_limb: U32Cells };

const asked = (isAsked: Word, w: Word): Word => isAsked.choose(w, 0);

/** x rotated right by k. */
export function rotateRight(air: Air, x: U32Words, k: number, isAsked: Word = word(1)): Shifted {
  const w = wordOf(x);
  const rotated = w.shr(k).or(w.shl(32 - k));
  const from = k < 16 ? x : ([x[1], x[0]] as const);
  return shifted(air, from, k % 16, asked(isAsked, rotated), isAsked, true);
}

/** x shifted right by k, which is below 16. */
export function shiftRight(air: Air, x: U32Words, k: number, isAsked: Word = word(1)): Shifted {
  return shifted(air, x, k, asked(isAsked, wordOf(x).shr(k)), isAsked, false);
}

/** Each limb is split at bit b: its upper part moves down, its lower one to the top of the limb below. */
function shifted(air: Air, limbs: U32Words, b: number, result: Word, isAsked: Word, wraps: boolean): Shifted {
  const value = u32Cells(air, result);
  const higher_limb = limbs.map(limb => air.cell(asked(isAsked, limb.word.bits(b, 16)))) as unknown as U32Cells;
  const lower = limbs.map((limb, i) => limb.sub(higher_limb[i]!.mul(2 ** b)));
  for (const i of [1, 0]) {
    range(air, lower[i]!, b);
    range(air, higher_limb[i]!, 16 - b);
  }
  const above = [lower[1]!, wraps ? lower[0]! : poly(0)];
  for (const [i, limb] of value.entries()) {
    air.equal(limb, higher_limb[i]!.add(above[i]!.mul(2 ** (16 - b))), 'the parts, moved');
  }
  return { value, higher_limb };
}

export type Logic = {
  readonly b_low_bytes: LowBytes;
  readonly c_low_bytes: LowBytes;
  readonly value: readonly Cell[];
};

export function xorU32(air: Air, b: U32Words, c: U32Words, isAsked?: Word): Logic {
  return logic(air, BYTE_OP.XOR, b, c, wordOf(b).xor(wordOf(c)), isAsked);
}

export function andU32(air: Air, b: U32Words, c: U32Words, isAsked?: Word): Logic {
  return logic(air, BYTE_OP.AND, b, c, wordOf(b).and(wordOf(c)), isAsked);
}

function logic(air: Air, operation: number, b: U32Words, c: U32Words, result: Word, isAsked: Word = word(1)): Logic {
  const [b_low_bytes, c_low_bytes] = [lowBytes(air, b, isAsked), lowBytes(air, c, isAsked)];
  const value = air.bytes(asked(isAsked, result)).cells;
  const [x, y] = [limbBytes(b, b_low_bytes), limbBytes(c, c_low_bytes)];
  for (const [i, byte] of value.entries()) air.send(byteBus, [operation, byte, x[i]!, y[i]!]);
  return { b_low_bytes, c_low_bytes, value };
}

/** What a gadget of bytes has made. */
export function u32Result({ value }: { readonly value: readonly Cell[] }): U32Words {
  return limbsOfBytes({ cells: value }) as unknown as U32Words;
}

export type Limbs32 = { readonly value: U32Cells };

export function notU32(air: Air, x: U32Words, isAsked: Word = word(1)): Limbs32 {
  const value = u32Cells(air, asked(isAsked, wordOf(x).not()));
  for (const [i, limb] of value.entries()) air.equal(limb, poly(LIMB - 1).sub(x[i]!), 'all bits turned around');
  return { value };
}

/** The sum of up to five words, without what is above 2^32. */
export function addU32(air: Air, words: readonly U32Words[], isAsked: Word = word(1)): Limbs32 {
  const total = words.map(wordOf).reduce((a, b) => a.add(b));
  const value = u32Cells(air, asked(isAsked, total));
  const carries: Poly[] = [];
  for (const i of [0, 1] as const) {
    const limbs: PolyLike[] = words.map(one => one[i]);
    carries[i] = sum([...limbs, carries[i - 1] ?? 0])
      .sub(value[i])
      .over(LIMB);
  }
  u16s(air, value);
  // Carries that may be more than 1 are looked up as bytes: nothing else up to 255 divides sums below 5 · 2^16.
  if (words.length > 2) u8(air, carries[0]!, carries[1]!);
  else for (const carry of carries) air.bool(carry, 'a carry is 0 or 1');
  return { value };
}
