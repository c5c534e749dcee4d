import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fieldProgram } from '../../../runtime/curves/field-program.ts';
import type { FieldOp } from '../../../runtime/curves/field-steps.ts';
import {
  GADGET_FIELDS,
  type GadgetField,
  type GadgetFieldName,
  loadElement,
} from '../../../runtime/curves/gadget-field.ts';
import { fromBigInt } from '../../../runtime/curves/words.ts';

interface Cells {
  readonly result: bigint;
  readonly carry: bigint;
  readonly witness: number[];
}

/** One step on numbers. */
function runStep(name: GadgetFieldName, op: FieldOp, operands: readonly bigint[]): Cells | string {
  const field = GADGET_FIELDS[name];
  const names = operands.map((_, i) => `operand${i}`);
  const { bytes, witnesses } = field;
  const places = new Map([['r', { result: 0, carry: bytes, witness: 2 * bytes }]]);
  const program = fieldProgram(field, names, [{ name: 'r', op, of: names }], places);
  operands.forEach((value, i) => void loadElement(field, wordsOf(value, bytes), 0, program.inputs.get(names[i]!)!));
  const buffer = new ArrayBuffer(2 * bytes + 2 * witnesses + 4);
  const [u8, u16, i32] = [new Uint8Array(buffer), new Uint16Array(buffer), new Int32Array(buffer)];
  const refusal = program.run({ u8, u16, i32 }, 0);
  if (refusal !== undefined) return refusal;
  const number = (at: number): bigint =>
    u8.subarray(at, at + bytes).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return { result: number(0), carry: number(bytes), witness: [...u16.subarray(bytes, bytes + witnesses)] };
}

function wordsOf(value: bigint, bytes: number): Int32Array {
  const words = new Int32Array(bytes / 4);
  fromBigInt(value, words, 0, words.length);
  return words;
}

const sha256 = (witness: readonly number[]): string =>
  createHash('sha256')
    .update(new Uint8Array(Uint16Array.from(witness).buffer))
    .digest('hex');

