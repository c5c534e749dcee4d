// Byte offsets that generated text and the runtime agree on.

/** What one of a high word is worth: addresses, clocks and 64-bit values are pairs of words. */
export const HIGH = 4294967296;

/** Granularity of on-demand guest pages, also the size of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/**
 * The control page: the first page of the arena. Offsets are in 32-bit words.
 * Register r is two words, low at 2r and high at 2r + 1 (RV32 leaves the high word alone).
 */
export const CONTROL = {
  registers: 0,
  /** Where writes to x0 go; x0 itself stays zero. */
  sink: 64,
  /** Instructions that may still run before the dispatcher must look; may go negative by at most one region. */
  fuel: 66,
  /** pc at an exit. */
  pcLo: 68,
  pcHi: 69,
  /** Weight of the instructions that a metered run has done since somebody looked; wraps. */
  weight: 70,
  /** Slots from the pc to the end of a block that was counted whole, where compiled code left it in its middle. */
  undone: 71,
  /** Where the next first touches go, in words from the start of their list. */
  touchTail: 73,
  /** Where the next trace entry goes, in words from the start of the arena. */
  traceTail: 74,
  /** Low word of the current instruction's clk = clkBase - 8 * fuel; the high word is clkHi until fuel is granted. */
  clkBase: 75,
  clkHi: 76,
  /** Second halves of 64-bit results returned by helpers. */
  resultHi: 78,
  /** The tail at which a chunk is full. */
  traceLimit: 79,
  /** Where calls are followed: instructions counted for the guest so far = counted - fuel; wraps. */
  counted: 80,
  /** There, in bytes: the node that the run is in, and where the stack of calls ends. */
  node: 81,
  callTop: 82,
  /** The tail of first touches at which somebody must look, where they are of pages. */
  touchLimit: 83,
} as const;

/**
 * Words that a run shares with the thread that may stop it: why it is to stop, a STOPPED or 0; one that is that thread's own; the
 * instructions so far, low and high.
 */
export const INTERRUPT = { stop: 0, own: 1, instructions: 2, words: 4 } as const;
export const STOPPED = { interrupted: 1, timedOut: 2 } as const;

/**
 * The page map, in the upper half of the control page: a byte for each PAGE_BYTES of the guest area, 1 where something
 * was stored, in runs that count pages.
 */
export const PAGE_MAP = { offset: 32768, bytes: 32768 } as const;

/** An entry of the list of first touches: the number of a granule of the guest area, which has fewer than 2^TOUCH_SHIFT; above, how many follow it. */
export const TOUCH_SHIFT = 28;

/** Bytes of one entry of a minimal trace: clk u64, value u64. */
export const ENTRY_BYTES = 16;
export const ENTRY_WORDS: number = ENTRY_BYTES / 4;
