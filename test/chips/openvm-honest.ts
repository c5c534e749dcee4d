// Records of OpenVM that an honest run could have made, at random and at the edges: events of its chips.

import type { Chip } from '../../codegen/chips/chip.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { babyBear, P } from '../../runtime/fields/baby-bear.ts';
import { NO_POINTER } from '../../runtime/openvm/records.ts';
import { type Random, random } from './honest.ts';

type Values = Record<string, bigint | readonly bigint[]>;
type Maker = (r: Random) => Values;

const EDGES = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffffffn, 0x80000000n, 0x80000001n, 0xffffffffn];

/** A value of a register: of any size, or at an edge. */
function value(r: Random): bigint {
  const kind = r.below(4);
  if (kind === 0) return r.of(EDGES);
  if (kind === 1) return BigInt.asUintN(32, r.of(EDGES) + BigInt(r.below(5) - 2));
  return r.bits(32) >> BigInt(r.below(32));
}

const pair = (r: Random): readonly [bigint, bigint] => {
  const x = value(r);
  return [x, r.of([x, value(r), value(r), BigInt.asUintN(32, x + 1n)])];
};
const pointer = (r: Random): bigint => BigInt(4 * r.below(32));
const element = (r: Random): bigint => r.of([0n, 1n, BigInt(P - 1), r.bits(31) % BigInt(P)]);
const elements = (r: Random, n: number): bigint[] => Array.from({ length: n }, () => element(r));
const bytes = (r: Random, n: number): bigint[] => Array.from({ length: n }, () => r.of([0n, 255n, r.bits(8)]));
const pc = (r: Random): bigint => r.of([0n, 0x200800n, 2n ** 30n - 8n, r.bits(28) * 4n]);
/** A time that leaves room for an instruction. */
const time = (r: Random): bigint => r.of([1n, 2n ** 29n - 8n, 131_073n, 1n + (r.bits(28) >> BigInt(r.below(28)))]);
const before = (r: Random, now: bigint): bigint => r.of([0n, now - 1n, (r.bits(20) * now) >> 20n]);

function from(r: Random): { readonly from_pc: bigint; readonly from_timestamp: bigint } {
  return { from_pc: pc(r), from_timestamp: time(r) };
}

/** Accesses at each of the times of an instruction. */
function accesses(r: Random, now: bigint, ...names: readonly string[]): Values {
  return Object.fromEntries(names.map((name, i) => [`${name}_prev_timestamp`, before(r, now + BigInt(i))]));
}

function product(r: Random): Values {
  const start = from(r);
  const [b, c] = pair(r);
  const pointers = { rd_ptr: pointer(r), rs1_ptr: pointer(r), rs2_ptr: pointer(r) };
  return {
    ...start,
    ...pointers,
    ...accesses(r, start.from_timestamp, 'rs1', 'rs2', 'rd'),
    rd_prev_data: value(r),
    b,
    c,
  };
}

const operation = (r: Random, opcodes: number): Values => ({ ...product(r), local_opcode: BigInt(r.below(opcodes)) });

/** Of two registers, or of one and an immediate. */
function alu(r: Random, opcodes: number): Values {
  const { rs2_ptr, ...rest } = operation(r, opcodes);
  if (r.below(2) === 0) return { ...rest, rs2: rs2_ptr!, rs2_as: 1n };
  const c = BigInt.asUintN(32, BigInt.asIntN(12, r.bits(12)));
  return { ...rest, c, rs2: c & 0xffffffn, rs2_as: 0n, rs2_prev_timestamp: 0n };
}

function branch(r: Random, opcodes: number): Values {
  const { rd_ptr: _, rd_prev_timestamp: __, rd_prev_data: ___, b, c, ...rest } = operation(r, opcodes);
  const imm = 2 * (r.below(4096) - 2048);
  return { ...rest, a: b!, b: c!, imm: BigInt(babyBear.of(imm)) };
}

