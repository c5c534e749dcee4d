// Sums and products of 256-bit integers modulo 2^256 or a modulus of the caller, with quotient and witness: what SP1's UINT256
// chips prove.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/{uint256,uint256_ops}, SP1 6.4.0.

import type { StepPlace, Struct } from './field-program.ts';
import { writeWitness } from './gadget-field.ts';
import { addProduct } from './quotient.ts';
import { fromBigInt, toBigInt } from './words.ts';

export const WIDE_BYTES = 32;
/** One more than of a field: the modulus may be 2^256, of 33 digits. */
export const WIDE_WITNESSES = 63;
export const WIDE_OFFSET: number = 2 ** 14;

const WORDS = 8;
const values = new Float64Array(2 * WIDE_BYTES + 4);
const x = new Float64Array(WIDE_BYTES);
const y = new Float64Array(WIDE_BYTES);
const addend = new Float64Array(WIDE_BYTES);
const result = new Int32Array(WORDS);
const quotient = new Int32Array(WORDS);
const carry = new Float64Array(WIDE_BYTES);
const modulusBytes = new Float64Array(WIDE_BYTES);

function load(words: Int32Array, at: number, out: Float64Array): void {
  for (let k = 0; k < WIDE_BYTES; k++) out[k] = (words[at + (k >> 2)]! >>> (8 * (k & 3))) & 255;
}

/** x y mod m; m = 0 stands for 2^256. Operands are at words of `words`. */
export function mulModCells(
  words: Int32Array,
  xAt: number,
  yAt: number,
  modulusAt: number,
  struct: Struct,
  at: number,
  place: StepPlace,
): void {
  const product = toBigInt(words, xAt, WORDS) * toBigInt(words, yAt, WORDS);
  const given = toBigInt(words, modulusAt, WORDS);
  const modulus = given === 0n ? 2n ** 256n : given;
  load(words, xAt, x);
  load(words, yAt, y);
  values.fill(0);
  addProduct(x, WIDE_BYTES, y, WIDE_BYTES, values);
  load(words, modulusAt, modulusBytes);
  finish(product, modulus, given === 0n, struct, at, place);
}

/** a + b + c, or a b + c, as low + 2^256 high. */
export function carryCells(
  words: Int32Array,
  [aAt, bAt, cAt]: readonly [number, number, number],
  isProduct: boolean,
  struct: Struct,
  at: number,
  place: StepPlace,
): void {
  const [a, b, c] = [toBigInt(words, aAt, WORDS), toBigInt(words, bAt, WORDS), toBigInt(words, cAt, WORDS)];
  load(words, aAt, x);
  load(words, bAt, y);
  load(words, cAt, addend);
  values.fill(0);
  if (isProduct) addProduct(x, WIDE_BYTES, y, WIDE_BYTES, values);
  for (let i = 0; i < WIDE_BYTES; i++) values[i]! += addend[i]! + (isProduct ? 0 : x[i]! + y[i]!);
  finish(isProduct ? a * b + c : a + b + c, 2n ** 256n, true, struct, at, place);
}

/** `values` has the left side's coefficients; what follows from its value `total` is subtracted and stored. */
function finish(total: bigint, modulus: bigint, isPower: boolean, struct: Struct, at: number, place: StepPlace): void {
  const { u8, u16 } = struct;
  fromBigInt(total / modulus, quotient, 0, WORDS); // what is above 2^256 is lost: unprovable
  fromBigInt(total % modulus, result, 0, WORDS);
  for (let i = 0; i < WIDE_BYTES; i++) {
    const low = (result[i >> 2]! >>> (8 * (i & 3))) & 255;
    const high = (quotient[i >> 2]! >>> (8 * (i & 3))) & 255;
    u8[at + place.result + i] = low;
    u8[at + place.carry + i] = high;
    values[i]! -= low;
    carry[i] = -high;
    if (isPower) values[WIDE_BYTES + i]! -= high;
  }
  if (!isPower) addProduct(carry, WIDE_BYTES, modulusBytes, WIDE_BYTES, values);
  writeWitness(values, WIDE_WITNESSES, WIDE_OFFSET, u16, (at + place.witness) / 2);
}
