// Byte offsets that a walk over a chunk and its host agree on: a memory of its own, with no guest memory in it.

import { ENTRY_BYTES, PAGE_BYTES } from '../layout.ts';

/**
 * The first page. Registers, fuel, pc and clock are where CONTROL of runtime/layout.ts has them, for emitted regions; x0
 * stays zero.
 */
export const WALK = {
  registers: 0,
  /** Of each register, u32: the low 24 bits of its last access, or STALE where that was in an earlier epoch. */
  stamps: 384,
  /** clk u64 of the next instruction, and the clk at which to leave. */
  clk: 512,
  stop: 520,
  /** clk u64 at which the shard began: doublewords last accessed before are new to it. */
  shardStart: 528,
  /** clk u64 from there to the shard's first precompile call; since then the host may want to know of an access. */
  precompiled: 536,
  /** Byte address u32 of the next entry, and of the end of those that are there. */
  cursor: 544,
  cursorEnd: 548,
  /** Why the walk was left: a LEFT value. */
  reason: 552,
  /** Doublewords new to the shard, u32. */
  fresh: 556,
  /** Target u64 of a jump to no instruction. */
  target: 560,
  /** The slot at which the walk is left where a jump through a register goes there, u32. */
  back: 568,
  /**
   * Of a walk that records, u32: byte address of the chain, a word for each 8 clk of the shard, which has the place of the
   * local event of the doubleword that was accessed then; and where the next local event goes.
   */
  chain: 572,
  localTail: 576,
  /** Whether the host decides of every doubleword that is new to the shard, u32. */
  rehinted: 580,
  /** Registers whose stamp is of an earlier epoch, as bits. */
  stale: 584,
  /** Byte address u32 of how often each slot was executed. */
  executions: 588,
  /** How often each tally was hit, u32. */
  tallies: 1024,
  /** Byte address u32 at which the next event of each list goes. */
  tails: 4096,
} as const;

/** A stamp of an earlier epoch of 2^24 clk. */
export const STALE: number = -1;

export const MAX_TALLIES: number = (WALK.tails - WALK.tallies) / 4;

/** Why a walk ended: at `hot` the slot has been jumped to often, at `back` the jump went to WALK.back. */
export const LEFT = { stop: 0, entries: 1, instruction: 2, outside: 3, hot: 4, back: 5 } as const;

/** Bits by hash of doublewords that a precompile accessed in this shard: the host is asked about the others never. */
export const FILTER: { readonly offset: number; readonly bytes: number } = { offset: PAGE_BYTES, bytes: PAGE_BYTES };

/** Entries of the chunk, a piece at a time. */
export const ENTRIES: { readonly offset: number; readonly bytes: number } = {
  offset: 2 * PAGE_BYTES,
  bytes: 65536 * ENTRY_BYTES,
};

/** Entries behind the last that emitted regions may take of a chunk that has too few, before the host looks. */
export const SPARE_ENTRIES = 16_384;

/** Of a doubleword's hash, the product's upper bits. */
export const HASH_MULTIPLIER = 0x9e3779b1;
/** Bits of the filter start here. */
export const FILTER_SHIFT = 13;

/** Byte offsets in a local event, u64 each: a doubleword's first and last clk and value in the shard. */
export const LOCAL = { address: 0, initialClk: 8, initialValue: 16, finalClk: 24, finalValue: 32, bytes: 40 } as const;

/** One per slot of the text, 16 bytes each. */
export const SLOTS_OFFSET: number = ENTRIES.offset + ENTRIES.bytes + SPARE_ENTRIES * ENTRY_BYTES;
export const WALK_SLOT_SHIFT = 4;
/**
 * Byte offsets in a slot: the operation; the numbers of rd, rs1 and rs2, a byte each; a byte that is 1 once the walk was
 * there; the immediate; the target's slot or -1.
 */
export const WALK_SLOT = { operation: 0, rd: 4, rs1: 5, rs2: 6, mark: 7, imm: 8, target: 12 } as const;

/** The target of a slot of which the host need not be told: a jump that returns or calls. */
export const TOLD = -2;

/** Operations that are no instruction of a plan: one not decoded yet, and one that the host does. */
export const WALK_OPERATION = { undecoded: 0, host: 1 } as const;
export const FIRST_OPERATION = 2;

/** Counters of emitted blocks, u32. */
const MAX_COUNTERS = 2 ** 17;

export interface WalkMemory {
  /** Byte offsets: by slot u32 how often it was jumped to, ENTRY_WEIGHT each, returns 1; counters of emitted blocks. */
  readonly heat: number;
  readonly counters: number;
  readonly mostCounters: number;
  /** Behind all that the walk has itself. */
  readonly end: number;
}

/** The map of what depends on the program. */
export function walkMemory(slots: number): WalkMemory {
  const heat = SLOTS_OFFSET + ((slots + 1) << WALK_SLOT_SHIFT);
  const counters = heat + 4 * (slots + 1);
  return { heat, counters, mostCounters: MAX_COUNTERS, end: counters + 4 * MAX_COUNTERS };
}
