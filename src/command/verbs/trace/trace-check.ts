// `jit-exec trace --check DIR`: is this the trace of that program, whole and unchanged?

import { join } from 'node:path';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { ShardsChecked } from '../../../check-shards.ts';
import { loadGuest } from '../../../machine/guest.ts';
import type { Sp1Guest } from '../../../machine/sp1/machine.ts';
import { TraceChecker } from '../../../machine/sp1/replay/check.ts';
import { VERSION } from '../../../version.ts';
import type { Arguments } from '../../command.ts';
import { readBytes } from '../../input.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { startProgress } from '../../progress.ts';
import { sha256 } from '../../sha256.ts';
import { STATUS_OF_ERROR } from '../../status.ts';
import { registerWrittenInterpreters } from '../../threads/guest/host-interpreters.ts';
import { checkIndex, indexedProgram, mismatch } from './index-check.ts';
import { checkedLines } from './report-lines.ts';
import { chunkFiles, type IndexedChunk, parseIndex, readIndex, type TraceIndex } from './trace-directory.ts';

export async function checkTrace(directory: string, args: Arguments): Promise<number> {
  const started = performance.now();
  await registerWrittenInterpreters();
  const parsed = parseIndex(directory);
  if ((parsed as { machine?: unknown } | null)?.machine === 'openvm')
    return (await import('../segments/check.ts')).checkSegments(directory, parsed, args);
  const index = readIndex(directory, parsed);
  const guest = readProgram(directory, index, args);
  if (index.shards !== undefined && index.chunks.length > 0 && chunkFiles(directory).length === 0)
    return checkWithoutChunks(directory, index, guest, args);
  const checker = new TraceChecker(guest, index.chunkLayout);
  const shards = index.shards && (await import('./remake-shards.ts')).remakeShards(directory, index, guest, checker);
  const quiet = args.quiet === true;
  const progress = (): string => `checking ${directory}, chunk ${checker.chunks} of ${index.chunks.length}`;
  const stopProgress = quiet ? (): void => {} : startProgress(progress);
  try {
    for (const chunk of index.chunks) {
      const checked = checkChunk(directory, chunk, index, checker);
      shards?.add(checked);
      // Lets the progress line appear.
      await new Promise(resolve => setImmediate(resolve));
    }
  } finally {
    stopProgress();
  }
  const path = join(directory, 'index.json');
  const stray = chunkFiles(directory).find(name => index.chunks.every(chunk => chunk.file !== name));
  if (stray !== undefined) throw mismatch('no chunk besides those listed', '', stray, path);
  const indexNotes = checkIndex(index, guest, checker, path);
  const verify = shards?.finish();
  const notes = [...indexNotes, ...(shards?.notes ?? [])];
  const seconds = (performance.now() - started) / 1000;
  const { chunks, entries, instructions } = checker;
  if (args.json) {
    const { program, inputs, complete } = index;
    const provenance = { version: VERSION, program: { sha256: program.sha256 }, inputs };
    const found = {
      complete,
      chunks,
      entries,
      instructions,
      notes,
      ...(verify === undefined ? {} : { verify }),
      seconds,
    };
    writeAll(1, jsonLine({ schema: 1, ...provenance, ...found }));
  }
  if (!index.complete && !quiet)
    complain(`the run did not end by itself (${index.exit.kind}): its trace is not complete`);
  if (!quiet) {
    for (const note of notes) complain(note);
    const rate = (instructions / seconds / 1e6).toFixed(1);
    complain(
      `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}, ${entries} entries, ${instructions} instructions agree, ${rate} M instructions/s`,
    );
  }
  return verify === undefined ? 0 : tellChecked(verify, quiet, index.preprocessed !== undefined);
}

/** Of shard files alone. */
async function checkWithoutChunks(
  directory: string,
  index: TraceIndex,
  guest: Sp1Guest,
  args: Arguments,
): Promise<number> {
  const { checkShardFiles } = await import('./remake-shards.ts');
  const verify = checkShardFiles(directory, index, guest);
  const { program, inputs, complete } = index;
  const notes = ['there are no chunks: shards are checked by their own columns'];
  if (args.json) {
    const provenance = { version: VERSION, program: { sha256: program.sha256 }, inputs };
    writeAll(1, jsonLine({ schema: 1, ...provenance, complete, notes, verify }));
  }
  const quiet = args.quiet === true;
  if (!quiet) for (const note of notes) complain(note);
  return tellChecked(verify, quiet, true);
}

function tellChecked(verify: ShardsChecked, quiet: boolean, hasColumns: boolean): number {
  for (const line of checkedLines(verify, quiet, hasColumns)) complain(line);
  return verify.failureCount > 0 ? STATUS_OF_ERROR.TRACE_INVALID : 0;
}

function readProgram(directory: string, { program, machine }: TraceIndex, args: Arguments): Sp1Guest {
  const { bytes, path } = indexedProgram(directory, program, args);
  if (machine !== 'sp1') throw mismatch('machine', 'sp1', machine, 'index.json');
  return loadGuest(bytes, path, machine);
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
