// Quotients and remainders: b = c · quotient + remainder, over 128 bits, with |remainder| < |c|.
// Reference: sp1:crates/core/machine/src/alu/divrem, SP1 6.4.0. Operands of words are extended to 64 bits, by sign or zeros;
// so are quotient and remainder in `…_comp`, but in `quotient` and `remainder` always by sign, as they are in registers.

import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { EventWords } from '../../event.ts';
import { anyOf, type Cell, type Limbs, type Poly, poly } from '../../poly.ts';
import { firstOf, type Word, word } from '../../word.ts';
import { LIMB, OPCODE, opcodeOfFlags, sp1 } from '../air.ts';
import { range, u16s } from '../bytes.ts';
import { DIVISION } from '../events.ts';
import { addOpWhere, msbOp } from '../gadgets/add.ts';
import { cellsOfLt, ltUnsigned } from '../gadgets/lt.ts';
import { cellsOfMul, mulOp, productLimb } from '../gadgets/mul.ts';
import { type IsZeroWord, isZeroWord } from '../gadgets/zero.ts';
import { rType } from './adapters.ts';
import { finishR } from './finish.ts';
import { state } from './state.ts';

const DIVREM = {
  is_div: OPCODE.DIV,
  is_divu: OPCODE.DIVU,
  is_rem: OPCODE.REM,
  is_remu: OPCODE.REMU,
  is_divw: OPCODE.DIVW,
  is_remw: OPCODE.REMW,
  is_divuw: OPCODE.DIVUW,
  is_remuw: OPCODE.REMUW,
} as const;

const ONES = LIMB - 1;
const SIXTEEN_BITS = [0, 1, 2, 3];

/** Conditions of the eight operations, all of degree 1. */
interface Kind {
  readonly isSigned: Poly;
  readonly isWord: Poly;
  readonly isSignedWord: Poly;
  readonly isUnsignedWord: Poly;
  readonly isQuotient: Poly;
}

export const divRemChip: Chip = sp1('DivRem', DIVISION, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const s = state(real, e);
  const adapter = rType(real, s, e);
  const { flags, any } = air.oneHot(e.opcode, DIVREM);
  real.equal(any, 1, 'one operation');
  const { is_div, is_divu, is_rem, is_divw, is_remw, is_divuw, is_remuw } = flags;
  const kind: Kind = {
    isSigned: anyOf([is_div, is_rem, is_divw, is_remw]),
    isWord: anyOf([is_divw, is_remw, is_divuw, is_remuw]),
    isSignedWord: anyOf([is_divw, is_remw]),
    isUnsignedWord: anyOf([is_divuw, is_remuw]),
    isQuotient: anyOf([is_div, is_divu, is_divw, is_divuw]),
  };
  const is_real_not_word = equalCell(air, is_real.mul(kind.isWord.not()), is_real.word.and(kind.isWord.not().word));
  const values = operands(real, e, kind, [adapter.op_b_memory.prev_value, adapter.op_c_memory.prev_value]);
  const checks = divisionChecks(real, kind, values, is_real_not_word, is_real);
  finishR(real, s, adapter, opcodeOfFlags(flags, DIVREM), values.a.cells);
  air.pad(flags.is_divu, 1);
  for (const cells of [adapter.op_c_memory.prev_value, values.c, checks.abs_c, checks.max_abs_c_or_1])
    air.pad(cells.at(0), 1);
  air.pad(checks.signs.b_not_neg_not_overflow, 1);
  const { is_c_0 } = checks;
  air.pad(is_c_0.is_zero_limb[0]!.inverse, 1);
  for (const limb of is_c_0.is_zero_limb.slice(1)) air.pad(limb.result, 1);
  air.pad(is_c_0.is_zero_second_half, 1);
  const { a, b, c, quotient, quotient_comp, remainder_comp, remainder } = values;
  const { products, overflow, signs } = checks;
  return {
    ...{ state: s, adapter, a, b, c, quotient, quotient_comp, remainder_comp, remainder },
    ...{ abs_remainder: checks.abs_remainder, abs_c: checks.abs_c, max_abs_c_or_1: checks.max_abs_c_or_1 },
    ...{ c_times_quotient: products.c_times_quotient, c_times_quotient_lower: products.lower },
    ...{ c_times_quotient_upper: products.upper, c_neg_op: checks.c_neg_op, rem_neg_op: checks.rem_neg_op },
    ...{ remainder_lt_op: checks.remainder_lt_op, carry: checks.carry, is_c_0, ...flags },
    ...{ is_overflow: overflow.is_overflow, is_overflow_b: { is_diff_zero: overflow.b } },
    ...{ is_overflow_c: { is_diff_zero: overflow.c } },
    ...{ b_msb: values.b_msb, rem_msb: values.rem_msb, c_msb: values.c_msb, quot_msb: values.quot_msb },
    ...{ b_neg: signs.b_neg, b_neg_not_overflow: signs.b_neg_not_overflow },
    ...{ b_not_neg_not_overflow: signs.b_not_neg_not_overflow, is_real_not_word },
    ...{ rem_neg: signs.rem_neg, c_neg: signs.c_neg, abs_c_alu_event: checks.abs_c_alu_event },
    ...{ abs_rem_alu_event: checks.abs_rem_alu_event, is_real },
    remainder_check_multiplicity: checks.remainder_check_multiplicity,
  };
});

