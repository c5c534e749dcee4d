// Events of the chips of precompile calls, by chip: of those whose rows are in the shard that made them, and of those in a
// shard of their own.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { structOf } from '../../../../codegen/chips/sp1/precompiles/formula-events.ts';
import { SYSCALL_NAMES } from '../syscalls/syscalls.ts';
import type { ChipName } from './chips.ts';
import { type Enricher, enrichersOf, type PrecompileCall } from './enrich/index.ts';
import { localsOf, type SentCall } from './packed-calls.ts';
import { StructList } from './struct-list.ts';

const U48 = 2n ** 48n - 1n;

/** A place in the program that SP1 has no row for. */
export interface Unprovable {
  readonly pc: number;
  readonly address: number;
  readonly reason: string;
}

type PlacedCall = PrecompileCall & { readonly pc: number };

/** Structs by chip, of a chip calls in order, but products of 256-bit integers behind sums; or the first call without rows. */
export function callEvents(calls: readonly PlacedCall[]): Map<ChipName, Uint8Array> | Unprovable {
  const byChip = new Map<Chip, [PlacedCall, Enricher][]>();
  for (const call of calls) {
    for (const enricher of enrichersOf(call.code)) {
      const listed = byChip.get(enricher.chip);
      if (listed === undefined) byChip.set(enricher.chip, [[call, enricher]]);
      else listed.push([call, enricher]);
    }
  }
  const events = new Map<ChipName, Uint8Array>();
  for (const [chip, listed] of byChip) {
    if (chip.name === 'Uint256Ops') listed.sort(([a], [b]) => a.code - b.code);
    const structs = structsOf(chip, listed);
    if (!(structs instanceof Uint8Array)) return structs;
    events.set(chip.name as ChipName, structs);
  }
  return events;
}

function structsOf(chip: Chip, listed: readonly (readonly [PlacedCall, Enricher])[]): Uint8Array | Unprovable {
  const rows = listed.reduce((sum, [, enricher]) => sum + enricher.rows, 0);
  const struct = structOf(new ArrayBuffer(rows * chip.event.bytes));
  let at = 0;
  for (const [call, enricher] of listed) {
    const refusal = enricher.enrich(call, struct, at);
    if (refusal !== undefined) {
      const reason = `${SYSCALL_NAMES.get(call.code)} at clk ${call.clk} has no row: ${refusal}`;
      return { pc: call.pc, address: call.args[0]!, reason };
    }
    at += enricher.rows * chip.event.bytes;
  }
  return struct.u8;
}

/** All events of a shard of calls. */
export function sentCallEvents(calls: readonly SentCall[]): Map<ChipName, Uint8Array> | Unprovable {
  const events = callEvents(calls);
  if (!(events instanceof Map)) return events;
  const sent = new StructList(sp1Chip('SyscallPrecompile'));
  const locals = new StructList(sp1Chip('MemoryLocal'));
  for (const call of calls) {
    const { clk, code, a0, a1 } = call;
    sent.push({ clk: BigInt(clk), id: BigInt(code & 255), arg1: a0 & U48, arg2: a1 & U48 });
    for (const { address, initialClk, initialValue, finalClk, finalValue } of localsOf(call)) {
      locals.push({
        addr: BigInt(address),
        initial_ts: BigInt(initialClk),
        initial_value: initialValue,
        final_ts: BigInt(finalClk),
        final_value: finalValue,
      });
    }
  }
  return events.set('SyscallPrecompile', sent.bytes).set('MemoryLocal', locals.bytes);
}
