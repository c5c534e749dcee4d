// Chunk files of a trace folder: against the index, and against the program.

import { join } from 'node:path';
import type { TraceChunk } from '../../../../../runtime/trace/chunk.ts';
import type { TraceChecker } from '../../../../machine/sp1/replay/check.ts';
import { readBytes } from '../../../input.ts';
import { sha256 } from '../../../sha256.ts';
import { INDEX } from '../index-shape.ts';
import { chunkFiles, type IndexedChunk, type TraceIndex } from '../trace-directory.ts';
import { mismatch } from './index-check.ts';

/** Replays the chunks of a folder in order. @throws TRACE_INVALID at the first that is not what it should be. */
export function* checkedChunks(directory: string, index: TraceIndex, checker: TraceChecker): Generator<TraceChunk> {
  for (const chunk of index.chunks) yield checkChunk(directory, chunk, index, checker);
  const stray = chunkFiles(directory).find(name => index.chunks.every(chunk => chunk.file !== name));
  const path = join(directory, INDEX);
  if (stray !== undefined) throw mismatch('no chunk besides those listed', '', stray, path);
}

function checkChunk(directory: string, chunk: IndexedChunk, index: TraceIndex, checker: TraceChecker): TraceChunk {
  const path = join(directory, chunk.file);
  const raw = readBytes(path);
  if (raw.length !== chunk.bytes) throw mismatch('bytes', chunk.bytes, raw.length, path);
  const digest = sha256(raw);
  if (digest !== chunk.sha256) throw mismatch('SHA-256', chunk.sha256, digest, path);
  const isLast = chunk.index === index.chunks.length - 1;
  const checked = checker.check(raw, path, isLast && index.exit.kind !== 'halted');
  const { numMemReads, clkStart, clkEnd, pcStart, globalClkEnd } = checked;
  const found = { memReads: numMemReads, clkStart, clkEnd, pcStart: `0x${pcStart.toString(16)}`, globalClkEnd };
  for (const [field, value] of Object.entries(found)) {
    const expected = chunk[field as keyof typeof found];
    if (value !== undefined && value !== expected) throw mismatch(`${field} (index.json)`, expected, value, path);
  }
  if (!isLast && numMemReads < index.chunkEntries)
    throw mismatch('memReads of at least', index.chunkEntries, numMemReads, path);
  return checked;
}
