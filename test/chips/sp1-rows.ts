// Rows of SP1's own traces (test/vectors/sp1-rows) and the events of ours that they are made from.

import { readFileSync } from 'node:fs';
import type { Chip } from '../../codegen/chips/chip.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { OPCODE, type Opcode } from '../../codegen/chips/sp1/air.ts';
import { liftMessage } from '../../runtime/curves/global-points.ts';
import { addPoints, septicNegate } from '../../runtime/curves/septic.ts';
import { koalaBear } from '../../runtime/fields/koala-bear.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
// biome-ignore lint/suspicious/noExplicitAny: upstream's structs, as they come
export type Upstream = any;

export interface UpstreamRow {
  readonly row: number;
  readonly from: Upstream;
  readonly columns: Readonly<Record<string, Json>>;
}

export interface UpstreamRows {
  readonly chip: string;
  readonly width: number;
  readonly realRows: number;
  readonly padding: Readonly<Record<string, Json>> | null;
  readonly list: readonly UpstreamRow[];
}

export function upstreamRows(name: string): UpstreamRows[] {
  const url = new URL(`../vectors/sp1-rows/${name}.json`, import.meta.url);
  const read = JSON.parse(readFileSync(url, 'utf8')) as UpstreamRows | UpstreamRows[];
  return Array.isArray(read) ? read : [read as UpstreamRows];
}

/** Upstream's named columns as a row of the chip's; those not named are 0. A name that the chip has not is an error. */
export function cellsOfUpstream(chip: Chip, columns: Readonly<Record<string, Json>>): number[] {
  const values = new Map<string, number>();
  const visit = (path: string, value: Json): void => {
    if (Array.isArray(value)) value.forEach((part, i) => void visit(`${path}[${i}]`, part));
    else values.set(path, Number(value));
  };
  for (const [path, value] of Object.entries(columns)) visit(path, value);
  const cells = chip.columns.slice(chip.fixed).map(({ name }) => {
    const value = values.get(name) ?? 0;
    values.delete(name);
    return value;
  });
  if (values.size > 0) throw new Error(`${chip.name} has no column ${[...values.keys()].join(', ')}`);
  return cells;
}

export const big = (value: Json | undefined): bigint => BigInt((value ?? 0) as number | string | boolean);

/** The low 24 bits of the last access, 0 where that was in an earlier epoch than this one. */
function stamp(record: Upstream): bigint {
  const { prev_timestamp, timestamp } = record.Read ?? record.Write;
  const [before, now] = [big(prev_timestamp), big(timestamp)];
  return before >> 24n === now >> 24n ? before & 0xffffffn : 0n;
}

/** The value before the access. */
function valueBefore(record: Upstream): bigint {
  return record.Read ? big(record.Read.value) : big(record.Write.prev_value);
}

/** The event of an instruction's row, with whatever fields its chip has. */
export function instructionEvent(chip: Chip, { event, record }: Upstream): Event {
  const { a, b, c } = record;
  const isImmediate = record.is_imm === true || c === null;
  const values: Record<string, bigint> = {
    clk: big(event.clk),
    pc: big(event.pc),
    a_prev: valueBefore(a),
    a_ts: stamp(a),
    op_a: big(record.op_a),
    opcode: BigInt(OPCODE[(event.opcode ?? 'ECALL') as Opcode]),
    b: b ? valueBefore(b) : big(event.b),
    b_ts: b ? stamp(b) : 0n,
    op_b: b ? big(record.op_b) : 0n,
    c: c ? valueBefore(c) : big(event.c ?? record.op_c),
    c_ts: c ? stamp(c) : 0n,
    op_c: c ? big(record.op_c) : 0n,
    imm: isImmediate ? 1n : 0n,
    next_pc: big(event.next_pc),
    a: big((a.Write ?? a.Read).value),
    ...quotients(event),
    ...(event.mem_access ? memoryOf(event.mem_access) : {}),
  };
  return only(chip, values);
}

function memoryOf(access: Upstream): Record<string, bigint> {
  return { mem: valueBefore(access), mem_ts: big((access.Read ?? access.Write).prev_timestamp) };
}

/** Quotient and remainder of a division as the ISA defines them, of 32 bits sign-extended. */
export function quotients({ opcode, b, c }: Upstream): Record<string, bigint> {
  if (!/^(DIV|REM)/.test(opcode ?? '')) return {};
  const [isWord, isUnsigned] = [opcode.endsWith('W'), opcode.includes('U')];
  const bits = isWord ? 32 : 64;
  const of = (value: Json): bigint => (isUnsigned ? BigInt.asUintN : BigInt.asIntN)(bits, big(value));
  const [x, y] = [of(b), of(c)];
  const quotient = y === 0n ? -1n : x / y;
  const remainder = y === 0n ? x : x % y;
  const register = (value: bigint): bigint => BigInt.asUintN(64, BigInt.asIntN(bits, value));
  return { quotient: register(quotient), remainder: register(remainder) };
}

