// The table of small inverses that fillers look up: they invert differences of limbs and sums of
// three, all below 2^18.

import type { PrimeField } from '../fields/prime-field.ts';

export const INVERSES: number = 2 ** 18;

/** Writes 1/i at i, 0 at 0. By 1/i = −⌊p/i⌋ / (p mod i), which is smaller than i. */
export function writeInverses({ modulus, mul }: PrimeField, table: Uint32Array): void {
  table[0] = 0;
  table[1] = 1;
  for (let i = 2; i < INVERSES; i++) {
    table[i] = mul(modulus - Math.floor(modulus / i), table[modulus % i]!);
  }
}

export function inverseTable(field: PrimeField): Uint32Array {
  const table = new Uint32Array(INVERSES);
  writeInverses(field, table);
  return table;
}
