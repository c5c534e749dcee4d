// How many events a shard's record has, by the names of its lists.
// Reference: sp1:crates/core/executor/src/record.rs, SP1 6.4.0.

import { SYSCALL_NAMES } from '../../syscalls/syscalls.ts';
import { CALL_SHAPES, type ChipName } from '../chips.ts';
import type { Shard } from '../shards.ts';

/** Lists with an event per row of a chip. */
const LISTS: readonly (readonly [ChipName, string])[] = [
  ['AluX0', 'alu_x0_events'],
  ['Add', 'add_events'],
  ['Addi', 'addi_events'],
  ['Addw', 'addw_events'],
  ['Sub', 'sub_events'],
  ['Subw', 'subw_events'],
  ['Bitwise', 'bitwise_events'],
  ['Mul', 'mul_events'],
  ['DivRem', 'divrem_events'],
  ['Lt', 'lt_events'],
  ['ShiftLeft', 'shift_left_events'],
  ['ShiftRight', 'shift_right_events'],
  ['LoadByte', 'memory_load_byte_events'],
  ['LoadHalf', 'memory_load_half_events'],
  ['LoadWord', 'memory_load_word_events'],
  ['LoadDouble', 'memory_load_double_events'],
  ['LoadX0', 'memory_load_x0_events'],
  ['StoreByte', 'memory_store_byte_events'],
  ['StoreHalf', 'memory_store_half_events'],
  ['StoreWord', 'memory_store_word_events'],
  ['StoreDouble', 'memory_store_double_events'],
  ['UType', 'utype_events'],
  ['Branch', 'branch_events'],
  ['Jal', 'jal_events'],
  ['Jalr', 'jalr_events'],
  ['SyscallInstrs', 'syscall_events'],
  ['MemoryBump', 'bump_memory_events'],
  ['StateBump', 'bump_state_events'],
  ['MemoryGlobalInit', 'global_memory_initialize_events'],
  ['MemoryGlobalFinalize', 'global_memory_finalize_events'],
  ['Global', 'global_interaction_events'],
];

/** Lists without events are left out; `byte_lookups`, which only filled rows know, is not among them. */
export function eventCounts({ kind, chips, splice, calls = [] }: Shard): Record<string, number> {
  const rows = new Map(chips.map(({ name, realRows }) => [name, realRows]));
  const counts: Record<string, number> = {};
  for (const [chip, list] of LISTS) {
    const n = rows.get(chip) ?? 0;
    if (n > 0) counts[list] = n;
  }
  counts.cpu_event_count = splice?.instructions ?? 0;
  const locals = rows.get('MemoryLocal') ?? 0;
  if (kind === 'core' && locals > 0) counts.cpu_local_memory_access = locals;
  const filed = splice?.retained ?? new Map<number, number>();
  for (const [code, n] of filed) counts[listOf(code)] = n;
  for (const { code } of calls) {
    const list = listOf(CALL_SHAPES.get(code)!.filedUnder);
    counts[list] = (counts[list] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const listOf = (code: number): string => `precompile_events[${SYSCALL_NAMES.get(code)}]`;
