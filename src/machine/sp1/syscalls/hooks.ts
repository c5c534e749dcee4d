// SP1's hooks: what the host answers when the guest writes to descriptors 15 to 21 (spec/sp1/syscalls.md, section 4,
// after crates/core/executor/src/hook.rs of SP1 6.4). Each is pure. Where upstream panics, a hook says why instead.

import { bytesToNumberBE, bytesToNumberLE, numberToBytesBE, numberToBytesLE } from '@noble/curves/utils.js';
import { bls12381, secp256k1, secp256r1 } from '../../../../runtime/curves/weierstrass.ts';

/** Buffers to be read in order, or why the payload is refused. */
export type HookOutcome = readonly Uint8Array[] | string;

const YES = Uint8Array.of(1);
const NO = Uint8Array.of(0);

const HOOKS: ReadonlyMap<number, (payload: Uint8Array) => HookOutcome> = new Map([
  [15, recoverPoint],
  [16, decompressEdwards],
  [17, rsaMulMod],
  [18, blsSquareRoot],
  [19, blsInverse],
  [20, squareRootHook],
  [21, inverseHook],
]);

/** The answer of the hook behind `fd`, or undefined where there is none. */
export function runHook(fd: number, payload: Uint8Array): HookOutcome | undefined {
  return HOOKS.get(fd)?.(payload);
}