const LOADS = [0, 1, 2];
const SIZES = [4, 1, 2, 4, 2, 1];

/** An access of `size` bytes; some loads are to x0. */
function transfer(r: Random, size: number, isLoad: boolean): Values {
  const start = from(r);
  const pointers = BigInt(size * r.below(2 ** 29 / size));
  const imm = BigInt(r.below(2 ** 16));
  const sign = imm >> 15n;
  const rs1_val = BigInt.asUintN(32, pointers - BigInt.asIntN(16, imm));
  const isToX0 = isLoad && r.below(4) === 0;
  const times = accesses(r, start.from_timestamp, 'rs1', 'read', 'write');
  return {
    ...{ ...start, rs1_ptr: pointer(r), rs1_val, ...times, rd_rs2_ptr: isToX0 ? BigInt(NO_POINTER) : pointer(r) },
    ...{ imm, imm_sign: sign, mem_as: isLoad ? 2n : r.of([2n, 3n]), shift_amount: pointers & 3n },
    ...{ read_data: bytes(r, 4), prev_data: isToX0 ? [0n, 0n, 0n, 0n] : bytes(r, 4) },
    ...(isToX0 ? { write_prev_timestamp: 0n } : {}),
  };
}

function loadStore(r: Random): Values {
  const opcode = r.below(6);
  return { ...transfer(r, SIZES[opcode]!, LOADS.includes(opcode)), local_opcode: BigInt(opcode) };
}

/** rd, or x0, which is not written. */
function destination(r: Random, now: bigint): Values {
  if (r.below(3) === 0) return { rd_ptr: BigInt(NO_POINTER), rd_prev_timestamp: 0n, rd_prev_data: 0n };
  return { rd_ptr: pointer(r), rd_prev_timestamp: before(r, now), rd_prev_data: value(r) };
}

function jalLui(r: Random): Values {
  const start = from(r);
  const isJal = r.below(2) === 1;
  const imm = isJal ? BigInt(babyBear.of(4 * (r.below(2 ** 18) - 2 ** 17))) : r.bits(20);
  const rd_data = isJal ? start.from_pc + 4n : imm << 12n;
  const target = destination(r, start.from_timestamp);
  return { ...start, ...target, imm, rd_data, is_jal: isJal ? 1n : 0n };
}

function jalr(r: Random): Values {
  const start = from(r);
  const imm = r.bits(16);
  const to = r.of([0n, 2n ** 30n - 4n, r.bits(30)]);
  const rs1_val = BigInt.asUintN(32, to - BigInt.asIntN(16, imm));
  const source = { rs1_ptr: pointer(r), rs1_prev_timestamp: before(r, start.from_timestamp), rs1_val };
  return { ...start, ...destination(r, start.from_timestamp + 1n), ...source, imm, imm_sign: imm >> 15n };
}

function hint(r: Random): Values {
  const start = from(r);
  const is_buffer = BigInt(r.below(2));
  const is_start = is_buffer === 1n ? BigInt(r.below(2)) : 1n;
  const rem_words = is_buffer === 1n ? 1n + (r.bits(29) % (2n ** 29n - 1n)) : 1n;
  const now = start.from_timestamp;
  const first = is_start === 1n ? { mem_ptr_prev_timestamp: before(r, now) } : { mem_ptr_prev_timestamp: 0n };
  const counted = is_buffer === 1n && is_start === 1n;
  const count = counted
    ? { num_words_ptr: pointer(r), num_words_prev_timestamp: before(r, now + 1n) }
    : { num_words_ptr: 0n, num_words_prev_timestamp: 0n };
  const word = { write_prev_timestamp: before(r, now + 2n), prev_data: value(r), data: value(r) };
  return {
    ...{ ...start, is_buffer, is_start, rem_words, mem_ptr_ptr: pointer(r), mem_ptr: r.bits(27) * 4n },
    ...{ ...first, ...count, ...word },
  };
}