/** Our event of a row that upstream made. */
export function eventOf(chip: Chip, row: number, from: Upstream, columns: UpstreamRow['columns']): Event {
  const make = OTHERS[chip.name];
  return make === undefined ? instructionEvent(chip, from) : only(chip, make(from, row, columns));
}

type Maker = (
  from: Upstream,
  row: number,
  columns: UpstreamRow['columns'],
) => Readonly<Record<string, bigint | readonly bigint[]>>;

const call: Maker = ({ event }) => ({
  clk: big(event.clk),
  id: big(event.syscall_id) & 0xffn,
  arg1: big(event.arg1),
  arg2: big(event.arg2),
});

const limbs = (value: Json | undefined): bigint => {
  const parts = (value ?? []) as readonly Json[];
  return parts.reduce<bigint>((total, limb, i) => total + (big(limb) << BigInt(16 * i)), 0n);
};

const inverse = (x: bigint): bigint => BigInt(koalaBear.inverse(Number(x)));

/** Rows of ascending addresses: what was before is in the row itself. */
const globalMemory: Maker = ({ event }, row, columns) => ({
  addr: big(event.addr),
  prev_addr: limbs(columns.prev_addr),
  value: big(event.value),
  ts: big(event.timestamp),
  index: BigInt(row),
  index_inv: inverse(BigInt(row)),
});

const OTHERS: Readonly<Record<string, Maker>> = {
  SyscallCore: call,
  SyscallPrecompile: call,
  MemoryLocal: ({ event: { addr, initial_mem_access: initial, final_mem_access: final } }) => ({
    addr: big(addr),
    initial_value: big(initial.value),
    initial_ts: big(initial.timestamp),
    final_value: big(final.value),
    final_ts: big(final.timestamp),
  }),
  MemoryBump: ({ record, refresh, register }) => {
    const { timestamp, prev_timestamp } = record.Read ?? record.Write;
    const ts = big(timestamp);
    return {
      clk: refresh ? ts : (ts >> 24n) << 24n,
      ts: big(prev_timestamp),
      value: valueBefore(record),
      addr: big(register),
    };
  },
  StateBump: ({ bump2, clk, increment, next_pc }) => {
    const before = big(next_pc) - 4n;
    const pc = [0n, 16n, 32n].map(bits => ((bump2 ? before : big(next_pc)) >> bits) & 0xffffn);
    if (bump2) pc[0]! += 4n;
    return { clk_high: big(clk) >> 24n, clk_low: (big(clk) & 0xffffffn) + big(increment), pc, next_pc: big(next_pc) };
  },
  Global: ({ event }, row, columns) => {
    const message = (event.message as number[]).map(Number);
    const { point, offset } = liftMessage(message, event.kind);
    const y = event.is_receive ? point.y : septicNegate(point.y);
    const before = columns as Readonly<Record<string, readonly number[]>>;
    const [x0, y0] = [before['accumulation.initial_digest[0]']!, before['accumulation.initial_digest[1]']!];
    const after = addPoints({ x: x0, y: y0 }, { x: point.x, y });
    const list = (values: readonly number[]): bigint[] => values.map(BigInt);
    return {
      ...{ message: list(message), kind: big(event.kind), is_receive: big(event.is_receive), offset: BigInt(offset) },
      ...{
        y: list(y),
        index: BigInt(row),
        sum_before: list([...x0, ...y0]),
        sum_after: list([...after.x, ...after.y]),
      },
    };
  },
  MemoryGlobalInit: globalMemory,
  MemoryGlobalFinalize: globalMemory,
  Program: ({ instruction, pc }, _, columns) => ({
    pc: big(pc),
    ...{ opcode: BigInt(OPCODE[instruction.opcode as Opcode]), op_a: big(instruction.op_a) },
    ...{ op_b: big(instruction.op_b), op_c: big(instruction.op_c) },
    ...{ imm_b: big(instruction.imm_b), imm_c: big(instruction.imm_c), count: big(columns.multiplicity) },
  }),
  Byte: (_, row, { multiplicities }) => ({
    row: BigInt(row),
    counts: (multiplicities as readonly Json[]).map(big),
  }),
  Range: (_, row, { multiplicity }) => {
    const bits = row === 0 ? 0 : Math.floor(Math.log2(row));
    return { a: BigInt(row === 0 ? 0 : row - 2 ** bits), bits: BigInt(bits), count: big(multiplicity) };
  },
};

/** The values that the chip's events have. */
export function only(chip: Chip, values: Readonly<Record<string, bigint | readonly bigint[]>>): Event {
  return Object.fromEntries([...chip.event.fields.keys()].map(name => [name, values[name]!]));
}
