// Calls of precompiles with random operands at edges of clocks and addresses; what they write is what the executor computes.

import { scheduleWord } from '../../runtime/hashes/sha256.ts';
import type { PrecompileCall } from '../../src/machine/sp1/records/enrich/index.ts';
import { PRECOMPILES, type Precompile, SHA_EXTEND } from '../../src/machine/sp1/syscalls/precompiles.ts';

/** A generator of u32 that is the same in every run. */
export function randomWords(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 16) ^ Math.imul(state, 69069)) >>> 0;
  };
}

const EPOCH = 2 ** 24;
/** In the middle of an epoch; where it ends within SHA_EXTEND's words; with a high half. */
const CLOCKS = [5 * EPOCH + 2 ** 20 + 1, 3 * EPOCH - 7, 2 ** 33 + 9];
/** Usual ones, and in the last 2^16 bytes below 2^48. */
const BASES = [0x7800_0000, 2 ** 48 - 2 ** 16 + 8];

/** Operands that the executor and the chips take: reduced, on the curve where that is checked. */
function isFitting({ name }: Precompile, operands: readonly Int32Array[]): void {
  for (const operand of operands) {
    if (/^SHA/.test(name)) for (let i = 1; i < operand.length; i += 2) operand[i] = 0;
    if (name === 'POSEIDON2') for (let i = 0; i < operand.length; i++) operand[i]! &= 0x3fffffff;
    const words = /^BLS/.test(name) ? 12 : 8;
    if (/UINT256|KECCAK|POSEIDON|SHA/.test(name)) continue;
    for (let i = words - 1; i < operand.length; i += words) operand[i]! &= 0x0fffffff;
  }
}

/** A call, or undefined where the operands have no result. */
export function randomCall(precompile: Precompile, random: () => number, variant: number): PrecompileCall | undefined {
  const { accesses, compute, code } = precompile;
  const clk = CLOCKS[variant % CLOCKS.length]!;
  const base = BASES[variant % BASES.length]!;
  const operands: Int32Array[] = [];
  for (const { operand, granules } of accesses) operands[operand] ??= Int32Array.from({ length: 2 * granules }, random);
  isFitting(precompile, operands);
  const before = operands.map(operand => operand.slice());
  const sign = precompile.a1 === 'bit' ? variant & 1 : 0;
  const after = operands.map(operand => operand.slice());
  if (compute(after, sign) !== undefined) return undefined;
  const isUpdated = (operand: number): boolean =>
    accesses.some(one => one.kind === 'unsafe' && one.operand === operand);
  const isRead = new Set<number>();
  const words: number[] = [];
  for (const { kind, granules, phase, operand } of accesses) {
    for (let i = 0; i < granules; i++) {
      const old = before[operand]!;
      const now = clk + phase;
      const stamp = isRead.has(operand) ? clk : stampBefore(clk, random);
      if (kind !== 'write' || isUpdated(operand) || isRead.has(operand))
        words.push(...halves(stamp), old[2 * i]!, old[2 * i + 1]!);
      else words.push(...halves(stamp), random(), random());
      if (kind === 'write') words.push(...halves(now), after[operand]![2 * i]!, after[operand]![2 * i + 1]!);
    }
    if (kind === 'read') isRead.add(operand);
  }
  const args = Array.from({ length: 5 }, (_, i) => base + 1024 * i);
  if (precompile.a1 !== undefined) args[1] = sign;
  const registerClks = [clk - 8, clk - 16, stampBefore(clk, random)];
  return { code, clk, args, registerClks, entries: Int32Array.from(words), first: 0 };
}

const halves = (value: number): [number, number] => [value | 0, Math.floor(value / 2 ** 32)];

/** Some earlier clock: in this epoch, in another one, none. */
function stampBefore(clk: number, random: () => number): number {
  const kind = random() % 3;
  if (kind === 0) return 0;
  const distance = kind === 1 ? 1 + (random() % 60_000) : 1 + (random() % 2 ** 25);
  return Math.max(0, clk - distance);
}

export function randomShaExtend(random: () => number, variant: number): PrecompileCall {
  const clk = CLOCKS[variant % CLOCKS.length]!;
  const w = Int32Array.from({ length: 64 }, random);
  const stamps = Array.from({ length: 64 }, () => stampBefore(clk, random));
  const words: number[] = [];
  for (let i = 16; i < 64; i++) {
    for (const back of [15, 2, 16, 7]) {
      words.push(...halves(stamps[i - back]!), w[i - back]!, 0);
      stamps[i - back] = clk + i - 15;
    }
    words.push(...halves(stamps[i]!), random(), random());
    w[i] = scheduleWord(w[i - 2]!, w[i - 7]!, w[i - 15]!, w[i - 16]!);
    words.push(...halves(clk + i - 15), w[i]!, 0);
    stamps[i] = clk + i - 15;
  }
  const args = [BASES[0]!, 0, 0, 0, 0];
  return { code: SHA_EXTEND, clk, args, registerClks: [0, 0, 0], entries: Int32Array.from(words), first: 0 };
}

/** Every precompile, each at some clock and address. */
export function randomCalls(seed: number, variants: number): PrecompileCall[] {
  const random = randomWords(seed);
  const calls: PrecompileCall[] = [];
  for (let variant = 0; variant < variants; variant++) {
    calls.push(randomShaExtend(random, variant));
    for (const precompile of PRECOMPILES) {
      if (/^SECP256K1/.test(precompile.name)) continue; // needs points of the curve: secp256r1's chip is the same
      let call = randomCall(precompile, random, variant);
      while (call === undefined) call = randomCall(precompile, random, variant);
      calls.push(call);
    }
  }
  return calls;
}
