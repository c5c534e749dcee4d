// The messages of a shard of precompile calls: of its chips' rows, of the calls, and of the addresses that they touch. What
// is sent must be received.

import { messagesOf } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { memoryLocalChip } from '../../codegen/chips/sp1/shard.ts';
import { syscallPrecompileChip } from '../../codegen/chips/sp1/system.ts';
import { CALL } from '../../src/machine/sp1/abi.ts';
import { enrichersOf, type PrecompileCall } from '../../src/machine/sp1/records/enrich/index.ts';
import { PRECOMPILES } from '../../src/machine/sp1/syscalls/precompiles.ts';
import { eventsOf, readEvents } from './precompile-calls.ts';

/** Interactions between chips of one shard. */
const LOCAL = new Set(['Memory', 'Syscall', 'ShaExtend', 'ShaCompress', 'Keccak']);

export type Row = readonly [chip: Chip, cells: readonly number[]];

export function rowsOfCalls(calls: readonly PrecompileCall[]): Row[] {
  const own = calls.flatMap(call =>
    enrichersOf(call.code).flatMap(({ chip }) =>
      readEvents(chip, eventsOf(chip, call)).map(event => rowOf(chip, event)),
    ),
  );
  return [...own, ...calls.map(callRow), ...calls.flatMap(touched)];
}

const rowOf = (chip: Chip, event: Event): Row => [chip, evaluateRow(chip, event).cells];

function callRow({ clk, code, args }: PrecompileCall): Row {
  return rowOf(syscallPrecompileChip, {
    clk: BigInt(clk),
    id: BigInt(code & 0xff),
    arg1: BigInt(args[0]!),
    arg2: BigInt(args[1]!),
  });
}

interface Touch {
  readonly first: readonly [clk: bigint, value: bigint];
  last: readonly [clk: bigint, value: bigint];
}

/** A row of MemoryLocal for each address of a call: from its first old entry to its last new one. */
function touched(call: PrecompileCall): Row[] {
  const touches = new Map<number, Touch>();
  const entries = new BigUint64Array(call.entries.buffer, call.entries.byteOffset);
  let next = call.first / 2;
  const take = (): readonly [bigint, bigint] => {
    const entry = [entries[next]!, entries[next + 1]!] as const;
    next += 2;
    return entry;
  };
  const touch = (address: number, old: readonly [bigint, bigint], now: readonly [bigint, bigint]): void => {
    const known = touches.get(address);
    if (known === undefined) touches.set(address, { first: old, last: now });
    else known.last = now;
  };
  const read = (address: number, clk: number): void => {
    const old = take();
    touch(address, old, [BigInt(clk), old[1]]);
  };
  if (call.code === CALL.shaExtend) {
    for (let i = 16; i < 64; i++) {
      for (const back of [15, 2, 16, 7]) read(call.args[0]! + 8 * (i - back), call.clk + i - 15);
      touch(call.args[0]! + 8 * i, take(), take());
    }
  }
  for (const { kind, pointer, offset, granules, phase } of PRECOMPILES.find(({ code }) => code === call.code)
    ?.accesses ?? []) {
    for (let i = 0; i < granules; i++) {
      const address = call.args[pointer]! + offset + 8 * i;
      if (kind === 'unsafe') take();
      else if (kind === 'read') read(address, call.clk + phase);
      else touch(address, take(), take());
    }
  }
  for (const [i, clk] of isCarry(call.code) ? call.registerClks.entries() : []) {
    const value = BigInt(call.args[2 + i]!);
    touch(12 + i, [BigInt(clk), value], [BigInt(call.clk), value]);
  }
  return [...touches].map(([address, { first, last }]) =>
    rowOf(memoryLocalChip, {
      addr: BigInt(address),
      initial_ts: first[0],
      initial_value: first[1],
      final_ts: last[0],
      final_value: last[1],
    }),
  );
}

const isCarry = (code: number): boolean => [0x30, 0x31].includes(code & 0xff);

/** Messages that are not as often sent as received. */
export function imbalance(rows: readonly Row[]): string[] {
  const balance = new Map<string, number>();
  for (const [chip, cells] of rows) {
    for (const { bus, isSend, multiplicity, values } of messagesOf(chip, { cells })) {
      if (!LOCAL.has(bus)) continue;
      const key = `${bus}(${values.join(', ')})`;
      balance.set(key, (balance.get(key) ?? 0) + (isSend ? multiplicity : -multiplicity));
    }
  }
  return [...balance].filter(([, times]) => times !== 0).map(([key, times]) => `${key}: ${times}`);
}
