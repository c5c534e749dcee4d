// Keccak-f[1600]: 24 rows of a permutation, one for each round, and a row of each call that reads the state and writes it.
// Reference: p3-keccak-air 0.4.3-succinct; sp1:crates/core/machine/src/syscall/precompiles/keccak256, SP1 6.4.0.

import {
  KECCAK_OFFSETS,
  KECCAK_ROUNDS,
  keccakConstants,
  keccakRounds,
} from '../../../../runtime/hashes/keccak-rounds.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { EventValues } from '../../event.ts';
import { type Cell, compose, type Limbs, type Poly, sum } from '../../poly.ts';
import { firstOf, type Word, word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { keccakBus } from '../buses.ts';
import { granuleAddresses, syscallAddress } from '../gadgets/syscall-address.ts';
import { moveMemory } from '../memory.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, clkCells, phaseOf, receiveCall } from './blocks.ts';
import { accesses, readGranules } from './granules.ts';

const LANES = 25;
const LANE = 64;
const LIMBS = 4;

const FIELDS = {
  ...{ clk: 48, address: 48, round: 5, is_real: 1 },
  ...({ preimage: [64, LANES], a: [64, LANES] } as const),
};

/** Lane (x, y) of five by five. */
const lane = <T>(lanes: readonly T[], x: number, y: number): T => lanes[((x + 5) % 5) + 5 * ((y + 5) % 5)]!;
const five = <T>(of: (i: number) => T): T[] => Array.from({ length: 5 }, (_, i) => of(i));

const rotl = (w: Word, k: number): Word => (k === 0 ? w : w.shl(k).or(w.shr(LANE - k)));
const bits = (air: Air, w: Word): Cell[] => Array.from({ length: LANE }, (_, z) => air.cell(w.bit(z)));
const limbs = (air: Air, lanes: readonly Word[]): Limbs[] => lanes.map(w => air.limbs(w));
const rows = <T>(lanes: readonly T[]): T[][] => five(y => lanes.slice(5 * y, 5 * y + 5));

const xor = (a: Poly, b: Poly): Poly => a.add(b).sub(a.mul(b).mul(2));

/** Padding rows are the rounds of the permutation of zeros, again and again. */
const padding = (): EventValues<typeof FIELDS>[] =>
  keccakRounds(new BigUint64Array(LANES)).map((a, round) => ({
    ...{ clk: 0n, address: 0n, round: BigInt(round), is_real: 0n },
    preimage: Array.from({ length: LANES }, () => 0n),
    a: [...a],
  }));

export const keccakPermuteChip: Chip = sp1(
  'KeccakPermute',
  FIELDS,
  (air, e) => {
    const step_flags = Array.from({ length: KECCAK_ROUNDS }, (_, i) => air.flag(e.round.eq(i)));
    air.equal(sum(step_flags), 1, 'one round');
    const exported = air.cell(0);
    air.zero(exported, 'nothing is exported');
    const preimage = limbs(air, e.preimage);
    const a = limbs(air, e.a);
    const { words, cells: round } = roundCells(air, e.a);
    const constant = firstOf(
      step_flags.map((flag, i) => [flag.word, keccakConstants()[i]!]),
      0,
    );
    const a_prime_prime_prime_0_0_limbs = air.limbs(words[0]!.xor(constant));
    const clk = clkCells(air, e.clk);
    const state_addr = air.limbs(e.address, 3);
    const index = air.cell(e.is_real.choose(e.round, 0));
    const is_real = air.flag(e.is_real);
    const { a_prime_prime, a_prime_prime_0_0_bits } = round;
    const output = [a_prime_prime_prime_0_0_limbs, ...a_prime_prime.slice(1)];
    const real = air.when(is_real);
    real.equal(index, sum(step_flags.map((flag, i) => flag.mul(i))), 'the round is the index');
    const bus = (i: Poly, state: readonly Limbs[]) =>
      [clk.clk_high, clk.clk_low, state_addr.cells, i, state.map(({ cells }) => cells)] as const;
    real.receive(keccakBus, bus(index, a));
    real.send(keccakBus, bus(index.add(1), output));
    air.later(() => {
      thetaHolds(air, a, round);
      chiHolds(air, round.a_prime, a_prime_prime);
      iotaHolds(air, step_flags, a_prime_prime[0]!, a_prime_prime_0_0_bits, a_prime_prime_prime_0_0_limbs);
      rowsFollow(air, step_flags, preimage, a, output);
    });
    return {
      keccak: {
        ...{ step_flags, export: exported, preimage: rows(preimage), a: rows(a), c: round.c, c_prime: round.c_prime },
        ...{ a_prime: rows(round.a_prime), a_prime_prime: rows(a_prime_prime) },
        ...{ a_prime_prime_0_0_bits, a_prime_prime_prime_0_0_limbs },
      },
      ...clk,
      state_addr,
      index,
      is_real,
    };
  },
  { padding },
);

type Bits = readonly Cell[];
interface Theta {
  /** Parities of columns. */
  readonly c: readonly Bits[];
  /** Parities of columns after θ. */
  readonly c_prime: readonly Bits[];
  readonly a_prime: readonly Bits[];
}

interface Round extends Theta {
  /** Lanes before ι. */
  readonly a_prime_prime: readonly Limbs[];
  readonly a_prime_prime_0_0_bits: Bits;
}

/** The cells of a round of the lanes `a` (FIPS 202, 3.2), and its lanes before ι. */
function roundCells(air: Air, a: readonly Word[]): { readonly words: readonly Word[]; readonly cells: Round } {
  const parity = five(x => a.filter((_, i) => i % 5 === x).reduce((p, q) => p.xor(q)));
  const c = parity.map(w => bits(air, w));
  const theta = five(x => parity[(x + 4) % 5]!.xor(rotl(parity[(x + 1) % 5]!, 1)));
  const c_prime = theta.map((w, x) => bits(air, w.xor(parity[x]!)));
  const thetaOf = a.map((w, i) => w.xor(theta[i % 5]!));
  const a_prime = thetaOf.map(w => bits(air, w));
  const rotated = new Array<Word>(LANES);
  for (const [i, w] of thetaOf.entries()) rotated[placeOf(i)] = rotl(w, KECCAK_OFFSETS[i]!);
  const words = rotated.map((w, i) => {
    const [x, y] = [i % 5, Math.floor(i / 5)];
    return w.xor(
      lane(rotated, x + 1, y)
        .not()
        .and(lane(rotated, x + 2, y)),
    );
  });
  const a_prime_prime = limbs(air, words);
  const a_prime_prime_0_0_bits = bits(air, words[0]!);
  return { words, cells: { c, c_prime, a_prime, a_prime_prime, a_prime_prime_0_0_bits } };
}

/** Where π moves lane x + 5 y: to (y, 2 x + 3 y). */
function placeOf(i: number): number {
  const [x, y] = [i % 5, Math.floor(i / 5)];
  return y + 5 * ((2 * x + 3 * y) % 5);
}

function thetaHolds(air: Air, a: readonly Limbs[], { c, c_prime, a_prime }: Theta): void {
  for (const lane of [...c, ...a_prime]) for (const bit of lane) air.bool(bit, 'a bit');
  for (let x = 0; x < 5; x++) {
    for (let z = 0; z < LANE; z++) {
      const [left, right] = [c[(x + 4) % 5]![z]!, c[(x + 1) % 5]![(z + LANE - 1) % LANE]!];
      air.equal(c_prime[x]![z]!, xor(c[x]![z]!, xor(left, right)), 'the parity after θ');
      const ones = sum(five(y => a_prime[x + 5 * y]![z]!)).sub(c_prime[x]![z]!);
      air.zero(ones.mul(ones.sub(2)).mul(ones.sub(4)), 'lanes have the parity');
    }
  }
  for (const [i, lane] of a_prime.entries()) {
    const before = lane.map((bit, z) => xor(bit, xor(c[i % 5]![z]!, c_prime[i % 5]![z]!)));
    limbsAre(air, a[i]!, before, 'the lane before θ');
  }
}

function chiHolds(air: Air, a_prime: readonly Bits[], a_prime_prime: readonly Limbs[]): void {
  const rotated = new Array<Bits>(LANES);
  for (const [i, from] of a_prime.entries()) {
    rotated[placeOf(i)] = from.map((_, z) => from[(z + LANE - KECCAK_OFFSETS[i]!) % LANE]!);
  }
  for (const [i, limbsAfter] of a_prime_prime.entries()) {
    const [x, y] = [i % 5, Math.floor(i / 5)];
    const [p, q, r] = [lane(rotated, x, y), lane(rotated, x + 1, y), lane(rotated, x + 2, y)];
    const after = p.map((bit, z) => xor(bit, q[z]!.not().mul(r[z]!)));
    limbsAre(air, limbsAfter, after, 'the lane after χ');
  }
}

function iotaHolds(air: Air, flags: Bits, before: Limbs, beforeBits: Bits, after: Limbs): void {
  for (const bit of beforeBits) air.bool(bit, 'a bit');
  limbsAre(air, before, beforeBits, 'the bits of lane (0, 0)');
  const constants = keccakConstants();
  const flipped = beforeBits.map((bit, z) => {
    const isOne = sum(flags.filter((_, round) => ((constants[round]! >> BigInt(z)) & 1n) === 1n));
    return xor(bit, isOne);
  });
  limbsAre(air, after, flipped, 'lane (0, 0) after ι');
}

function limbsAre(air: Air, { cells }: Limbs, lane: readonly Poly[], reason: string): void {
  for (const [i, limb] of cells.entries()) air.equal(limb, compose(lane.slice(16 * i, 16 * i + 16), 1), reason);
}

/** Rounds follow each other; the input stays from the first to the last row of a permutation. */
function rowsFollow(
  air: Air,
  flags: Bits,
  preimage: readonly Limbs[],
  a: readonly Limbs[],
  after: readonly Limbs[],
): void {
  for (const [i, flag] of flags.entries())
    air.equal(flag, flags[(i + 1) % KECCAK_ROUNDS]!.next, 'the next round follows');
  const goesOn = air.only(flags.at(-1)!.not());
  const first = air.only(flags[0]!);
  for (let i = 0; i < LANES; i++) {
    for (let j = 0; j < LIMBS; j++) {
      first.equal(preimage[i]!.at(j), a[i]!.at(j), 'the input is the first state');
      goesOn.equal(preimage[i]!.at(j).next, preimage[i]!.at(j), 'the input stays');
      goesOn.equal(a[i]!.at(j).next, after[i]!.at(j), 'the state goes on');
    }
  }
}

const CONTROL_FIELDS = {
  ...{ clk: 48, address: 48 },
  ...({ prev: [64, LANES], stamp: [48, LANES], final: [64, LANES] } as const),
};

/** Reads the state, begins its rows, and writes what they end with. */
export const keccakPermuteControlChip: Chip = sp1('KeccakPermuteControl', CONTROL_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const state_addr = syscallAddress(real, e.address, (LANES * LANE) / 8);
  const addrs = granuleAddresses(real, state_addr, LANES);
  const [reading, writing] = [phaseOf(clk, 0), phaseOf(clk, 1)];
  const initial_memory_access = accesses(real, reading, { prev: e.prev, stamp: e.stamp });
  const final_memory_access = accesses(real, writing, { prev: e.prev, stamp: e.prev.map(() => e.clk) });
  const final_value = e.final.map(value => air.limbs(value));
  receiveCall(real, clk, SYSCALL_ID.KECCAK_PERMUTE, addressLimbs(state_addr));
  readGranules(real, reading, addrs, initial_memory_access);
  for (const [i, before] of final_memory_access.entries()) {
    moveMemory(real, writing, addrs[i]!.value.cells, before, final_value[i]!.cells);
  }
  const initial = initial_memory_access.map(({ prev_value }) => prev_value.cells);
  const final = final_value.map(({ cells }) => cells);
  real.send(keccakBus, [clk.clk_high, clk.clk_low, addressLimbs(state_addr), 0, initial]);
  real.receive(keccakBus, [clk.clk_high, clk.clk_low, addressLimbs(state_addr), KECCAK_ROUNDS, final]);
  return { ...clk, state_addr, addrs, is_real, initial_memory_access, final_memory_access, final_value };
});
