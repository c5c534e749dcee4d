// Honest events, at random and at the edges: what a right execution could tell a row.

import type { Chip } from '../../codegen/chips/chip.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { OPCODE, type Opcode } from '../../codegen/chips/sp1/air.ts';
import { liftMessage } from '../../runtime/curves/global-points.ts';
import { addPoints, septicNegate } from '../../runtime/curves/septic.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { only, quotients } from './sp1-rows.ts';

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

/** An address that memory may have, `align` bytes aligned, as a register and an immediate. */
function addressed(r: Random, align: number): Record<string, bigint> {
  const target = r.of([0x10000n, 0x78001000n, 0xfffffffffff8n, 0x10000n + r.bits(47)]);
  const address = target - (target % BigInt(align));
  const offset = BigInt.asUintN(64, r.of([0n, 1n, -1n, 2047n, -2048n, BigInt(r.below(4096) - 2048)]));
  return { b: BigInt.asUintN(64, address - offset), c: offset };
}

/** A clock before `now`: in its epoch or an earlier one. */
function stampBefore(r: Random, now: bigint): bigint {
  return r.of([0n, now - 1n, now > EPOCH ? now - EPOCH : 0n, (now * r.bits(16)) >> 16n]);
}

function memory(r: Random, opcodes: readonly Opcode[], align: number): Record<string, bigint> {
  const base = instruction(r, opcodes);
  return { ...base, ...addressed(r, align), mem: value(r), mem_ts: stampBefore(r, base.clk! + 1n) };
}

const ALIGNMENT: Readonly<Record<string, number>> = { LB: 1, LBU: 1, LH: 2, LHU: 2, LW: 4, LWU: 4, LD: 8 };

function loadX0(r: Random): Record<string, bigint> {
  const opcode = r.of(Object.keys(ALIGNMENT) as Opcode[]);
  return { ...memory(r, [opcode], ALIGNMENT[opcode]!), op_a: 0n, a_prev: 0n };
}

/** A target within 2^48 of an immediate of `bits` bits, counted in `step` bytes. */
function jumped(r: Random, bits: number, step: bigint): { pc: bigint; imm: bigint; target: bigint } {
  const pc = 0x1000000n + r.bits(40) * 4n;
  const imm = (r.bits(bits - 1) - 2n ** BigInt(bits - 2)) * step;
  return { pc, imm: BigInt.asUintN(64, imm), target: pc + imm };
}

function branch(r: Random): Record<string, bigint> {
  const base = instruction(r, ['BEQ', 'BNE', 'BLT', 'BGE', 'BLTU', 'BGEU']);
  const [a, b] = [base.a_prev!, r.below(3) === 0 ? base.a_prev! : base.b!];
  const { pc, imm, target } = jumped(r, 12, 4n);
  const [x, y] = [BigInt.asIntN(64, a), BigInt.asIntN(64, b)];
  const isTaken = [a === b, a !== b, x < y, x >= y, a < b, a >= b][Number(base.opcode) - OPCODE.BEQ]!;
  return { ...base, b, pc, c: imm, next_pc: isTaken ? target : pc + 4n };
}

/** rd, or now and then x0. */
const destination = (r: Random): Record<string, bigint> =>
  r.below(3) === 0 ? { op_a: 0n, a_prev: 0n } : { op_a: BigInt(1 + r.below(31)) };

function division(r: Random): Record<string, bigint> {
  const names = ['DIV', 'DIVU', 'REM', 'REMU', 'DIVW', 'REMW', 'DIVUW', 'REMUW'] as const;
  const opcode = r.of(names);
  const base = { ...instruction(r, [opcode]), c: r.of([value(r), 0n, 2n ** 64n - 1n, BigInt(1 + r.below(9))]) };
  const { b, c } = { ...base, b: r.of([value(r), 2n ** 63n, 0xffffffff80000000n, 0x80000000n]) };
  return { ...base, b, c, ...quotients({ opcode, b: `${b}`, c: `${c}` }) };
}

function systemCall(r: Random): Record<string, bigint> {
  const base = { ...instruction(r, ['ECALL']), op_a: 5n, op_b: 10n, op_c: 11n, imm: 0n };
  const code = r.of([0n, 3n, 0x10n, 0x1an, 0xf0n, 0xf1n, 0x10105n, 0x1010105n, 2n]);
  const index = code === 0x10n || code === 0x1an ? BigInt(r.below(8)) : code === 0n ? r.bits(30) : r.bits(48);
  const word = code === 0x1an ? r.of([0x7f000000n, r.bits(30)]) : code === 0x10n ? r.bits(32) : r.bits(48);
  const after = code === 3n ? 0n : code === 0xf0n ? value(r) : code;
  return { ...base, a_prev: code, b: index, c: word, a: after };
}

function call(r: Random): Record<string, bigint> {
  return { clk: clock(r), id: r.bits(8), arg1: r.bits(48), arg2: r.bits(48) };
}

function globalMemory(r: Random): Record<string, bigint> {
  const index = r.of([0n, 1n, r.bits(22)]);
  const isFirst = index === 0n && r.below(2) === 0;
  const addr = isFirst ? 0n : 1n + (r.bits(48) >> BigInt(r.below(40)));
  const prev_addr = isFirst || index === 1n ? 0n : index === 0n ? addr - 1n : (addr * r.bits(16)) >> 16n;
  const values = { addr, prev_addr, value: isFirst ? 0n : value(r), index };
  return { ...values, ts: 0n, index_inv: BigInt(koalaBear.inverse(Number(index))) };
}

