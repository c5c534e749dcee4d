// Digits of 24 bits in float64, little-endian: the form of field elements.

export const BASE: number = 2 ** 24;
export const INVERSE_BASE: number = 2 ** -24;

export type Limbs = Float64Array;
