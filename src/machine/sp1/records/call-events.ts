// Events of the chips of precompile calls: of those in a shard, by chip.

import type { Chip } from '../../../../codegen/chips/chip.ts';
import { structOf } from '../../../../codegen/chips/sp1/precompiles/formula-events.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { SYSCALL_NAMES } from '../syscalls/syscalls.ts';
import type { ChipName } from './chips.ts';
import { type Enricher, enrichersOf } from './enrich/index.ts';
import type { RecordedCall } from './recorded-call.ts';

/** Structs by chip: of a chip calls in order, but products of 256-bit integers behind sums. */
export function callEvents(calls: readonly RecordedCall[]): Map<ChipName, Uint8Array> {
  const byChip = new Map<Chip, [RecordedCall, Enricher][]>();
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
    events.set(chip.name as ChipName, structsOf(chip, listed));
  }
  return events;
}

function structsOf(chip: Chip, listed: readonly (readonly [RecordedCall, Enricher])[]): Uint8Array {
  const rows = listed.reduce((sum, [, enricher]) => sum + enricher.rows, 0);
  const struct = structOf(new ArrayBuffer(rows * chip.event.bytes));
  let at = 0;
  for (const [call, enricher] of listed) {
    const refusal = enricher.enrich(call, struct, at);
    if (refusal !== undefined) {
      const name = SYSCALL_NAMES.get(call.code);
      throw new JitExecError('ELF_UNSUPPORTED', `trace: ${name} at clk ${call.clk} has no provable row: ${refusal}`);
    }
    at += enricher.rows * chip.event.bytes;
  }
  return struct.u8;
}
