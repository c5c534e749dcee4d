// A chunk of a ring as a file of a trace folder.

import { createHash } from 'node:crypto';
import { headerOf, relayout } from '../../../../runtime/trace/chunk.ts';
import type { ChunkLayout } from '../../../../runtime/trace/chunk-layout.ts';
import { writeWhole } from '../../verbs/own-folder.ts';
import { chunkFile, type IndexedChunk } from '../../verbs/trace/trace-directory.ts';

/** Writes it; `slot` may take another layout in place. Throws Node's error (ENOSPC, …). */
export function writeChunk(directory: string, sequence: number, slot: Uint8Array, layout: ChunkLayout): IndexedChunk {
  const { pcStart, clkStart, clkEnd, globalClkEnd, numMemReads } = headerOf(slot);
  const raw = relayout(slot, numMemReads, layout);
  const sha256 = createHash('sha256').update(raw).digest('hex');
  const file = chunkFile(sequence);
  writeWhole(directory, file, raw);
  return {
    index: sequence,
    file,
    bytes: raw.length,
    memReads: numMemReads,
    pcStart: `0x${pcStart.toString(16)}`,
    clkStart,
    clkEnd,
    globalClkEnd,
    sha256,
  };
}

/** The same of a slot that others read: only 6.4 is what lies in it. */
export function writeSharedChunk(
  directory: string,
  sequence: number,
  slot: Uint8Array,
  layout: ChunkLayout,
): IndexedChunk {
  return writeChunk(directory, sequence, layout === '6.4' ? slot : slot.slice(), layout);
}
