// `jit-exec trace --until traces`: shards with the columns of every chip, in files and as digests.

import { JitExecError } from '../../../runtime/errors.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { loadGuest } from '../../machine/guest.ts';
import type { MemoryShards } from '../../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../../machine/sp1/records/support.ts';
import { runJson } from '../../result.ts';
import type { TraceShardsData } from '../../trace-shards.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, jsonLine, writeAll } from '../output.ts';
import { sha256 } from '../sha256.ts';
import { STATUS, statusOf } from '../status.ts';
import { makeStdinBuffer } from '../threads/guest-stdin.ts';
import { type Done, runGuest } from '../threads/guest-thread.ts';
import type { ShardMessage, ShardRequest } from '../threads/shard-worker.ts';
import { makeStopWords } from '../threads/stop-words.ts';
import { shardLines } from './report-lines.ts';
import type { ReportedShard } from './report-shard.ts';
import { checkMachine, explain, provenanceOfRequest, runOptions, writePublicValues } from './run.ts';
import { summaryLine } from './run-report.ts';
import { type IndexedChunk, prepareDirectory, programOf, writeIndex } from './trace-directory.ts';
import { plannedCuts } from './trace-plan.ts';

/** What came of a run so far. */
interface Made {
  readonly chunks: IndexedChunk[];
  readonly shards: ReportedShard[];
  preprocessed: unknown;
  /** Why something could not be written. */
  unwritable: string | undefined;
}

export async function traceColumns(args: Arguments, directory: string): Promise<number> {
  const request = requestOf(args, directory);
  await checkMachine(request, args);
  const { bytes, name, options, cuts } = request;
  checkShardGuest(loadGuest(bytes, name, options.machine ?? 'auto'), {
    elements: cuts.elementThreshold!,
    height: cuts.heightThreshold!,
  });
  prepareDirectory(directory);
  const made: Made = { chunks: [], shards: [], preprocessed: undefined, unwritable: undefined };
  const outcome = await runGuest<TraceShardsData>(new URL('./shard-worker.js', import.meta.url), request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: () => `tracing ${args.program}, ${made.chunks.length} chunks, ${made.shards.length} shards`,
    onMessage: message => take(message as ShardMessage, made),
  }).catch(error => {
    if (made.unwritable === undefined) throw error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write the trace: ${made.unwritable}`, { cause: error });
  });
  return finish(outcome, made, request, args);
}

function requestOf(args: Arguments, directory: string): ShardRequest {
  const run = {
    bytes: readBytes(args.program),
    name: args.program as string,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
  };
  return {
    ...run,
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    chunkEntries: args['chunk-entries'] as number,
    layout: args['chunk-layout'] as ChunkLayout,
    directory,
    digestsOnly: args['digests-only'] === true,
    cuts: {
      elementThreshold: args['element-threshold'] as number,
      heightThreshold: args['height-threshold'] as number,
      memoryShards: args['memory-shards'] as MemoryShards,
      onlyShard: args['only-shard'] as number | undefined,
      cuts: plannedCuts(args, run),
    },
  };
}

function take(message: ShardMessage, made: Made): void {
  if (message.kind === 'chunk') made.chunks.push(message.chunk);
  else if (message.kind === 'unwritable') made.unwritable = message.message;
  else if (message.kind === 'preprocessed') made.preprocessed = message.value;
  else made.shards.push(message.value as ReportedShard);
}

function finish({ result }: Done<TraceShardsData>, made: Made, request: ShardRequest, args: Arguments): number {
  const { exit, clk = 0 } = result;
  const { chunks, shards, preprocessed } = made;
  const json = runJson(result, provenanceOfRequest(request), sha256(result.publicValues));
  writeIndex(request.directory, {
    ...json,
    program: { ...programOf(request, request.directory), ...json.program },
    clk,
    chunkLayout: request.layout,
    chunkEntries: request.chunkEntries,
    complete: exit.kind === 'halted' || exit.kind === 'fault',
    chunks,
    preprocessed,
    shards,
  });
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const listed = chunks.map(({ file: _file, bytes: _bytes, pcStart: _pcStart, ...chunk }) => chunk);
    writeAll(1, jsonLine({ ...json, chunks: listed, preprocessed, shards }));
  }
  explain(result, request, args, summaryLine(result));
  for (const text of shardLines(shards, args.quiet === true)) complain(text);
  const isUnprovable = shards.some(({ unprovable }) => unprovable !== undefined);
  return exit.kind === 'halted' && isUnprovable ? STATUS.unsupported : statusOf(exit);
}