/** A cell that is `p` on every row; its word may be said more simply. */
function equalCell(air: Air, p: Poly, w: Word = p.word): Cell {
  const cell = air.cell(w);
  air.only(1).equal(cell, p);
  return cell;
}

type Values = Readonly<Record<'a' | 'b' | 'c' | 'quotient' | 'quotient_comp' | 'remainder_comp' | 'remainder', Limbs>> &
  Readonly<Record<'b_msb' | 'c_msb' | 'rem_msb' | 'quot_msb', { readonly msb: Cell }>>;

/** Operands and results, extended as the operation wants them; op_a is one of the results. */
function operands(air: Air, e: EventWords<typeof DIVISION>, kind: Kind, [op_b, op_c]: readonly [Limbs, Limbs]): Values {
  const { isWord, isSignedWord, isUnsignedWord, isQuotient } = kind;
  const zeroExtended = (w: Word): Word => w.lo.wide;
  const extended = (w: Word): Word => {
    const signed = w.bit(31).choose(w.lo.wide.or(0xffffffff00000000n), w.lo.wide);
    return firstOf(
      [
        [isSignedWord.word, signed],
        [isUnsignedWord.word, zeroExtended(w)],
      ],
      w,
    );
  };
  const [b, c] = [air.limbs(extended(e.b)), air.limbs(extended(e.c))];
  const quotient = air.limbs(e.quotient);
  const remainder = air.limbs(e.remainder);
  const composed = (w: Word): Word => isUnsignedWord.word.choose(zeroExtended(w), w);
  const quotient_comp = air.limbs(composed(e.quotient));
  const remainder_comp = air.limbs(composed(e.remainder));
  const msbOf = (x: Limbs): { readonly msb: Cell } => msbOp(air, topLimb(x, isWord));
  const [b_msb, c_msb, rem_msb] = [msbOf(op_b), msbOf(op_c), msbOf(remainder)];
  const quot_msb = msbOp(air.only(isWord).when(air.condition), quotient.at(1), isWord.word);
  air.when(isWord.not()).zero(quot_msb.msb, 'asked of words only');
  for (const i of SIXTEEN_BITS) {
    const isHigh = i >= 2;
    const long = air.when(isHigh ? isWord.not() : 1);
    for (const [x, y] of [
      [b, op_b],
      [c, op_c],
      [quotient_comp, quotient],
      [remainder_comp, remainder],
    ] as const)
      long.equal(x.at(i), y.at(i), 'an operand of 64 bits, or a low limb');
    if (!isHigh) continue;
    const [signed, unsigned, words] = [air.when(isSignedWord), air.when(isUnsignedWord), air.when(isWord)];
    for (const [x, { msb }] of [
      [b, b_msb],
      [c, c_msb],
    ] as const) {
      signed.equal(x.at(i), msb.mul(ONES), 'extended by its sign');
      unsigned.zero(x.at(i), 'extended by zeros');
    }
    for (const [x, full, { msb }] of [
      [quotient_comp, quotient, quot_msb],
      [remainder_comp, remainder, rem_msb],
    ] as const) {
      words.equal(full.at(i), msb.mul(ONES), 'a result of 32 bits is extended by its sign');
      signed.equal(x.at(i), full.at(i), 'extended by its sign');
      unsigned.zero(x.at(i), 'extended by zeros');
    }
  }
  const a = air.limbs(isQuotient.word.choose(e.quotient, e.remainder));
  for (const i of SIXTEEN_BITS) {
    air.when(isQuotient).equal(a.at(i), quotient.at(i), 'the quotient is asked for');
    air.when(isQuotient.not()).equal(a.at(i), remainder.at(i), 'the remainder is asked for');
  }
  u16s(air, [...quotient.cells, ...remainder.cells]);
  return { a, b, c, quotient, quotient_comp, remainder_comp, remainder, b_msb, c_msb, rem_msb, quot_msb };
}

/** The fourth limb, or the second of a word. */
function topLimb(x: Limbs, isWord: Poly): Poly {
  const top = x.at(3).add(isWord.mul(x.at(1).sub(x.at(3))));
  return top.as(isWord.word.choose(x.at(1).word, x.at(3).word));
}

