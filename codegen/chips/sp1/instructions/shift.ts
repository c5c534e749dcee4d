// Shifts: within limbs by a product with a power of two, then by whole limbs.
// Reference: sp1:crates/core/machine/src/alu/{sll,sr}, SP1 6.4.0. Powers and bits hold on padding rows too.

import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import { anyOf, type Cell, compose, type Limbs, type Poly, poly, sum } from '../../poly.ts';
import type { Word } from '../../word.ts';
import { LIMB, OPCODE, opcodeOfFlags, sp1 } from '../air.ts';
import { range } from '../bytes.ts';
import { ALU } from '../events.ts';
import { msbOp } from '../gadgets/add.ts';
import { type AluType, aluType } from './adapters.ts';
import { finishAlu } from './finish.ts';
import { state } from './state.ts';

/** The six low bits of the amount. */
function amountBits(air: Air, { op_c_memory }: AluType): Cell[] {
  const low = op_c_memory.prev_value.at(0);
  const bits = [0, 1, 2, 3, 4, 5].map(i => air.flag(low.word.bit(i)));
  range(air, low.sub(compose(bits, 1)).over(64), 10);
  return bits;
}

/** The products of the first two factors, of three and of all four. */
function powers(air: Air, factors: readonly Poly[]): [Cell, Cell, Cell] {
  const [v_01] = equalCells(air, [factors[0]!.mul(factors[1]!)], 'a power of two') as [Cell];
  const [v_012] = equalCells(air, [v_01.mul(factors[2]!)], 'a power of two') as [Cell];
  const [v_0123] = equalCells(air, [v_012.mul(factors[3]!)], 'a power of two') as [Cell];
  return [v_01, v_012, v_0123];
}

/** One-hot: by how many limbs. */
function limbShift(air: Air, bits: readonly Cell[], isLong: Poly): Cell[] {
  const amount = bits[4]!.add(bits[5]!.mul(2).mul(isLong));
  const flags = [0, 1, 2, 3].map(i => air.flag(amount.word.eq(i)));
  for (const [i, flag] of flags.entries()) air.only(flag).equal(amount, i, 'the shift by limbs');
  air.equal(sum(flags), 1, 'one shift by limbs');
  return flags;
}

type Parts = { readonly lower_limb: Cell[]; readonly higher_limb: Cell[] };

/** Each limb in two parts, the lower of `low` bits; `power` is 2^(16 − low), whose word may be used to cut. */
function cut(air: Air, limbs: readonly Poly[], low: Poly, power: Poly): Parts {
  const parts = limbs.map(limb => {
    const higher = air.cell(limb.word.mul(power.word).shr(16));
    const lower = air.cell(limb.word.and(oneShl(low.word).sub(1)));
    air.only(1).equal(limb.mul(power), lower.mul(power).add(higher.mul(LIMB)), 'two parts of a limb');
    range(air, lower, low);
    range(air, higher, poly(16).sub(low));
    return { lower, higher };
  });
  return { lower_limb: parts.map(({ lower }) => lower), higher_limb: parts.map(({ higher }) => higher) };
}

const oneShl = (by: Word): Word => poly(1).word.shl(by);

/** A cell for each polynomial, which it equals on every row. */
function equalCells(air: Air, polys: readonly Poly[], reason: string): Cell[] {
  return polys.map(p => {
    const cell = air.cell(p.word);
    air.only(1).equal(cell, p, reason);
    return cell;
  });
}

/** Σ flag_j · limb(i, j). */
const picked = (flags: readonly Cell[], limb: (j: number) => Poly): Poly =>
  sum(flags.map((flag, j) => flag.mul(limb(j))));

const LEFT = { is_sll: OPCODE.SLL, is_sllw: OPCODE.SLLW } as const;

export const shiftLeftChip: Chip = sp1('ShiftLeft', ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, LEFT);
  const { is_sll, is_sllw } = flags;
  const real = air.when(any);
  const s = state(real, e);
  const adapter = aluType(real, s, e);
  const c_bits = amountBits(real, adapter);
  const factors = c_bits.slice(0, 4).map((bit, i) => bit.mul(2 ** (2 ** i) - 1).add(1));
  const [v_01, v_012, v_0123] = powers(real, factors);
  for (const cell of [v_01, v_012, v_0123]) air.pad(cell, 1);
  const shift_u16 = limbShift(real, c_bits, is_sll);
  const amount = compose(c_bits.slice(0, 4), 1);
  const parts = cut(real, adapter.op_b_memory.prev_value.cells, poly(16).sub(amount), v_0123);
  const { lower_limb, higher_limb } = parts;
  const results = lower_limb.map((lower, i) => lower.mul(v_0123).add(i === 0 ? 0 : higher_limb[i - 1]!));
  const limb_result = equalCells(real, results, 'a limb shifted, with what comes from below');
  const at = (i: number): Poly => (i < 0 ? poly(0) : limb_result[i]!);
  const shifted = [0, 1, 2, 3].map(i => picked(shift_u16, j => at(i - j)));
  const sllw_msb = msbOp(real.only(is_sllw), shifted[1]!, is_sllw.word);
  real.only(is_sllw.not()).zero(sllw_msb.msb, 'asked of words only');
  const sign = sllw_msb.msb.mul(LIMB - 1);
  const limbs = [shifted[0]!, shifted[1]!, is_sll.mul(shifted[2]!).add(sign), is_sll.mul(shifted[3]!).add(sign)];
  const a = equalCells(real, limbs, 'shifted by limbs');
  const is_sllw_imm = wordImmediate(air, is_sllw, adapter);
  finishAlu(real, s, adapter, opcodeOfFlags(flags, LEFT), a);
  const powersOfTwo = { v_01, v_012, v_0123 };
  return {
    state: s,
    adapter,
    a,
    c_bits,
    ...powersOfTwo,
    shift_u16,
    ...parts,
    limb_result,
    sllw_msb,
    ...flags,
    is_sllw_imm,
  };
});

