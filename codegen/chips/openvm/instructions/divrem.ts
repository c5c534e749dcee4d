// Quotients and remainders: b = c · q + r over 64 bits, |r| < |c|, and the sign of r that of b.
// Reference: openvm:extensions/rv32im/circuit/src/divrem/core.rs, v1.4.0.

import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import { anyOf, type Cell, type Limbs, type Poly, poly, sum } from '../../poly.ts';
import { firstOf, type Word } from '../../word.ts';
import { highestDifference, LIMB, recorded, weighted } from '../air.ts';
import { PRODUCTS } from '../events.ts';
import { bytes, tupleBus } from '../lookups.ts';
import { productAdapter } from './adapters.ts';
import { digit } from './mul.ts';

const FOUR = [0, 1, 2, 3];
const ONES = LIMB - 1;
const SIGN = 128;

export const divRemChip: Chip = recorded('DivRem', RECORDS.DivRem, PRODUCTS, (air, e) => {
  const { flags, any } = air.oneHot(e.local_opcode, { div: 0, divu: 1, rem: 2, remu: 3 });
  const { div, divu, rem, remu } = flags;
  const valid = air.when(any);
  const isSigned = anyOf([div, rem]);
  const [bSign, cSign] = [isSigned.word.and(e.b.bit(31)), isSigned.word.and(e.c.bit(31))];
  const quotient = quotientOf(e.b, e.c, bSign, cSign);
  const remainder = e.b.sub(quotient.mul(e.c));
  const [b, c, q, r] = [e.b, e.c, quotient, remainder].map(w => air.bytes(w)) as [Limbs, Limbs, Limbs, Limbs];
  const isZeroDivisor = e.c.eq(0);
  const zero_divisor = air.flag(isZeroDivisor);
  const r_zero = air.flag(remainder.eq(0).and(isZeroDivisor.xor(1)));
  const [b_sign, c_sign] = [air.flag(bSign), air.flag(cSign)];
  const signXor = bSign.xor(cSign);
  const sign_xor = air.cell(signXor);
  const q_sign = air.flag(isSigned.word.and(quotient.bit(31)).and(signXor.or(isZeroDivisor)));
  const cells: Division = { b, c, q, r, zero_divisor, r_zero, b_sign, c_sign, q_sign, sign_xor };
  const inverses = specialCases(valid, cells, e.c, remainder);
  signs(air, cells, isSigned);
  const compared = remainderIsSmall(valid, cells, remainder);
  products(valid, cells);
  const [bTop, cTop] = [b.at(3).sub(b_sign.mul(SIGN)), c.at(3).sub(c_sign.mul(SIGN))];
  bytes(air.only(isSigned), bTop.mul(2), cTop.mul(2));
  const special = anyOf([zero_divisor, r_zero]);
  bytes(air.only(any.sub(special).as(special.word.xor(1))), compared.lt_diff.sub(1), 0);
  const isQuotient = anyOf([div, divu]);
  const a = FOUR.map(i => isQuotient.mul(q.at(i)).add(isQuotient.not().mul(r.at(i))));
  const adapter = productAdapter(valid, e, weighted([div, divu, rem, remu]).add(OPENVM_OPCODE.DIV), a, b, c);
  return { ...adapter, ...cells, ...inverses, ...compared, ...flags };
});

type Division = Readonly<Record<'b' | 'c' | 'q' | 'r', Limbs>> &
  Readonly<Record<'zero_divisor' | 'r_zero' | 'b_sign' | 'c_sign' | 'q_sign' | 'sign_xor', Cell>>;

/** RISC-V's quotient, by absolute values. */
function quotientOf(b: Word, c: Word, bSign: Word, cSign: Word): Word {
  const absolute = (w: Word, sign: Word): Word => w.xor(sign.mul(-1)).add(sign);
  const quotient = absolute(b, bSign).divU(absolute(c, cSign));
  const isNegative = bSign.xor(cSign);
  return firstOf([[c.eq(0), 2 ** 32 - 1]], quotient.xor(isNegative.mul(-1)).add(isNegative));
}

type Inverses = Readonly<Record<'c_sum_inv' | 'r_sum_inv', Cell>>;

/** By zero, the quotient is all ones; that divisor, or remainder, are not 0 otherwise is proved by inverses. */
function specialCases(air: Air, { c, q, r, zero_divisor, r_zero }: Division, divisor: Word, rest: Word): Inverses {
  const isValid = air.condition;
  const special = zero_divisor.add(r_zero);
  air.only(special).zero(special.sub(1), 'no special case or one');
  for (const i of FOUR) {
    air.only(zero_divisor).zero(c.at(i), 'the divisor is 0');
    air.only(zero_divisor).equal(q.at(i), ONES, 'the quotient by 0');
  }
  const inverse = (w: Word): Cell =>
    air.cell(
      FOUR.map(i => w.byte(i))
        .reduce((x, y) => x.add(y))
        .inverse(),
    );
  const c_sum_inv = inverse(divisor);
  const divides = isValid.sub(zero_divisor);
  air.only(divides).zero(divides.sub(1), 'padding divides by nothing');
  air.only(divides).equal(sum(c.cells).mul(c_sum_inv), 1, 'the divisor is not 0');
  for (const i of FOUR) air.only(r_zero).zero(r.at(i), 'the remainder is 0');
  const r_sum_inv = inverse(rest);
  const isUsual = isValid.sub(special);
  air.only(isUsual).zero(isUsual.sub(1), 'padding is no special case');
  air.only(isUsual).equal(sum(r.cells).mul(r_sum_inv), 1, 'the remainder is not 0');
  return { c_sum_inv, r_sum_inv };
}

