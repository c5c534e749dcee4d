// Honest events, at random and at the edges: what a right execution could tell a row.

import type { Chip } from '../../codegen/chips/chip.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { OPCODE, type Opcode } from '../../codegen/chips/sp1/air.ts';
import { only } from './sp1-rows.ts';

/** Deterministic, so that a failure can be repeated: xorshift on 64 bits. */
export interface Random {
  /** An integer below 2^bits. */
  bits(bits: number): bigint;
  below(limit: number): number;
  of<T>(values: readonly T[]): T;
}

export function random(seed: number): Random {
  let x = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  const next = (): bigint => {
    x ^= BigInt.asUintN(64, x << 13n);
    x ^= x >> 7n;
    x = BigInt.asUintN(64, x ^ (x << 17n));
    return x;
  };
  const below = (limit: number): number => Number((next() >> 11n) % BigInt(limit));
  return { bits: bits => next() >> BigInt(64 - bits), below, of: values => values[below(values.length)]! };
}

const EDGES = [
  ...[0n, 1n, 2n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n],
  ...[0x7fffffffffffffffn, 0x8000000000000000n, 0xffffffffffffffffn, 0xffffffff80000000n, 0xffff0000ffff0000n],
];

/** A value of a register: of any size, or at an edge. */
export function value(r: Random): bigint {
  const kind = r.below(4);
  if (kind === 0) return r.of(EDGES);
  if (kind === 1) return BigInt.asUintN(64, r.of(EDGES) + BigInt(r.below(5) - 2));
  return r.bits(64) >> BigInt(r.below(64));
}

const EPOCH = 2n ** 24n;

/** A clock: 1 mod 8, at the edges of epochs too. */
export function clock(r: Random): bigint {
  const low = r.of([1n, 9n, EPOCH - 7n, EPOCH - 15n, r.bits(21) * 8n + 1n, r.bits(21) * 8n + 1n]);
  return r.of([0n, 1n, r.bits(24)]) * EPOCH + low;
}

/** Low 24 bits of an earlier access in the epoch of `now`, 0 if it was before that. */
function stamp(r: Random, now: bigint): bigint {
  const low = now % EPOCH;
  return r.of([0n, low - 1n, low > 70_000n ? low - 65_537n : 0n, (r.bits(24) * low) >> 24n]);
}

/** pc: a multiple of 4 that leaves room for the next one. */
export function programCounter(r: Random): bigint {
  return r.of([0x78000000n, 0x1fffcn, 0xfffffffffff8n, 0x10000n + r.bits(46) * 4n]) % 0xfffffffffffcn;
}

/** What every instruction's event has; what a chip's events have not is left out. */
export function instruction(r: Random, opcodes: readonly Opcode[]): Record<string, bigint> {
  const clk = clock(r);
  const imm = BigInt(r.below(2));
  return {
    clk,
    pc: programCounter(r),
    a_prev: value(r),
    b: value(r),
    c: value(r),
    a_ts: stamp(r, clk + 4n),
    b_ts: stamp(r, clk + 3n),
    c_ts: imm === 1n ? 0n : stamp(r, clk + 2n),
    op_a: BigInt(1 + r.below(31)),
    op_b: BigInt(r.below(32)),
    op_c: imm === 1n ? 0n : BigInt(r.below(32)),
    opcode: BigInt(OPCODE[r.of(opcodes)]),
    imm,
  };
}

const ALU_OPCODES = Object.keys(OPCODE).slice(0, OPCODE.LB) as Opcode[];

/** How the events of a chip are made; those of instructions by their opcodes. */
export type Maker = (r: Random) => Record<string, bigint | readonly bigint[]>;

const MAKERS: Record<string, Maker> = {
  Add: r => instruction(r, ['ADD']),
  Addi: r => instruction(r, ['ADDI']),
  Addw: r => instruction(r, ['ADDW']),
  Sub: r => instruction(r, ['SUB']),
  Subw: r => instruction(r, ['SUBW']),
  Bitwise: r => instruction(r, ['XOR', 'OR', 'AND']),
  Lt: r => instruction(r, ['SLT', 'SLTU']),
  AluX0: r => ({ ...instruction(r, ALU_OPCODES), op_a: 0n, a_prev: 0n }),
};

export function honestEvents(chip: Chip, count: number, seed = 1): Event[] {
  const maker = MAKERS[chip.name];
  if (maker === undefined) throw new Error(`nobody makes events of ${chip.name}`);
  const r = random(seed);
  return Array.from({ length: count }, () => only(chip, maker(r)));
}
