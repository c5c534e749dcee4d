// Wide prime fields as proofs' gadgets see them: elements as bytes, and equations over the integers as polynomials in 256
// whose quotient by (x − 256) is the witness.

import { type FieldLimbs, type LimbField, limbField, limbsOf } from './limbs.ts';
import { type Modulus, modulusOf } from './quotient.ts';
import { bls12381, bn254, secp256k1, secp256r1 } from './weierstrass.ts';

export interface GadgetField {
  readonly name: string;
  readonly modulus: Modulus;
  readonly prime: LimbField;
  /** Of an element: 32 or 48. */
  readonly bytes: number;
  /** Cells of a witness: coefficients of the quotient. */
  readonly witnesses: number;
  /** Added to a witness so that it is not negative. */
  readonly offset: number;
  readonly modulusBytes: Float64Array;
}

/** An element: the same number twice. */
export interface Element {
  readonly limbs: FieldLimbs;
  readonly bytes: Float64Array;
}

function gadgetField(name: string, prime: LimbField): GadgetField {
  const bytes = 4 * prime.words;
  const { modulus } = prime;
  return {
    name,
    modulus: modulusOf(modulus, prime.limbs),
    prime,
    bytes,
    witnesses: 2 * bytes - 2,
    offset: bytes === 48 ? 2 ** 15 : 2 ** 14,
    modulusBytes: littleEndian(modulus, bytes),
  };
}

export type GadgetFieldName = 'Secp256k1' | 'Secp256r1' | 'Bn254' | 'Bls12381' | 'Ed25519';

export const GADGET_FIELDS: Readonly<Record<GadgetFieldName, GadgetField>> = {
  Secp256k1: gadgetField('Secp256k1', secp256k1.field),
  Secp256r1: gadgetField('Secp256r1', secp256r1.field),
  Bn254: gadgetField('Bn254', bn254.field),
  Bls12381: gadgetField('Bls12381', bls12381.field),
  Ed25519: gadgetField('Ed25519', limbField(2n ** 255n - 19n, 8)),
};

export function littleEndian(value: bigint, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

export function newElement({ modulus, bytes }: GadgetField): Element {
  return { limbs: new Float64Array(modulus.limbs), bytes: new Float64Array(bytes) };
}

export function elementOf(field: GadgetField, value: bigint): Element {
  return { limbs: limbsOf(value, field.modulus.limbs), bytes: littleEndian(value, field.bytes) };
}

/** Digits of 24 bits as bytes; what is above `bytes.length` of them is lost. */
export function limbsToBytes(limbs: FieldLimbs, bytes: Float64Array): void {
  const n = bytes.length;
  for (let i = 0, k = 0; k < n; i++, k += 3) {
    const limb = limbs[i]!;
    bytes[k] = limb & 255;
    bytes[k + 1] = (limb >>> 8) & 255;
    if (k + 2 < n) bytes[k + 2] = limb >>> 16;
  }
}

/** Reads an element of `words` (32 or 48 bytes from word `at`), reduced or not. */
export function loadElement(field: GadgetField, words: Int32Array, at: number, out: Element): void {
  const { limbs, bytes } = out;
  for (let k = 0; k < field.bytes; k += 4) {
    const word = words[at + (k >> 2)]!;
    bytes[k] = word & 255;
    bytes[k + 1] = (word >>> 8) & 255;
    bytes[k + 2] = (word >>> 16) & 255;
    bytes[k + 3] = word >>> 24;
  }
  limbs.fill(0);
  for (let k = 0, i = 0; k < field.bytes; k += 3, i++) {
    limbs[i] = bytes[k]! + 256 * bytes[k + 1]! + (k + 2 < field.bytes ? 65_536 * bytes[k + 2]! : 0);
  }
}

/**
 * The quotient of V(x) by (x − 256), from the top, each coefficient plus `offset`: `values` are V's coefficients, of which
 * the last may be beyond. V(256) = 0 unless operands are outside the field and the carry lost bytes: then cells are what
 * 32-bit arithmetic gives, as upstream's, and satisfy nothing.
 */
export function writeWitness(values: Float64Array, count: number, offset: number, out: Uint16Array, at: number): void {
  let c = values[count]! | 0;
  for (let i = count - 1; i >= 0; i--) {
    out[at + i] = c + offset;
    c = ((values[i]! | 0) + (c << 8)) | 0;
  }
}