type Signs = Readonly<Record<'b_neg' | 'c_neg' | 'rem_neg' | 'b_neg_not_overflow' | 'b_not_neg_not_overflow', Cell>>;

interface Checks {
  readonly abs_remainder: Limbs;
  readonly abs_c: Limbs;
  readonly max_abs_c_or_1: Limbs;
  readonly products: Products;
  readonly c_neg_op: { readonly value: Limbs };
  readonly rem_neg_op: { readonly value: Limbs };
  readonly remainder_lt_op: ReturnType<typeof ltUnsigned>;
  readonly carry: readonly Cell[];
  readonly is_c_0: IsZeroWord;
  readonly overflow: Overflow;
  readonly signs: Signs;
  readonly abs_c_alu_event: Cell;
  readonly abs_rem_alu_event: Cell;
  readonly remainder_check_multiplicity: Cell;
}

function divisionChecks(air: Air, kind: Kind, values: Values, isLong: Cell, is_real: Cell): Checks {
  const { c, quotient, remainder, remainder_comp } = values;
  const overflow = overflowOf(air, kind, values, isLong);
  const signs = signsOf(air, kind, values, overflow.is_overflow);
  const is_c_0 = isZeroWord(air, c.cells);
  const byZero = air.when(is_c_0.result);
  for (const limb of quotient.cells) byZero.equal(limb, ONES, 'the quotient by 0 is all ones');
  const abs_c_alu_event = equalCell(air, signs.c_neg.mul(is_real), signs.c_neg.word);
  const abs_rem_alu_event = equalCell(air, signs.rem_neg.mul(is_real), signs.rem_neg.word);
  const absolute = (x: Limbs, isNegative: Cell, asked: Cell): { abs: Limbs; op: { readonly value: Limbs } } => {
    const abs = air.limbs(isNegative.word.choose(word(0).sub(x.word), x.word));
    for (const i of SIXTEEN_BITS) air.when(isNegative.not()).equal(abs.at(i), x.at(i), 'its own absolute value');
    const op = addOpWhere(air, asked, x, abs);
    for (const limb of op.value.cells) air.zero(limb, 'a number and its negative add up to 0');
    u16s(air, abs.cells);
    return { abs, op };
  };
  const ofC = absolute(c, signs.c_neg, abs_c_alu_event);
  const ofRemainder = absolute(remainder_comp, signs.rem_neg, abs_rem_alu_event);
  const largest = air.limbs(is_c_0.result.word.choose(1, ofC.abs.word));
  for (const i of SIXTEEN_BITS) air.equal(largest.at(i), ofC.abs.at(i).add(i === 0 ? is_c_0.result : 0), '|c|, or 1');
  const remainder_check_multiplicity = equalCell(air, is_real.mul(is_c_0.result.not()), is_c_0.result.word.xor(1));
  const compared = air.only(remainder_check_multiplicity);
  const isAsked = remainder_check_multiplicity.word;
  const remainder_lt_op = ltUnsigned(compared, ofRemainder.abs.cells, largest.cells, isAsked);
  compared.equal(remainder_lt_op.u16_compare_op.bit, 1, 'the remainder is smaller than c');
  notAsked(air.only(remainder_check_multiplicity.not()), cellsOfLt(remainder_lt_op));
  remainderHasSignOfB(air, signs, remainder);
  const products = productsOf(air, kind, values, isLong);
  const carry = addsUpToB(air, kind, values, products.c_times_quotient, signs, overflow.is_overflow);
  return {
    ...{ abs_remainder: ofRemainder.abs, abs_c: ofC.abs, max_abs_c_or_1: largest, products },
    ...{ c_neg_op: ofC.op, rem_neg_op: ofRemainder.op, remainder_lt_op, carry, is_c_0, overflow, signs },
    ...{ abs_c_alu_event, abs_rem_alu_event, remainder_check_multiplicity },
  };
}

function notAsked(air: Air, cells: readonly Cell[]): void {
  for (const cell of cells) air.zero(cell, 'not asked');
}

function remainderHasSignOfB(air: Air, { b_neg, rem_neg }: Signs, remainder: Limbs): void {
  air.when(rem_neg).equal(b_neg, 1, 'a negative remainder is of a negative number');
  for (const limb of remainder.cells)
    air.only(b_neg).when(rem_neg.not()).zero(limb, 'of a negative number: 0 or negative');
}

interface Overflow {
  readonly is_overflow: Cell;
  readonly b: IsZeroWord;
  readonly c: IsZeroWord;
}