/** Whether a word is shifted by an immediate. */
function wordImmediate(air: Air, isWord: Poly, { imm_c }: AluType): Cell {
  const cell = air.cell(isWord.word.and(imm_c.word));
  air.equal(cell, isWord.mul(imm_c), 'a word and an immediate');
  return cell;
}

const RIGHT = { is_srl: OPCODE.SRL, is_sra: OPCODE.SRA, is_srlw: OPCODE.SRLW, is_sraw: OPCODE.SRAW } as const;

export const shiftRightChip: Chip = sp1('ShiftRight', ALU, (air, e) => {
  const { flags, any } = air.oneHot(e.opcode, RIGHT);
  const { is_srl, is_sra, is_srlw, is_sraw } = flags;
  const [isLong, isWord] = [anyOf([is_srl, is_sra]), anyOf([is_srlw, is_sraw])];
  const real = air.when(any);
  const s = state(real, e);
  const adapter = aluType(real, s, e);
  const b = adapter.op_b_memory.prev_value;
  const b_msb = signOf(real, b, is_sra, is_sraw);
  const c_bits = amountBits(real, adapter);
  // 2^(2^i − bit · 2^i), and one power of two more
  const factors = c_bits.slice(0, 4).map((bit, i) => poly(2 ** (2 ** i)).sub(bit.mul(2 ** (2 ** i) - 1)));
  const [v_01, v_012, v_0123] = powers(real, [factors[0]!.mul(2), ...factors.slice(1)]);
  air.pad(v_01, 16);
  air.pad(v_012, 256);
  air.pad(v_0123, LIMB);
  const sra_msb_v0123 = equalCells(real, [b_msb.msb.mul(v_0123)], 'the sign and its place')[0]!;
  const shift_u16 = limbShift(real, c_bits, isLong);
  const amount = compose(c_bits.slice(0, 4), 1);
  const limbs = b.cells.map((limb, i) => (i < 2 ? limb : limb.mul(isLong).as(isLong.word.choose(limb.word, 0))));
  const parts = cut(real, limbs, amount, v_0123);
  const { lower_limb, higher_limb } = parts;
  const results = higher_limb.map((higher, i) => higher.add(i === 3 ? 0 : lower_limb[i + 1]!.mul(v_0123)));
  const limb_result = equalCells(real, results, 'a limb shifted, with what comes from above');
  const filled = b_msb.msb.mul(LIMB).sub(sra_msb_v0123); // ones above the top limb's bits
  const ones = b_msb.msb.mul(LIMB - 1);
  const long = (i: number): Poly => (i > 3 ? ones : i === 3 ? limb_result[3]!.add(filled) : limb_result[i]!);
  const short = (i: number): Poly => (i > 1 ? ones : i === 1 ? limb_result[1]!.add(filled) : limb_result[0]!);
  const shifted = [0, 1, 2, 3].map(i => picked(shift_u16, j => long(i + j)));
  const half = [0, 1].map(i => picked(shift_u16.slice(0, 2), j => short(i + j)));
  const low = half.map((limb, i) => isLong.mul(shifted[i]!).add(isWord.mul(limb)));
  const a_low = equalCells(real, low, 'shifted by limbs');
  const srw_msb = msbOp(real.only(isWord), a_low[1]!, isWord.word);
  real.only(isWord.not()).zero(srw_msb.msb, 'asked of words only');
  const sign = srw_msb.msb.mul(LIMB - 1);
  const high = shifted.slice(2).map(limb => isLong.mul(limb).add(sign));
  const a = [...a_low, ...equalCells(real, high, 'shifted by limbs')];
  const is_w_imm = wordImmediate(air, isWord, adapter);
  finishAlu(real, s, adapter, opcodeOfFlags(flags, RIGHT), a);
  const powersOfTwo = { v_0123, v_012, v_01 };
  const sign_and_amount = { b_msb, srw_msb, c_bits, sra_msb_v0123, ...powersOfTwo };
  return { state: s, adapter, a, ...sign_and_amount, ...parts, limb_result, shift_u16, ...flags, is_w_imm };
});

/** The sign of what is shifted with it: of the fourth limb, or of the second of a word. */
function signOf(air: Air, b: Limbs, isLong: Poly, isWord: Poly): { readonly msb: Cell } {
  const bit = isLong.word.and(b.at(3).word.bit(15)).or(isWord.word.and(b.at(1).word.bit(15)));
  const msb = air.flag(bit);
  for (const [asked, limb] of [
    [isLong, b.at(3)],
    [isWord, b.at(1)],
  ] as const) {
    range(air.only(asked), limb.mul(2).sub(msb.mul(LIMB)), 16);
  }
  air.only(anyOf([isLong, isWord]).not()).zero(msb, 'no sign is shifted in');
  return { msb };
}
