// `jit-exec trace --check DIR`: is this the trace of that program, whole and unchanged?

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { JitExecError } from '../../../runtime/errors.ts';
import { type Guest, loadGuest } from '../../machine/guest.ts';
import { TraceChecker } from '../../machine/sp1/replay/check.ts';
import type { Arguments } from '../command.ts';
import { readBytes } from '../input.ts';
import { complain, writeAll } from '../output.ts';
import { startProgress } from '../progress.ts';
import { chunkFiles, type IndexedChunk, readIndex, type TraceIndex } from './trace-directory.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function mismatch(what: string, expected: unknown, got: unknown, path: string): JitExecError {
  return new JitExecError('TRACE_INVALID', `trace: expected ${what} ${expected}, got ${got} in ${path}`);
}

export async function checkTrace(directory: string, args: Arguments): Promise<number> {
  const started = performance.now();
  const index = readIndex(directory);
  const checker = new TraceChecker(readProgram(index, args), index.chunkLayout);
  const quiet = args.quiet === true;
  const progress = (): string => `checking ${directory}, chunk ${checker.chunks} of ${index.chunks.length}`;
  const stopProgress = quiet ? (): void => {} : startProgress(progress);
  try {
    for (const chunk of index.chunks) {
      checkChunk(directory, chunk, index, checker);
      // Lets the progress line appear.
      await new Promise(resolve => setImmediate(resolve));
    }
  } finally {
    stopProgress();
  }
  checkEnd(directory, index, checker);
  const seconds = (performance.now() - started) / 1000;
  const { chunks, entries, instructions } = checker;
  if (args.json) {
    const report = { schema: 1, complete: index.complete, chunks, entries, instructions, seconds };
    writeAll(1, `${JSON.stringify(report)}\n`);
  }
  if (!index.complete && !quiet)
    complain(`the run did not end by itself (${index.exit.kind}): its trace is not complete`);
  if (!quiet) {
    const rate = (instructions / seconds / 1e6).toFixed(1);
    complain(
      `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'}, ${entries} entries, ${instructions} instructions agree, ${rate} M instructions/s`,
    );
  }
  return 0;
}

/** The program that was traced, from the place that the index names unless another is given. */
function readProgram({ program, machine }: TraceIndex, args: Arguments): Guest {
  const given: unknown = args.program;
  const path = typeof given === 'string' ? given : program.path;
  const bytes = readBytes(path);
  const digest = sha256(bytes);
  if (digest !== program.sha256) throw mismatch('the program with SHA-256', program.sha256, digest, path);
  if (machine !== 'sp1') throw mismatch('machine', 'sp1', machine, 'index.json');
  return loadGuest(bytes, path, machine);
}

function checkChunk(directory: string, chunk: IndexedChunk, index: TraceIndex, checker: TraceChecker): void {
  const path = join(directory, chunk.file);
  const raw = readBytes(path);
  if (raw.length !== chunk.bytes) throw mismatch('bytes', chunk.bytes, raw.length, path);
  const digest = sha256(raw);
  if (digest !== chunk.sha256) throw mismatch('SHA-256', chunk.sha256, digest, path);
  const isLast = chunk.index === index.chunks.length - 1;
  const { numMemReads, clkStart, clkEnd, pcStart, globalClkEnd } = checker.check(
    raw,
    path,
    isLast && index.exit.kind !== 'halted',
  );
  const found = { memReads: numMemReads, clkStart, clkEnd, pcStart: `0x${pcStart.toString(16)}`, globalClkEnd };
  for (const [field, value] of Object.entries(found)) {
    const expected = chunk[field as keyof typeof found];
    if (value !== undefined && value !== expected) throw mismatch(`${field} (index.json)`, expected, value, path);
  }
  if (!isLast && numMemReads < index.chunkEntries)
    throw mismatch('memReads of at least', index.chunkEntries, numMemReads, path);
}

function checkEnd(directory: string, { exit, clk, instructions, chunks }: TraceIndex, checker: TraceChecker): void {
  const path = join(directory, 'index.json');
  const stray = chunkFiles(directory).find(name => chunks.every(chunk => chunk.file !== name));
  if (stray !== undefined) throw mismatch('no chunk besides those listed', '', stray, path);
  if (exit.kind !== 'halted') return;
  const { end } = checker;
  if (end?.exitCode === undefined) throw mismatch('a chunk with the', 'halt', 'none', path);
  if (end.exitCode !== exit.code) throw mismatch('exit code', end.exitCode, exit.code, path);
  if (end.clk !== clk) throw mismatch('clk', end.clk, clk, path);
  if (checker.instructions !== instructions) throw mismatch('instructions', checker.instructions, instructions, path);
}