function signs(air: Air, s: Division, isSigned: Poly): void {
  const { b_sign, c_sign, q_sign, sign_xor, zero_divisor, q } = s;
  for (const sign of [b_sign, c_sign]) air.only(isSigned.not()).zero(sign, 'unsigned numbers have none');
  air.equal(b_sign.add(c_sign).sub(b_sign.mul(c_sign).mul(2)), sign_xor, 'whether signs differ');
  const byOther = zero_divisor.not().mul(q_sign.sub(sign_xor));
  air.only(sum(q.cells)).zero(byOther, 'the sign of a quotient that is not 0');
  air.zero(q_sign.sub(sign_xor).mul(zero_divisor.not().mul(q_sign)), 'the sign of a quotient');
}

type Compared = {
  readonly r_prime: Limbs;
  readonly r_inv: readonly Cell[];
  readonly lt_marker: readonly Cell[];
  readonly lt_diff: Cell;
};

/** r', which is r with the sign of c, is nearer to 0 than c: by the highest limb in which they differ. */
function remainderIsSmall(air: Air, s: Division, remainder: Word): Compared {
  const { c, r, sign_xor, c_sign, zero_divisor, r_zero } = s;
  const prime = sign_xor.word.choose(remainder.mul(-1), remainder);
  const r_prime = air.bytes(prime);
  const r_inv = FOUR.map(i => air.cell(prime.byte(i).sub(LIMB).inverse()));
  const [same, other] = [air.only(sign_xor.not()), air.only(sign_xor)];
  let carry = poly(0);
  for (const i of FOUR) {
    const before = carry;
    carry = carry.add(r.at(i), r_prime.at(i)).over(LIMB);
    same.equal(r.at(i), r_prime.at(i), 'of the same sign');
    other.zero(carry.sub(before).mul(carry.sub(1)), 'they add up to 0: carries stay 1');
    other.equal(r_prime.at(i).sub(LIMB).mul(r_inv[i]!), 1, 'a limb of the negative is below 256');
    other.zero(carry.not().mul(r_prime.at(i)), 'they add up to 0: lower limbs are 0');
  }
  const isUsual = zero_divisor.word.or(r_zero.word).xor(1);
  const isHighest = highestDifference(prime, c.word).map(highest => highest.and(isUsual));
  const lt_marker = isHighest.map(highest => air.flag(highest));
  const distances = FOUR.map(i =>
    r_prime
      .at(i)
      .mul(c_sign.mul(2).sub(1))
      .add(c.at(i).mul(c_sign.mul(-2).add(1))),
  );
  const words = FOUR.map(i => {
    const [x, y] = [prime.byte(i), c.word.byte(i)];
    return c_sign.word.choose(x.sub(y), y.sub(x)).bits(0, 8);
  });
  const lt_diff = air.cell(
    firstOf(
      isHighest.map((highest, i) => [highest, words[i]!]),
      0,
    ),
  );
  let isDecided: Poly = zero_divisor.add(r_zero);
  for (const i of [3, 2, 1, 0]) {
    isDecided = isDecided.add(lt_marker[i]!);
    air.only(isDecided.not()).zero(distances[i]!, 'limbs above the deciding one are equal');
    air.only(lt_marker[i]!).equal(lt_diff, distances[i]!, 'how far the deciding limbs are apart');
  }
  air.equal(isDecided, 1, 'one limb decides, or none in special cases');
  return { r_prime, r_inv, lt_marker, lt_diff };
}

/** c · q + r − b, digit by digit, is 0: limbs are looked up with their carries. */
function products(air: Air, { b, c, q, r, b_sign, c_sign, q_sign, r_zero }: Division): void {
  const [bExt, cExt, qExt] = [b_sign.mul(ONES), c_sign.mul(ONES), q_sign.mul(ONES)];
  let carry = poly(0);
  const next = (cell: Cell, terms: readonly Poly[], total: Poly): void => {
    carry = carry
      .add(...terms)
      .sub(total)
      .over(LIMB);
    air.send(tupleBus, [cell, carry]);
  };
  for (const k of FOUR) next(q.at(k), [r.at(k), ...digit(c.cells, q.cells, k)], b.at(k));
  const rExt = r_zero.not().mul(bExt);
  for (const k of FOUR) {
    const extended = FOUR.slice(0, k + 1).flatMap(i => [c.at(i).mul(qExt), q.at(i).mul(cExt)]);
    next(r.at(k), [...digit(c.cells, q.cells, k + 4), ...extended, rExt], bExt);
  }
}
