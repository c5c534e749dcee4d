// What came of a run with shards: index.json, the object of `--json`, lines for people and the status.

import type { Peaks } from '../../../engine/ending/memory-use.ts';
import type { Guest } from '../../../machine/guest.ts';
import type { Sp1Guest } from '../../../machine/sp1/machine.ts';
import type { RamPlan } from '../../../machine/sp1/pipeline/memory/ram.ts';
import type { ShardPipeline } from '../../../machine/sp1/pipeline/pipeline.node.ts';
import { eventCounts } from '../../../machine/sp1/records/cut/event-counts.ts';
import { publicValuesOf, runValues } from '../../../machine/sp1/records/public-values.ts';
import { runJson } from '../../../result.ts';
import { mebibytes } from '../../../tracegen/threads/mebibytes.ts';
import type { ShardsChecked } from '../../../verbs/check-shards.ts';
import type { TraceData } from '../../../verbs/trace.ts';
import type { Arguments } from '../../command.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { sha256 } from '../../sha256.ts';
import { STATUS, STATUS_OF_ERROR, statusOf } from '../../status.ts';
import type { Done } from '../../threads/guest/guest-thread.ts';
import { TIMED_OUT, whyStopped } from '../../threads/guest/stop-words.ts';
import type { ShardRequest } from '../../threads/shard-guest.ts';
import { explain, provenanceOfRequest, writePublicValues } from '../run/run.ts';
import { summaryLine } from '../run/run-report.ts';
import type { ShardFound } from './check/made-checks.ts';
import { checkedLines, shardLines } from './report-lines.ts';
import { type ReportedShard, reportShard } from './report-shard.ts';
import { cutsOf } from './shard-cuts.ts';
import { type IndexedChunk, programOf, type RamPeaks, writeIndex } from './trace-directory.ts';
import type { TraceGpu } from './trace-gpu.ts';

/** What was made so far. */
export interface MadeShards {
  readonly chunks: IndexedChunk[];
  readonly shards: ReportedShard[];
  /** By the number of the shard, where it was checked. */
  readonly found: Map<number, ShardFound>;
  preprocessed: unknown;
}

interface Finished {
  readonly outcome: Done<TraceData>;
  readonly error: Error | undefined;
  readonly made: MadeShards;
  readonly guest: Guest;
  readonly pipeline: ShardPipeline;
  readonly plan: RamPlan;
  readonly workers: number;
  readonly request: ShardRequest;
  readonly directory: string;
  readonly args: Arguments;
  readonly gpu: TraceGpu['json'] | undefined;
}

/** Shards that were only found: their rows, and with `records` their events and public values. */
function foundShards(pipeline: ShardPipeline, args: Arguments): ReportedShard[] {
  const { all, chunks, isComplete } = pipeline;
  if (args.until !== 'records') return all.map(reportShard);
  // The values of a shard name what the run came to: of one that did not halt there are none.
  const values = isComplete ? publicValuesOf(all, runValues(chunks, args['memory-shards'] === 'separate')) : [];
  return all.map((shard, i) => ({
    ...reportShard(shard),
    events: eventCounts(shard),
    ...(values[i] === undefined ? {} : { publicValues: values[i] }),
  }));
}

/** Chunks up to the first that is missing. */
function wholeChunks({ chunks }: MadeShards): IndexedChunk[] {
  const sorted = chunks.toSorted((a, b) => a.index - b.index);
  return sorted.filter(({ index }, i) => index === i);
}

