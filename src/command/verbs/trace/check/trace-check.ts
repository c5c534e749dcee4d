// `jit-exec trace --check DIR`: is this the trace of that program, whole and unchanged?

import { loadGuest } from '../../../../machine/guest.ts';
import type { Sp1Guest } from '../../../../machine/sp1/machine.ts';
import { TraceChecker } from '../../../../machine/sp1/replay/check.ts';
import type { ShardsChecked } from '../../../../verbs/check-shards.ts';
import { VERSION } from '../../../../version.ts';
import type { Arguments } from '../../../command.ts';
import { complain, jsonLine, writeAll } from '../../../output.ts';
import { startProgress } from '../../../progress.ts';
import { STATUS_OF_ERROR } from '../../../status.ts';
import { registerWrittenInterpreters } from '../../../threads/guest/host-interpreters.ts';
import { checkedLines } from '../report-lines.ts';
import { chunkFiles, parseIndex, readIndex, type TraceIndex } from '../trace-directory.ts';
import type { CheckRequest } from './check-threads.ts';
import { checkedChunks } from './chunk-check.ts';
import { checkIndexOf, indexedProgram, mismatch, type ReplayedTrace } from './index-check.ts';

export async function checkTrace(directory: string, args: Arguments): Promise<number> {
  const started = performance.now();
  await registerWrittenInterpreters();
  const parsed = parseIndex(directory);
  if ((parsed as { machine?: unknown } | null)?.machine === 'openvm')
    return (await import('../../segments/check.ts')).checkSegments(directory, parsed, args);
  const index = readIndex(directory, parsed);
  const { guest, program } = readProgram(directory, index, args);
  if (index.shards !== undefined && index.chunks.length > 0 && chunkFiles(directory).length === 0)
    return checkWithoutChunks(directory, index, guest, args);
  const quiet = args.quiet === true;
  let taken = 0;
  const progress = (): string => `checking ${directory}, chunk ${taken} of ${index.chunks.length}`;
  const stopProgress = quiet ? (): void => {} : startProgress(progress);
  try {
    const request = { directory, index, guest, program };
    const checked = await checkChunks(request, args, chunks => {
      taken = chunks;
    });
    return tell(checked, index, args, (performance.now() - started) / 1000);
  } finally {
    stopProgress();
  }
}

interface Checked {
  readonly trace: ReplayedTrace;
  /** Where shards were traced. */
  readonly verify?: ShardsChecked | undefined;
  /** Of shards. */
  readonly notes?: readonly string[];
}

/** With the shards that the folder has: made again by threads, or only cut. */
async function checkChunks(
  request: CheckRequest,
  args: Arguments,
  onChunk: (chunks: number) => void,
): Promise<Checked> {
  const { directory, index, guest } = request;
  if (index.shards !== undefined && index.preprocessed !== undefined) {
    const { checkOnThreads } = await import('./check-threads.ts');
    return checkOnThreads(request, args, onChunk);
  }
  const checker = new TraceChecker(guest, index.chunkLayout, index.sp1Version);
  const shards = index.shards && new (await import('./remake-shards.ts')).ShardRecutter(directory, index, guest);
  for (const chunk of checkedChunks(directory, index, checker)) {
    onChunk(checker.chunks);
    shards?.add(chunk);
    // Lets the progress line appear.
    await new Promise(resolve => setImmediate(resolve));
  }
  const trace = checkIndexOf(directory, index, guest, checker);
  return { trace, verify: shards?.finish(checker.end!.clk) };
}

function tell(
  { trace, verify, notes: ofShards = [] }: Checked,
  index: TraceIndex,
  args: Arguments,
  seconds: number,
): number {
  const { chunks, entries, instructions } = trace;
  const notes = [...trace.notes, ...ofShards];
  const { program, inputs, complete } = index;
  const quiet = args.quiet === true;
  if (args.json) {
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
  if (!complete && !quiet) complain(`the run did not end by itself (${index.exit.kind}): its trace is not complete`);
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

function readProgram(
  directory: string,
  { program, machine }: TraceIndex,
  args: Arguments,
): Pick<CheckRequest, 'guest' | 'program'> {
  const { bytes, path } = indexedProgram(directory, program, args);
  if (machine !== 'sp1') throw mismatch('machine', 'sp1', machine, 'index.json');
  return { guest: loadGuest(bytes, path, machine), program: { bytes, name: path } };
}