function message(r: Random): Record<string, bigint | readonly bigint[]> {
  const values = [24, 24, 24, 24, 16, 24, 24, 16].map(bits => r.bits(bits));
  const kind = r.of([1, 8]);
  const { point, offset } = liftMessage(values.map(Number), kind);
  const isReceive = r.below(2) === 1;
  const y = isReceive ? point.y : septicNegate(point.y);
  const before = liftMessage(values.map(Number), 63).point; // any other point
  const after = addPoints(before, { x: point.x, y });
  const list = (numbers: readonly number[]): bigint[] => numbers.map(BigInt);
  return {
    ...{ message: values, kind: BigInt(kind), is_receive: isReceive ? 1n : 0n, offset: BigInt(offset), y: list(y) },
    ...{ index: r.bits(22), sum_before: list([...before.x, ...before.y]), sum_after: list([...after.x, ...after.y]) },
  };
}

const MAKERS: Record<string, Maker> = {
  Global: message,
  Add: r => instruction(r, ['ADD']),
  Addi: r => instruction(r, ['ADDI']),
  Addw: r => instruction(r, ['ADDW']),
  Sub: r => instruction(r, ['SUB']),
  Subw: r => instruction(r, ['SUBW']),
  Bitwise: r => instruction(r, ['XOR', 'OR', 'AND']),
  Lt: r => instruction(r, ['SLT', 'SLTU']),
  AluX0: r => ({ ...instruction(r, ALU_OPCODES), op_a: 0n, a_prev: 0n }),
  Mul: r => instruction(r, ['MUL', 'MULH', 'MULHU', 'MULHSU', 'MULW']),
  DivRem: division,
  ShiftLeft: r => instruction(r, ['SLL', 'SLLW']),
  ShiftRight: r => instruction(r, ['SRL', 'SRA', 'SRLW', 'SRAW']),
  LoadByte: r => memory(r, ['LB', 'LBU'], 1),
  LoadHalf: r => memory(r, ['LH', 'LHU'], 2),
  LoadWord: r => memory(r, ['LW', 'LWU'], 4),
  LoadDouble: r => memory(r, ['LD'], 8),
  LoadX0: loadX0,
  StoreByte: r => memory(r, ['SB'], 1),
  StoreHalf: r => memory(r, ['SH'], 2),
  StoreWord: r => memory(r, ['SW'], 4),
  StoreDouble: r => memory(r, ['SD'], 8),
  UType: r => {
    const imm = BigInt.asUintN(64, BigInt.asIntN(32, r.bits(20) << 12n));
    return { ...instruction(r, ['LUI', 'AUIPC']), b: imm, c: imm, ...destination(r) };
  },
  Branch: branch,
  Jal: r => {
    const { pc, imm } = jumped(r, 20, 4n);
    return { ...instruction(r, ['JAL']), pc, b: imm, c: 0n, ...destination(r) };
  },
  Jalr: r => {
    const { b, c } = addressed(r, 4);
    return { ...instruction(r, ['JALR']), b: BigInt.asUintN(64, b! + BigInt(r.below(2))), c: c!, ...destination(r) };
  },
  SyscallInstrs: systemCall,
  SyscallCore: call,
  SyscallPrecompile: call,
  MemoryLocal: r => {
    const final_ts = clock(r);
    const values = { initial_value: value(r), final_value: value(r) };
    return { addr: r.bits(48), ...values, final_ts, initial_ts: stampBefore(r, final_ts) };
  },
  MemoryBump: r => {
    const clk = clock(r);
    return { clk, ts: stampBefore(r, clk), value: value(r), addr: BigInt(r.below(32)) };
  },
  StateBump: r => {
    const clk = clock(r) + 8n;
    const next_pc = programCounter(r);
    const isCarried = r.below(2) === 1 && next_pc % 65_536n < 4n;
    const pc = [next_pc & 0xffffn, (next_pc >> 16n) & 0xffffn, next_pc >> 32n];
    const carried = [pc[0]! + 65_536n, ((next_pc - 65_536n) >> 16n) & 0xffffn, (next_pc - 65_536n) >> 32n];
    const clk_low = clk % EPOCH === 1n ? EPOCH + 1n : clk % EPOCH;
    return { clk_high: (clk >> 24n) - (clk_low > EPOCH ? 1n : 0n), clk_low, next_pc, pc: isCarried ? carried : pc };
  },
  MemoryGlobalInit: globalMemory,
  MemoryGlobalFinalize: r => ({ ...globalMemory(r), ts: clock(r) }),
  Program: r => ({ ...instruction(r, ALU_OPCODES), op_b: value(r), op_c: value(r), ...flags(r), count: r.bits(20) }),
  Byte: r => ({ row: r.bits(16), counts: Array.from({ length: 6 }, () => r.bits(20)) }),
  Range: r => {
    const bits = r.below(17);
    return { a: bits === 0 ? 0n : r.bits(bits), bits: BigInt(bits), count: r.bits(20) };
  },
};

const flags = (r: Random): Record<string, bigint> => ({ imm_b: BigInt(r.below(2)), imm_c: BigInt(r.below(2)) });

export function honestEvents(chip: Chip, count: number, seed = 1): Event[] {
  const maker = MAKERS[chip.name];
  if (maker === undefined) throw new Error(`nobody makes events of ${chip.name}`);
  const r = random(seed);
  return Array.from({ length: count }, () => only(chip, maker(r)));
}
