// Prime fields below 2^31, on canonical numbers: what is checked and what is computed once. Loops over many elements use
// Montgomery's form, whose constants are here too.

/** A prime field whose elements are the integers below `modulus`. */
export interface PrimeField {
  readonly name: string;
  readonly modulus: number;
  /** 2^32 mod p: one in Montgomery's form. */
  readonly r: number;
  /** 2^64 mod p: a Montgomery product with it brings a number into Montgomery's form. */
  readonly r2: number;
  /** −1/p mod 2^32. */
  readonly negativeInverse: number;
  add(a: number, b: number): number;
  sub(a: number, b: number): number;
  mul(a: number, b: number): number;
  /** 1/a, and 0 for 0. */
  inverse(a: number): number;
  /** The element that an integer stands for. */
  of(value: number | bigint): number;
}

/** The field of `modulus`, an odd prime below 2^31. */
export function primeField(name: string, modulus: number): PrimeField {
  const p = BigInt(modulus);
  const mul = (a: number, b: number): number =>
    (((((a * (b >>> 16)) % modulus) * 65_536) % modulus) + a * (b & 0xffff)) % modulus;
  const inverse = (a: number): number => {
    let result = 1;
    let base = a;
    for (let exponent = modulus - 2; exponent > 0; exponent = Math.floor(exponent / 2)) {
      if (exponent % 2 === 1) result = mul(result, base);
      base = mul(base, base);
    }
    return result;
  };
  return {
    name,
    modulus,
    r: Number(2n ** 32n % p),
    r2: Number(2n ** 64n % p),
    negativeInverse: Number(negativeInverse(p)),
    add: (a, b) => (a + b) % modulus,
    sub: (a, b) => (a + modulus - b) % modulus,
    mul,
    inverse,
    of: value => {
      const rest = Number(BigInt(value) % p);
      return rest < 0 ? rest + modulus : rest;
    },
  };
}

/** Newton's iteration doubles the correct low bits: 1, 2, 4, … 32. */
function negativeInverse(p: bigint): bigint {
  let x = 1n;
  for (let bits = 2n; bits <= 32n; bits *= 2n) x = BigInt.asUintN(32, x * (2n - p * x));
  return BigInt.asUintN(32, -x);
}