/** The least number by −1: its quotient has no place. Compared are 64 bits, or the low 32 of words. */
function overflowOf(
  air: Air,
  { isSigned, isWord }: Kind,
  { b, c, quotient, remainder }: Values,
  isLong: Cell,
): Overflow {
  const differences = (x: Limbs, long: readonly number[], short: readonly number[]): Poly[] =>
    x.cells.map((limb, i) => {
      if (i >= 2) return isLong.mul(limb.sub(long[i]!));
      return limb.sub(isLong.mul(long[i]!)).sub(isWord.mul(short[i]!));
    });
  const [isMin, isMinusOne] = [
    isZeroWord(air, differences(b, [0, 0, 0, LIMB / 2], [0, LIMB / 2])),
    isZeroWord(air, differences(c, [ONES, ONES, ONES, ONES], [ONES, ONES])),
  ];
  const is_overflow = air.cell(isMin.result.word.and(isMinusOne.result.word).and(isSigned.word));
  air.only(1).equal(is_overflow, isMin.result.mul(isMinusOne.result).mul(isSigned), 'the least number by -1');
  const overflowed = air.when(is_overflow);
  for (const i of SIXTEEN_BITS) {
    overflowed.equal(quotient.at(i), b.at(i), 'the quotient that overflows');
    overflowed.zero(remainder.at(i), 'the remainder of what overflows');
  }
  return { is_overflow, b: isMin, c: isMinusOne };
}

function signsOf(air: Air, { isSigned }: Kind, { b_msb, c_msb, rem_msb }: Values, is_overflow: Cell): Signs {
  const negative = ({ msb }: { readonly msb: Cell }): Cell => {
    const cell = air.flag(msb.word.and(isSigned.word));
    air.equal(cell, msb.mul(isSigned), 'negative: signed, and its top bit is 1');
    return cell;
  };
  const [b_neg, c_neg, rem_neg] = [negative(b_msb), negative(c_msb), negative(rem_msb)];
  const notOverflow = (p: Poly): Cell => {
    const cell = air.cell(p.word.and(is_overflow.word.xor(1)));
    air.equal(cell, p.mul(is_overflow.not()));
    return cell;
  };
  const [b_neg_not_overflow, b_not_neg_not_overflow] = [notOverflow(b_neg), notOverflow(b_neg.not())];
  return { b_neg, c_neg, rem_neg, b_neg_not_overflow, b_not_neg_not_overflow };
}

interface Products {
  readonly c_times_quotient: readonly Cell[];
  readonly lower: ReturnType<typeof mulOp>;
  readonly upper: ReturnType<typeof mulOp>;
}

/** c · quotient in eight limbs: the upper four of 64-bit operations by a product of their own, of words the sign. */
function productsOf(air: Air, { isSigned }: Kind, { quotient_comp, c }: Values, isLong: Cell): Products {
  const zero = poly(0);
  const lower = mulOp(air, quotient_comp, c, { isSignedB: zero, isSignedC: zero, isWord: zero });
  const signed = { isSignedB: isSigned, isSignedC: isSigned, isWord: zero };
  const upper = mulOp(air.only(isLong), quotient_comp, c, signed, isLong.word);
  notAsked(air.when(isLong.not()), cellsOfMul(upper));
  const lowLimbs = SIXTEEN_BITS.map(i => productLimb(lower, i));
  const isNegative = isSigned.word.and(lowLimbs[3]!.word.bit(15));
  const highWords = SIXTEEN_BITS.map(i => isLong.word.choose(productLimb(upper, i + 4).word, isNegative.mul(ONES)));
  const c_times_quotient = air.cells([...lowLimbs.map(limb => limb.word), ...highWords]);
  for (const i of SIXTEEN_BITS) {
    air.equal(c_times_quotient[i]!, lowLimbs[i]!, 'the lower half of the product');
    air.only(isLong).equal(c_times_quotient[i + 4]!, productLimb(upper, i + 4), 'the upper half of the product');
  }
  u16s(air, c_times_quotient);
  return { c_times_quotient, lower, upper };
}

/** c · quotient + remainder = b in 128 bits; what overflows is positive though b is not. */
function addsUpToB(
  air: Air,
  { isWord }: Kind,
  { b, remainder_comp }: Values,
  product: readonly Cell[],
  { rem_neg, b_neg_not_overflow }: Signs,
  is_overflow: Cell,
): Cell[] {
  const carry: Cell[] = [];
  for (const [i, limb] of product.entries()) {
    const added = i < 4 ? remainder_comp.at(i) : rem_neg.mul(ONES);
    const total = limb.add(added, carry.at(-1) ?? 0);
    carry.push(air.flag(total.word.shr(16)));
    const digit = total.sub(carry[i]!.mul(LIMB));
    range(air, digit.as(total.word.limb(0)), 16);
    const positive = i === 2 || i === 3 ? is_overflow.mul(isWord).mul(ONES) : poly(0);
    const expected = i < 4 ? b.at(i).sub(positive) : b_neg_not_overflow.mul(ONES);
    air.equal(digit, expected, 'product and remainder add up');
  }
  return carry;
}