/** Gives the status. @throws the error that ended the run, when what is complete has been told. */
export async function finishShards(finished: Finished): Promise<number> {
  const { outcome, error, made, pipeline, request, directory, args } = finished;
  const { result } = outcome;
  const { exit, clk = 0 } = result;
  const shards =
    args.until === 'traces' ? made.shards.toSorted((a, b) => a.index - b.index) : foundShards(pipeline, args);
  const chunks = wholeChunks(made);
  const json = { ...runJson(result, provenanceOfRequest(request), sha256(result.publicValues)), ...costOf(finished) };
  const told = {
    ...(args.until === 'traces' ? { gpu: finished.gpu ?? null } : {}),
    preprocessed: made.preprocessed,
    shardsComplete: pipeline.isComplete,
    shards,
  };
  try {
    writeIndex(directory, {
      ...json,
      program: { ...programOf(request, directory), ...json.program },
      clk,
      chunkLayout: args['chunk-layout'] as '6.0' | '6.4',
      chunkEntries: request.chunkEntries,
      complete: exit.kind === 'halted' || exit.kind === 'fault',
      chunks,
      cuts: cutsOf(args, shards),
      ...told,
    });
  } catch (refusal) {
    throw error ?? refusal;
  }
  if (error !== undefined) throw error;
  const verify = args.verify === true ? await verified(finished, shards) : undefined;
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const listed = chunks.map(({ file: _file, bytes: _bytes, pcStart: _pcStart, ...chunk }) => chunk);
    writeAll(1, jsonLine({ ...json, chunks: listed, ...told, ...(verify === undefined ? {} : { verify }) }));
  }
  explain(result, request, args, summaryLine(result));
  if (args.quiet !== true) for (const line of costLines(finished)) complain(line);
  for (const text of shardLines(shards, args.quiet === true)) complain(text);
  if (verify !== undefined) for (const text of checkedLines(verify, args.quiet === true)) complain(text);
  if (verify !== undefined && verify.failureCount > 0) return STATUS_OF_ERROR.TRACE_INVALID;
  return statusOfShards(finished, shards);
}

/** By whom the shards were made; what they agree on is looked at here, where not one is missing. */
async function verified(
  { outcome: { result }, made, guest, pipeline, args }: Finished,
  shards: readonly ReportedShard[],
): Promise<ShardsChecked> {
  const { madeChecks } = await import('./check/made-checks.ts');
  const isWhole = result.exit.kind === 'halted' && pipeline.isComplete && args['only-shard'] === undefined;
  return madeChecks(guest as Sp1Guest, result.sp1Version, shards, made.found, isWhole);
}

function statusOfShards(
  { outcome: { result }, pipeline, request }: Finished,
  shards: readonly ReportedShard[],
): number {
  const { exit } = result;
  if (exit.kind !== 'halted') return statusOf(exit);
  if (!pipeline.isComplete) {
    const isLate = whyStopped(request.interrupt) === TIMED_OUT;
    complain(`${isLate ? 'limit reached: --timeout' : 'interrupted'}; the shards are not complete`);
    return isLate ? STATUS.limit : STATUS.interrupted;
  }
  return shards.some(({ unprovable }) => unprovable !== undefined) ? STATUS.unsupported : statusOf(exit);
}

/** Bytes that the process had resident at most. */
const residentBytes = (): number => 1024 * process.resourceUsage().maxRSS;

interface Cost {
  readonly peaks: Partial<Peaks> & RamPeaks;
  readonly pipeline: Readonly<Record<string, unknown>>;
}

function costOf({ outcome: { result }, pipeline, plan, workers }: Finished): Cost {
  const { budgetBytes, needBytes, shards, slots } = plan;
  return {
    peaks: { ...result.peaks, ramBudgetBytes: budgetBytes, ramNeedBytes: needBytes, residentBytes: residentBytes() },
    pipeline: { workers, shardsInFlight: shards, chunksInFlight: slots, rows: pipeline.rows, seconds: pipeline.phases },
  };
}

function costLines({ pipeline, plan, workers }: Finished): string[] {
  const peak = `memory: ${mebibytes(residentBytes())} at most of ${mebibytes(plan.budgetBytes)}`;
  const { splice, record, events, fill, sink, idle } = pipeline.phases;
  const s = (seconds: number): string => `${seconds.toFixed(2)} s`;
  const where = `cut ${s(splice)}, replay ${s(record)}, events ${s(events)}, columns ${s(fill)}, digests and files ${s(sink)}, idle ${s(idle)}`;
  return [`${workers} ${workers === 1 ? 'thread' : 'threads'} besides the guest's: ${where}`, peak];
}
