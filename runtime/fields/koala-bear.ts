// KoalaBear, the field of SP1's proofs: p = 2^31 − 2^24 + 1.

import { type PrimeField, primeField } from './prime-field.ts';

export const koalaBear: PrimeField = primeField('KoalaBear', 2 ** 31 - 2 ** 24 + 1);
