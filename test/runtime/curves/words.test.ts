import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as fp from '../../../runtime/curves/tower.ts';
import * as uint256 from '../../../runtime/curves/uint256.ts';
import { fromBigInt, toBigInt } from '../../../runtime/curves/words.ts';
import { keccakPermute } from '../../../runtime/hashes/keccak.ts';
import { sha256Compress, sha256Extend } from '../../../runtime/hashes/sha256.ts';
import { permuteInWebAssembly } from '../../../src/machine/sp1/syscalls/keccak.ts';

const pack = (words: number, ...values: bigint[]): Int32Array => {
  const out = new Int32Array(words * values.length);
  for (const [i, value] of values.entries()) fromBigInt(value, out, i * words, words);
  return out;
};
const unpack = (packed: Int32Array, words: number): bigint[] =>
  Array.from({ length: packed.length / words }, (_, i) => toBigInt(packed, i * words, words));

describe('SHA-256', () => {
  it('hashes a block as node:crypto does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 55 }), message => {
        const block = Buffer.alloc(64);
        block.set(message);
        block[message.length] = 0x80;
        block.writeUInt32BE(8 * message.length, 60);
        const w = new Int32Array(64);
        for (let i = 0; i < 16; i++) w[i] = block.readInt32BE(4 * i);
        const h = Int32Array.of(
          ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
        );
        sha256Extend(w);
        sha256Compress(h, w);
        const digest = Buffer.alloc(32);
        for (const [i, word] of h.entries()) digest.writeInt32BE(word, 4 * i);
        expect(digest).toEqual(createHash('sha256').update(message).digest());
      }),
      { numRuns: 50 },
    );
  });
});

describe.each([
  ['JavaScript', keccakPermute],
  ['WebAssembly', permuteInWebAssembly()!],
])('Keccak-f[1600] in %s', (_where, permute) => {
  it('makes SHA3-256 of a short message as node:crypto does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 135 }), message => {
        const bytes = new Uint8Array(200);
        bytes.set(message);
        bytes[message.length]! ^= 0x06;
        bytes[135]! ^= 0x80;
        permute(new Int32Array(bytes.buffer));
        expect(Buffer.from(bytes.subarray(0, 32))).toEqual(createHash('sha3-256').update(message).digest());
      }),
      { numRuns: 30 },
    );
  });
});

describe.each([
  ['bn254', fp.bn254Tower, 8],
  ['bls12381', fp.bls12381Tower, 12],
] as const)('fields of %s take integers of any size', (_, tower, words) => {
  const p = tower.field.modulus;
  const max = 2n ** BigInt(32 * words) - 1n;
  const integer = fc.oneof(fc.bigInt(0n, max), fc.bigInt(0n, p - 1n), fc.constantFrom(0n, p - 1n, p, p + 1n, max));
  const quad = fc.tuple(integer, integer, integer, integer);
  const mod = (a: bigint): bigint => ((a % p) + p) % p;

  it('in the base field', () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => {
        const result = (op: typeof fp.fpAdd): bigint => {
          const x = pack(words, a);
          op(tower, x, pack(words, b));
          return unpack(x, words)[0]!;
        };
        expect(result(fp.fpAdd)).toBe(mod(a + b));
        expect(result(fp.fpSub)).toBe(mod((a % p) - (b % p)));
        expect(result(fp.fpMul)).toBe(mod(a * b));
      }),
      { numRuns: 150 },
    );
  });

  it('in the extension, except where a difference is negative', () => {
    fc.assert(
      fc.property(quad, ([a0, a1, b0, b1]) => {
        const x = pack(words, a0, a1);
        const y = pack(words, b0, b1);
        fp.fp2Add(tower, x, y);
        expect(unpack(x, words)).toEqual([mod(a0 + b0), mod(a1 + b1)]);
        const z = pack(words, a0, a1);
        fp.fp2Mul(tower, z, y);
        expect(unpack(z, words)).toEqual([mod(a0 * b0 - a1 * b1), mod(a0 * b1 + a1 * b0)]);
        const d = pack(words, a0, a1);
        if (fp.fp2Sub(tower, d, y) === undefined) {
          expect(unpack(d, words)).toEqual([mod(a0 - b0), mod(a1 - b1)]);
        } else {
          expect(a0 + p < b0 || a1 + p < b1).toBe(true);
          expect(unpack(d, words)).toEqual([a0, a1]);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('256-bit integers', () => {
  const integer = fc.oneof(fc.bigInt(0n, 2n ** 256n - 1n), fc.constantFrom(0n, 1n, 2n ** 256n - 1n));

  it('multiply modulo any modulus, zero standing for 2^256', () => {
    fc.assert(
      fc.property(integer, integer, integer, (x, y, m) => {
        const out = pack(8, x);
        uint256.mulMod(out, pack(8, y, m));
        expect(unpack(out, 8)).toEqual([(x * y) % (m || 2n ** 256n)]);
      }),
      { numRuns: 50 },
    );
  });

  it('add and multiply with carry', () => {
    fc.assert(
      fc.property(integer, integer, integer, (a, b, c) => {
        const low = new Int32Array(8);
        const high = new Int32Array(8);
        uint256.addCarry(pack(8, a), pack(8, b), pack(8, c), low, high);
        expect(toBigInt(low, 0, 8) + (toBigInt(high, 0, 8) << 256n)).toBe(a + b + c);
        uint256.mulCarry(pack(8, a), pack(8, b), pack(8, c), low, high);
        expect(toBigInt(low, 0, 8) + (toBigInt(high, 0, 8) << 256n)).toBe(a * b + c);
      }),
      { numRuns: 50 },
    );
  });
});