function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n % modulus;
  let square = base % modulus;
  for (const bit of exponent.toString(2).split('').reverse()) {
    if (bit === '1') result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Base field and group order (SEC 2, sections 2.4.1 and 2.4.2). */
const CURVES = {
  1: {
    p: secp256k1.field.modulus,
    n: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    refusesZero: true,
  },
  2: {
    p: secp256r1.field.modulus,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    refusesZero: false,
  },
} as const;

/** [curve | 0x80 if y is odd] ‖ r ‖ alpha, big-endian: y and 1/r mod n, or the root of 3 alpha. */
function recoverPoint(payload: Uint8Array): HookOutcome {
  if (payload.length !== 65) return `expected 65 bytes, got ${payload.length}`;
  const id = payload[0]! & 0x7f;
  if (id !== 1 && id !== 2) return `expected curve 1 or 2, got ${id}`;
  const { p, n, refusesZero } = CURVES[id];
  const r = bytesToNumberBE(payload.subarray(1, 33));
  const alpha = bytesToNumberBE(payload.subarray(33));
  if (r >= p || alpha >= p) return 'a field element is not reduced';
  if (alpha === 0n && refusesZero) return 'alpha is zero';
  const root = rootOf3Mod4(alpha, p);
  if (root === undefined) {
    const other = rootOf3Mod4((3n * alpha) % p, p);
    return other === undefined ? 'neither alpha nor 3 alpha is a square' : [NO, numberToBytesBE(other, 32)];
  }
  if (r === 0n || r >= n) return 'r is not a scalar of the curve that can be inverted';
  const isOdd = payload[0]! >= 0x80;
  const y = (root & 1n) === (isOdd ? 1n : 0n) ? root : (p - root) % p;
  return [YES, numberToBytesBE(y, 32), numberToBytesBE(modPow(r, n - 2n, n), 32)];
}

/** The root a^((p + 1) / 4), or undefined where a is no square. */
function rootOf3Mod4(a: bigint, p: bigint): bigint | undefined {
  const root = modPow(a, (p + 1n) / 4n, p);
  return (root * root) % p === a ? root : undefined;
}

const P25519 = 2n ** 255n - 19n;
const SQRT_MINUS_ONE = modPow(2n, (P25519 - 1n) / 4n, P25519);

/** Compressed y (32 bytes, sign ignored) ‖ v, little-endian: whether (y^2 - 1) / v is a square, else 1/v and a root. */
function decompressEdwards(payload: Uint8Array): HookOutcome {
  if (payload.length < 32) return `expected at least 32 bytes, got ${payload.length}`;
  const y = bytesToNumberLE(payload.subarray(0, 32)) & (2n ** 255n - 1n);
  if (y >= P25519) return [NO];
  const v = bytesToNumberLE(payload.subarray(32));
  if (v >= P25519) return 'v is not reduced';
  const vInverse = modPow(v, P25519 - 2n, P25519);
  const ratio = ((y * y + P25519 - 1n) * vInverse) % P25519;
  if (evenRoot25519(ratio) !== undefined) return [YES];
  const root = evenRoot25519((2n * ratio) % P25519);
  if (root === undefined) return 'neither the ratio nor its double is a square';
  return [NO, numberToBytesLE(vInverse, 32), numberToBytesLE(root, 32)];
}

function evenRoot25519(a: bigint): bigint | undefined {
  const p = P25519;
  let root = modPow(a, (p + 3n) / 8n, p);
  const square = (root * root) % p;
  if (square !== a) {
    if (square !== p - a) return undefined;
    root = (root * SQRT_MINUS_ONE) % p;
  }
  return root & 1n ? p - root : root;
}

/** Product (2 k bytes) ‖ modulus (k bytes), little-endian, k = 256, 384 or 512: remainder and quotient, k bytes each. */
function rsaMulMod(payload: Uint8Array): HookOutcome {
  const k = payload.length / 3;
  if (k !== 256 && k !== 384 && k !== 512) return `expected 768, 1152 or 1536 bytes, got ${payload.length}`;
  const product = bytesToNumberLE(payload.subarray(0, 2 * k));
  const modulus = bytesToNumberLE(payload.subarray(2 * k));
  if (modulus === 0n) return 'the modulus is zero';
  const quotient = BigInt.asUintN(8 * k, product / modulus);
  return [numberToBytesLE(product % modulus, k), numberToBytesLE(quotient, k)];
}

const BLS_BYTES = 48;
const P_BLS = bls12381.field.modulus;

/** 48 bytes big-endian: the root of a, or of 2 a. */
function blsSquareRoot(payload: Uint8Array): HookOutcome {
  if (payload.length < BLS_BYTES) return `expected ${BLS_BYTES} bytes, got ${payload.length}`;
  const a = bytesToNumberBE(payload.subarray(0, BLS_BYTES));
  const root = rootOf3Mod4(a, P_BLS);
  if (root !== undefined) return [YES, numberToBytesBE(root, BLS_BYTES)];
  const other = rootOf3Mod4((2n * a) % P_BLS, P_BLS);
  return other === undefined ? 'the element is not reduced' : [NO, numberToBytesBE(other, BLS_BYTES)];
}

function blsInverse(payload: Uint8Array): HookOutcome {
  if (payload.length < BLS_BYTES) return `expected ${BLS_BYTES} bytes, got ${payload.length}`;
  const a = bytesToNumberBE(payload.subarray(0, BLS_BYTES));
  return a === 0n ? 'zero has no inverse' : [numberToBytesBE(modPow(a, P_BLS - 2n, P_BLS), BLS_BYTES)];
}

/** Length (u32 big-endian) ‖ `count` integers of that many bytes, big-endian. */
function parseIntegers(payload: Uint8Array, count: number): { length: number; values: bigint[] } | string {
  const length = payload.length < 4 ? 0 : new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  if (payload.length !== 4 + count * length) {
    return `expected 4 bytes and ${count} integers of ${length} bytes, got ${payload.length} bytes`;
  }
  const values: bigint[] = [];
  for (let at = 4; values.length < count; at += length) {
    values.push(bytesToNumberBE(payload.subarray(at, at + length)));
  }
  return { length, values };
}

/** Element ‖ modulus ‖ non-residue: the root of the element, or of element times non-residue. */
function squareRootHook(payload: Uint8Array): HookOutcome {
  const parsed = parseIntegers(payload, 3);
  if (typeof parsed === 'string') return parsed;
  const [a, p, nonResidue] = parsed.values as [bigint, bigint, bigint];
  if (a >= p || nonResidue >= p) return 'the element or the non-residue is not reduced';
  if (a === 0n) return [YES, new Uint8Array(parsed.length)];
  const root = squareRoot(a, p, nonResidue);
  if (root !== undefined) return [YES, numberToBytesBE(root, parsed.length)];
  const other = squareRoot((nonResidue * a) % p, p, nonResidue);
  return other === undefined
    ? 'neither the element nor its product with the non-residue is a square'
    : [NO, numberToBytesBE(other, parsed.length)];
}

/** Element ‖ modulus: element^(modulus - 2). */
function inverseHook(payload: Uint8Array): HookOutcome {
  const parsed = parseIntegers(payload, 2);
  if (typeof parsed === 'string') return parsed;
  const [a, m] = parsed.values as [bigint, bigint];
  if (a === 0n) return 'zero has no inverse';
  if (m < 2n) return `expected a modulus of at least 2, got ${m}`;
  return [numberToBytesBE(modPow(a, m - 2n, m), parsed.length)];
}

/** The root that upstream finds: a power where p = 3 mod 4, else Tonelli and Shanks started from `nonResidue`. */
function squareRoot(a: bigint, p: bigint, nonResidue: bigint): bigint | undefined {
  if (p % 4n === 3n) return rootOf3Mod4(a, p);
  if (a === 0n || modPow(a, (p - 1n) / 2n, p) !== 1n) return undefined;
  let q = p - 1n;
  let m = 0;
  for (; q % 2n === 0n; q /= 2n) m++;
  let c = modPow(nonResidue, q, p);
  let root = modPow(a, (q + 1n) / 2n, p);
  let t = modPow(a, q, p);
  while (t !== 1n) {
    let order = 0;
    for (let s = t; s !== 1n; s = (s * s) % p) if (++order === m) return undefined;
    const b = modPow(c, 1n << BigInt(m - order - 1), p);
    root = (root * b) % p;
    c = (b * b) % p;
    t = (t * c) % p;
    m = order;
  }
  return root;
}
