// Calls of precompiles as SP1's own events tell them (test/vectors/sp1-rows), and events of ours that are made from them.

import type { Chip } from '../../codegen/chips/chip.ts';
import type { Event, EventLayout } from '../../codegen/chips/event.ts';
import { structOf } from '../../codegen/chips/sp1/precompiles/formulas.ts';
import { enrichersOf, type PrecompileCall } from '../../src/machine/sp1/records/enrich/index.ts';
import { PRECOMPILES, SHA_EXTEND } from '../../src/machine/sp1/syscalls/precompiles.ts';
import { big, type Upstream } from './sp1-rows.ts';

/** The records of upstream's event in the order of the call's stamped accesses. */
const RECORDS: Readonly<Record<string, readonly string[]>> = {
  ADD: ['q', 'p'],
  DOUBLE: ['p'],
  ED_DECOMPRESS: ['y', 'x'],
  FP: ['y', 'x'],
  UINT256_MUL: ['y+modulus', 'x'],
  CARRY: ['a', 'b', 'c', 'd', 'e'],
};

function recordsOf(code: string, event: Upstream): Upstream[][] {
  if (code === 'KECCAK_PERMUTE') return [event.state_read_records, event.state_write_records];
  if (code === 'POSEIDON2') return [event.memory_records];
  if (code === 'SHA_COMPRESS') return [event.h_read_records, event.w_i_read_records, event.h_write_records];
  const kind = /_FP2?_/.test(code) ? 'FP' : RECORDS[code] === undefined ? code.split('_').at(-1)! : code;
  return RECORDS[kind]!.map(names => names.split('+').flatMap(name => event[`${name}_memory_records`]));
}

export function callOfUpstream(code: string, { clk, arg1, arg2 }: Upstream, wrapped: Upstream): PrecompileCall {
  const event = Object.values(wrapped)[0] as Upstream;
  const entries: bigint[] = [];
  const put = (record: Upstream): void => {
    entries.push(big(record.prev_timestamp), big(record.prev_value ?? record.value));
    if (record.prev_value !== undefined) entries.push(big(record.timestamp), big(record.value));
  };
  let number = SHA_EXTEND;
  if (code === 'SHA_EXTEND') {
    for (const one of event.memory_records) {
      for (const back of [15, 2, 16, 7]) put(one[`w_i_minus_${back}_reads`]);
      put(one.w_i_write);
    }
  } else {
    const row = PRECOMPILES.find(({ name }) => name === code)!;
    number = row.code;
    const records = recordsOf(code, event);
    let next = 0;
    for (const { kind, granules } of row.accesses) {
      if (kind === 'unsafe') for (let i = 0; i < granules; i++) entries.push(0n, 0n);
      else for (const record of records[next++]!) put(record);
    }
  }
  const args = [arg1, arg2, event.c_ptr, event.d_ptr, event.e_ptr].map(arg => Number(arg ?? 0));
  const registerClks = ['c', 'd', 'e'].map(name => Number(event[`${name}_ptr_memory`]?.prev_timestamp ?? 0));
  return {
    code: number,
    clk: Number(clk),
    args,
    registerClks,
    entries: new Int32Array(BigUint64Array.from(entries).buffer),
    first: 0,
  };
}

/** Structs of the events of a chip's rows of a call. */
export function eventsOf(chip: Chip, call: PrecompileCall): Uint8Array {
  const enricher = enrichersOf(call.code).find(one => one.chip === chip)!;
  const struct = structOf(new ArrayBuffer(enricher.rows * chip.event.bytes));
  const refusal = enricher.enrich(call, struct, 0);
  if (refusal !== undefined) throw new Error(refusal);
  return struct.u8;
}

/** The values of a struct. */
export function readEvent(layout: EventLayout, bytes: Uint8Array, at: number): Event {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const read = (place: number, stride: number): bigint => {
    if (stride === 8) return view.getBigUint64(place, true);
    if (stride === 4) return BigInt(view.getUint32(place, true));
    return BigInt(stride === 2 ? view.getUint16(place, true) : view.getUint8(place));
  };
  return Object.fromEntries(
    [...layout.fields].map(([name, { count, isList, offset, stride }]) => {
      const values = Array.from({ length: count }, (_, i) => read(at + offset + i * stride, stride));
      return [name, isList ? values : values[0]!];
    }),
  );
}

export function readEvents(chip: Chip, bytes: Uint8Array): Event[] {
  const { event } = chip;
  return Array.from({ length: bytes.length / event.bytes }, (_, i) => readEvent(event, bytes, i * event.bytes));
}
