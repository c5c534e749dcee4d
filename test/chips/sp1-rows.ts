// Rows of SP1's own traces (test/vectors/sp1-rows) and the events of ours that they are made from.

import { readFileSync } from 'node:fs';
import type { Chip } from '../../codegen/chips/chip.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { OPCODE, type Opcode } from '../../codegen/chips/sp1/air.ts';

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
  };
  return only(chip, values);
}

/** The values that the chip's events have. */
export function only(chip: Chip, values: Readonly<Record<string, bigint | readonly bigint[]>>): Event {
  return Object.fromEntries([...chip.event.fields.keys()].map(name => [name, values[name]!]));
}