function adapter(r: Random, n: number): Values {
  const isSplit = r.below(2) === 1;
  const left = r.bits(29);
  const right = isSplit ? left : r.of([left, r.bits(29)]);
  return {
    ...{ is_split: isSplit ? 1n : 0n, address_space: BigInt(1 + r.below(4)), pointer: r.bits(24) * 32n },
    ...{ values: elements(r, n), left_timestamp: left, right_timestamp: right },
  };
}

const isFinal = (r: Random): Values => ({ is_final: BigInt(r.below(2)) });

function node(r: Random): Values {
  const height = BigInt(1 + r.below(29));
  const different = (final: bigint): bigint => (final === 1n ? BigInt(r.below(2)) : 0n);
  const { is_final } = isFinal(r) as { is_final: bigint };
  return {
    ...{ is_final, height, is_root: height === 29n ? 1n : 0n, as_label: r.bits(3), address_label: r.bits(26) },
    ...{ left_different: different(is_final), right_different: different(is_final) },
    ...{ parent: elements(r, 8), left: elements(r, 8), right: elements(r, 8) },
  };
}

const MAKERS: Readonly<Record<string, Maker>> = {
  Program: r => ({ pc: pc(r), opcode: r.bits(10), operands: elements(r, 7), count: element(r) }),
  Connector: r => ({
    ...{ row: r.bits(1), pc: pc(r), timestamp: time(r), is_terminate: r.bits(1), exit_code: element(r) },
  }),
  Boundary: r => {
    const { is_final } = isFinal(r) as { is_final: bigint };
    const place = { address_space: BigInt(1 + r.below(8)), leaf_label: r.bits(26) };
    return { is_final, ...place, values: elements(r, 8), hash: elements(r, 8), timestamp: is_final * time(r) };
  },
  Merkle: node,
  ...Object.fromEntries([2, 4, 8, 16, 32].map(n => [`Adapter${n}`, (r: Random) => adapter(r, n)])),
  DivRem: r => {
    const made = operation(r, 4);
    return { ...made, c: r.of([0n, 1n, 0xffffffffn, made.c as bigint, made.c as bigint]) };
  },
  MulH: r => operation(r, 3),
  Mul: product,
  RangeTuple: r => ({ row: r.bits(19), count: element(r) }),
  HintStore: hint,
  Auipc: r => {
    const start = from(r);
    const written = { rd_prev_timestamp: before(r, start.from_timestamp), rd_prev_data: value(r) };
    return { ...start, rd_ptr: pointer(r), ...written, imm: r.bits(20) << 4n };
  },
  Jalr: jalr,
  JalLui: jalLui,
  BranchLessThan: r => branch(r, 4),
  BranchEqual: r => branch(r, 2),
  LoadSignExtend: r => {
    const isByte = r.below(2) === 1;
    return { ...transfer(r, isByte ? 1 : 2, true), is_byte: isByte ? 1n : 0n };
  },
  LoadStore: loadStore,
  Shift: r => alu(r, 3),
  LessThan: r => alu(r, 2),
  BaseAlu: r => alu(r, 5),
  Bitwise: r => ({ row: r.bits(16), counts: elements(r, 2) }),
  Phantom: r => ({ pc: pc(r), operands: elements(r, 3), timestamp: time(r) }),
  Poseidon2: r => ({ input: elements(r, 16), count: element(r) }),
  VarRange: r => {
    const max_bits = r.below(18);
    return { value: BigInt(r.below(2 ** max_bits)), max_bits: BigInt(max_bits), count: element(r) };
  },
};

export function honestRecords(chip: Chip, count: number, seed = 1): Event[] {
  const r = random(seed);
  const maker = MAKERS[chip.name]!;
  return Array.from({ length: count }, () => {
    const made = maker(r);
    return Object.fromEntries([...chip.event.fields.keys()].map(name => [name, made[name]!]));
  });
}
