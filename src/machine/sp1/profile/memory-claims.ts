// What a shard vouches for and assumes of memory: tuples (address, clk, value, 0), each a u64, little-endian. What it leaves is its
// subject, what it found its assumption; a run whose assumptions are all somebody's subjects is consistent.

import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { claimOf, type OpenClaim } from '../../../planner/fold/claim.ts';
import type { HashName } from '../../../planner/fold/hash.ts';
import { ITEM_BYTES, ItemSet } from '../../../planner/fold/item-set.ts';
import type { ChipName } from '../records/chips.ts';

type MemoryChip = 'MemoryLocal' | 'MemoryGlobalInit' | 'MemoryGlobalFinalize';

/** Fields of a chip's events that are the clk and the value of a tuple. */
const FOUND: readonly (readonly [MemoryChip, string, string])[] = [
  ['MemoryLocal', 'initial_ts', 'initial_value'],
  ['MemoryGlobalFinalize', 'ts', 'value'],
];
const LEFT: readonly (readonly [MemoryChip, string, string])[] = [
  ['MemoryLocal', 'final_ts', 'final_value'],
  ['MemoryGlobalInit', 'ts', 'value'],
];

/** By the events of its chips. */
export function memoryClaim(events: ReadonlyMap<ChipName, Uint8Array>, hash: HashName): OpenClaim {
  return claimOf(tuplesOf(events, LEFT), tuplesOf(events, FOUND), hash);
}

function tuplesOf(events: ReadonlyMap<ChipName, Uint8Array>, sources: typeof FOUND): ItemSet {
  const lists = sources.map(([chip, clk, value]) => tuplesIn(chip, events.get(chip) ?? new Uint8Array(0), clk, value));
  const all = new Uint8Array(lists.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const list of lists) {
    all.set(list, end);
    end += list.length;
  }
  return ItemSet.of(all);
}

function tuplesIn(name: MemoryChip, events: Uint8Array, clk: string, value: string): Uint8Array {
  const { bytes, fields } = sp1Chip(name).event;
  const offsets = ['addr', clk, value].map(field => fields.get(field)!.offset);
  const count = events.length / bytes;
  const tuples = new Uint8Array(ITEM_BYTES * count);
  for (let i = 0; i < count; i++) {
    for (const [word, offset] of offsets.entries()) {
      const at = bytes * i + offset;
      tuples.set(events.subarray(at, at + 8), ITEM_BYTES * i + 8 * word);
    }
  }
  return tuples;
}
