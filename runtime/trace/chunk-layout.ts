// Byte layout of a raw trace chunk: a header of u64 words, then 16-byte entries (clk, value). Little-endian.
// Reference: sp1:crates/core/jit/src/risc.rs (6.4; up to 6.0.2 the header ends after numMemReads).

export const CHUNK_HEADER = {
  /** x0 … x31. */
  startRegisters: 0,
  pcStart: 256,
  clkStart: 264,
  clkEnd: 272,
  numMemReads: 280,
  globalClkEnd: 288,
  padding: 296,
} as const;

export type ChunkLayout = '6.0' | '6.4';

export const CHUNK_HEADER_BYTES: Readonly<Record<ChunkLayout, number>> = { '6.0': 288, '6.4': 304 };

/**
 * Entries that one instruction may append beyond the threshold: SHA_EXTEND, the largest, has 48 × 6; in a program that
 * runs untrusted code also its own fetch (2) and the pages of its memory (2 + 2).
 */
export const MAX_ENTRIES_PER_INSTRUCTION = 294;
