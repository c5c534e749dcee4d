// Byte offsets that a walk over a chunk and its host agree on: a memory of its own, with no guest memory in it.

import { ENTRY_BYTES, PAGE_BYTES } from '../../../runtime/layout.ts';

/** The first page. Register r is 8 bytes at 8 r, as in the executor's control page; x0 stays zero. */
export const WALK = {
  registers: 0,
  /** clk u64 of the next instruction, and the clk at which to leave. */
  clk: 256,
  stop: 264,
  /** clk u64 at which the shard began: doublewords last accessed before are new to it. */
  shardStart: 272,
  /** Byte address u32 of the next entry, and of the end of those that are there. */
  cursor: 280,
  cursorEnd: 284,
  /** Why the walk was left: a LEFT value. */
  reason: 288,
  /** Target u64 of a jump to no instruction. */
  target: 296,
  /** Doublewords new to the shard, u32. */
  fresh: 304,
  /** Of a walk that records, u32: byte address of the table of doublewords, its slots less 1, and where the next local event goes. */
  table: 308,
  tableMask: 312,
  localTail: 316,
  /** Byte address u32 of how often each slot was executed, u32 by slot. */
  executions: 320,
  /** Of each register, u32: the low 24 bits of its last access, or STALE where that was in an earlier epoch. */
  stamps: 384,
  /** How often each tally was hit, u32. */
  tallies: 1024,
  /** Byte address u32 at which the next event of each list goes. */
  tails: 4096,
} as const;

/** A stamp of an earlier epoch of 2^24 clk. */
export const STALE: number = -1;

export const MAX_TALLIES: number = (WALK.tails - WALK.tallies) / 4;

/** Why a walk ended. At all but `stop` and `entries` the instruction of the slot is not done. */
export const LEFT = { stop: 0, entries: 1, instruction: 2, outside: 3 } as const;

/** Bits by hash of doublewords that a precompile accessed in this shard: the host is asked about the others never. */
export const FILTER: { readonly offset: number; readonly bytes: number } = { offset: PAGE_BYTES, bytes: PAGE_BYTES };

/** Entries of the chunk, a piece at a time. */
export const ENTRIES: { readonly offset: number; readonly bytes: number } = {
  offset: 2 * PAGE_BYTES,
  bytes: 65536 * ENTRY_BYTES,
};

/** A doubleword's hash: the product's upper bits, or its lower ones masked. */
export const HASH_MULTIPLIER = 0x9e3779b1;
/** Bits of the filter start here. */
export const FILTER_SHIFT = 13;

/** Byte offsets in a local event, u64 each: a doubleword's first and last clk and value in the shard. */
export const LOCAL = { address: 0, initialClk: 8, initialValue: 16, finalClk: 24, finalValue: 32, bytes: 40 } as const;

/** One per slot of the text, 16 bytes each. */
export const SLOTS_OFFSET: number = ENTRIES.offset + ENTRIES.bytes;
export const SLOT_SHIFT = 4;
/**
 * Byte offsets in a slot: the operation; the numbers of rd, rs1 and rs2, a byte each; a byte that is 1 once the walk was
 * there; the immediate; the target's slot or -1.
 */
export const SLOT = { operation: 0, rd: 4, rs1: 5, rs2: 6, mark: 7, imm: 8, target: 12 } as const;

/** Operations that are no instruction of a plan: one not decoded yet, and one that the host does. */
export const OPERATION = { undecoded: 0, host: 1 } as const;
export const FIRST_OPERATION = 2;
