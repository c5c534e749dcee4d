// Code for numbers on the limbs of digits256.ts.

import { type CodeWriter, codeWriter } from '../../wasm/binary/code.ts';
import { type Value, type Values, values } from '../../wasm/binary/values.ts';
import { BITS, LIMBS, MASK } from './digits256.ts';

/** limb += value * digit, without a product where the digit is zero or a power of two. */
export function addMultiple(v: Values, limb: number, value: Value, digit: number): void {
  if (digit === 0) return;
  const size = Math.abs(digit);
  const power = Math.log2(size);
  const product = Number.isInteger(power) ? v.shl(value, v.constant(power)) : v.mul(value, v.constant(size));
  v.set(limb, (digit < 0 ? v.sub : v.add)(v.get(limb), product));
}

/** New locals with the limbs at the address in local `base`. */
export function loadLimbs(v: Values, base: number): number[] {
  const limbs = v.locals(LIMBS);
  v.setEach(limbs, i => v.load(base, 8 * i));
  return limbs;
}

/** Stores limbs at the address in parameter 0. */
export function storeLimbs(v: Values, limbs: readonly number[]): void {
  for (const [i, limb] of limbs.entries()) v.store(0, 8 * i, v.get(limb));
}

/** New locals with the 17 columns of a product. */
export function productColumns(v: Values, a: readonly number[], b: readonly number[]): number[] {
  const columns = v.locals(2 * LIMBS - 1);
  v.setEach(columns, k => {
    const terms: Value[] = [];
    for (let i = Math.max(0, k - LIMBS + 1); i <= Math.min(k, LIMBS - 1); i++) {
      terms.push(v.mul(v.get(a[i]!), v.get(b[k - i]!)));
    }
    return terms.reduce(v.add);
  });
  return columns;
}

export function addTo(v: Values, local: number, value: Value): void {
  v.set(local, v.add(v.get(local), value));
}

/** Carries all limbs but the last into the next. */
export function carry(
  v: Values,
  limbs: readonly number[],
  shift: Values['shrU'] = v.shrU,
  end: number = LIMBS - 1,
): void {
  for (let i = 0; i < end; i++) {
    addTo(v, limbs[i + 1]!, shift(v.get(limbs[i]!), v.constant(BITS)));
    v.set(limbs[i]!, v.and(v.get(limbs[i]!), v.constant(MASK)));
  }
}

/** (out, words): limbs of 32 bytes; any number. */
export function unpackFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values(code, 64);
  const words = v.locals(4);
  v.setEach(words, i => v.load(1, 8 * i));
  for (let i = 0; i < LIMBS; i++) {
    const word = Math.floor((i * BITS) / 64);
    const at = (i * BITS) % 64;
    const low = v.shrU(v.get(words[word]!), v.constant(at));
    const isSplit = at + BITS > 64 && word < 3;
    const digit = isSplit ? v.or(low, v.shl(v.get(words[word + 1]!), v.constant(64 - at))) : low;
    v.store(0, 8 * i, v.and(digit, v.constant(MASK)));
  }
  return code;
}

/** (words, a): 32 bytes of digits below 2^256. */
export function packFunction(): CodeWriter {
  const code = codeWriter(2);
  const v = values(code, 64);
  const limbs = loadLimbs(v, 1);
  for (let word = 0; word < 4; word++) {
    const parts: Value[] = [];
    limbs.forEach((limb, i) => {
      const at = i * BITS - 64 * word;
      if (at <= -BITS || at >= 64) return;
      parts.push(at < 0 ? v.shrU(v.get(limb), v.constant(-at)) : v.shl(v.get(limb), v.constant(at)));
    });
    v.store(0, 8 * word, parts.reduce(v.or));
  }
  return code;
}