const littleEndian = (hex: string): bigint => BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`);

/** The defining equation, coefficient by coefficient, by BigInt. */
function vanishes(
  field: GadgetField,
  op: FieldOp,
  operands: readonly bigint[],
  { result, carry, witness }: Cells,
): boolean {
  const digits = (x: bigint): bigint[] => Array.from({ length: field.bytes }, (_, i) => (x >> BigInt(8 * i)) & 255n);
  const values = new Array<bigint>(2 * field.bytes).fill(0n);
  const product = (x: bigint, y: bigint, sign = 1n): void => {
    for (const [i, a] of digits(x).entries()) for (const [j, b] of digits(y).entries()) values[i + j]! += sign * a * b;
  };
  const [a, b, c, d] = operands as [bigint, bigint, bigint, bigint];
  const one = 1n;
  if (op === 'add') [product(a, one), product(b, one), product(result, one, -1n)];
  if (op === 'sub') [product(result, one), product(b, one), product(a, one, -1n)];
  if (op === 'mul') [product(a, b), product(result, one, -1n)];
  if (op === 'div') [product(result, b), product(a, one, -1n)];
  if (op === 'inner') [product(a, b), product(c, d), product(result, one, -1n)];
  if (op === 'overSum') [product(b, result), product(result, one), product(a, one, -1n)];
  if (op === 'overDifference') [product(b, result), product(a, one), product(result, one, -1n)];
  if (op === 'root') [product(result, result), product(a, one, -1n)];
  product(carry, field.modulus.value, -1n);
  const w = witness.map(cell => BigInt(cell - field.offset));
  return values.every((value, k) => value === (w[k - 1] ?? 0n) - 256n * (w[k] ?? 0n));
}

describe('a field step', () => {
  it('of a product has the quotient and the witness that were computed by hand', () => {
    const made = runStep('Bn254', 'mul', [2n ** 200n + 7n, 2n ** 100n + 9n]) as Cells;
    expect(made.result).toBe(littleEndian('29708bf9d973fa3c60098d0af68b88338b878362d9d5b8b8424da859fd42e100'));
    expect(made.carry).toBe(littleEndian('3a626274a454'));
    expect(made.witness.slice(0, 5)).toEqual([16400, 16469, 16537, 16611, 16681]);
    expect(sha256(made.witness)).toBe('24ba8e2cb0f429fc2a0f59bffa9358095c5ec6c32f0596afae1b6a5c2eb6250c');
  });

  it('keeps the field where a number leaves it', () => {
    const bn = GADGET_FIELDS.Bn254.modulus.value;
    const bls = GADGET_FIELDS.Bls12381.modulus.value;
    const flat = (count: number, value: number): number[] => new Array<number>(count).fill(value);
    expect(runStep('Bn254', 'sub', [5n, 7n])).toEqual({ result: bn - 2n, carry: 1n, witness: flat(62, 16384) });
    expect(runStep('Bn254', 'add', [bn - 1n, 3n])).toEqual({ result: 2n, carry: 1n, witness: flat(62, 16384) });
    expect(runStep('Bls12381', 'mul', [bls - 1n, bls - 1n])).toEqual({
      result: 1n,
      carry: bls - 2n,
      witness: flat(94, 32768),
    });
    const ed = GADGET_FIELDS.Ed25519.modulus.value;
    expect(runStep('Ed25519', 'inner', [ed - 1n, ed - 1n, 2n, 3n])).toEqual({
      result: 7n,
      carry: ed - 2n,
      witness: flat(62, 16384),
    });
  });

  it('divides', () => {
    const third = 'cdcccccccccccccccccccccc6666666666666666666666660000000066666666';
    const made = runStep('Secp256r1', 'div', [3n, 5n]) as Cells;
    expect([made.result, made.carry]).toEqual([littleEndian(third), 2n]);
    expect(made.witness).toEqual([...new Array(24).fill(16382), ...new Array(38).fill(16384)]);
    expect(runStep('Ed25519', 'overSum', [10n, 4n])).toMatchObject({ result: 2n, carry: 0n });
    const made2 = runStep('Ed25519', 'overDifference', [10n, 4n]) as Cells;
    expect(made2.carry).toBe(1n);
    expect(made2.witness).toEqual([...new Array(31).fill(16383), ...new Array(31).fill(16384)]);
  });

  it('says why it has no result', () => {
    const { value } = GADGET_FIELDS.Bn254.modulus;
    expect(runStep('Bn254', 'div', [1n, 0n])).toBe('a division by zero');
    expect(runStep('Bn254', 'div', [1n, value])).toBe('a division by zero');
    expect(runStep('Bn254', 'sub', [0n, value + 1n])).toBe('a difference below −p');
    expect(runStep('Ed25519', 'root', [2n])).toBe('a square root of what is no square');
  });

  const operations: readonly [FieldOp, number][] = [
    ['add', 2],
    ['sub', 2],
    ['mul', 2],
    ['div', 2],
    ['inner', 4],
    ['overSum', 2],
    ['overDifference', 2],
  ];

  it.each(Object.keys(GADGET_FIELDS) as GadgetFieldName[])('satisfies its equation in %s', name => {
    const field = GADGET_FIELDS[name];
    const p = field.modulus.value;
    const edges = [1n, p - 1n, p - 2n, 2n ** 200n + 255n];
    let seed = 12345n;
    const random = (): bigint => {
      seed = (seed * 6364136223846793005n + 1442695040888963407n) % 2n ** 128n;
      return (seed ** 5n + seed ** 3n * 977n) % p;
    };
    for (const [op, count] of operations) {
      if (op === 'inner' && name !== 'Ed25519') continue; // the carry may reach 2p
      for (let round = 0; round < 24; round++) {
        const operands = Array.from({ length: count }, (_, i) =>
          round < 16 ? edges[(i === 0 ? round % 4 : Math.floor(round / 4) + i - 1) % 4]! : random(),
        );
        if (op === 'overDifference' && operands[1] === 1n) continue;
        if (op === 'overSum' && operands[1] === p - 1n) continue;
        const made = runStep(name, op, operands) as Cells;
        expect([op, operands, vanishes(field, op, operands, made)]).toEqual([op, operands, true]);
        expect(made.result < p).toBe(true);
      }
    }
  });

  it('takes roots whose low bit is 0', () => {
    const field = GADGET_FIELDS.Ed25519;
    for (const x of [2n, 3n, 2n ** 200n + 1n, field.modulus.value - 5n]) {
      const square = (x * x) % field.modulus.value;
      const made = runStep('Ed25519', 'root', [square]) as Cells;
      expect(made.result & 1n).toBe(0n);
      expect(vanishes(field, 'root', [square], made)).toBe(true);
    }
  });
});
