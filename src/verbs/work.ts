// The verb: runs a guest as a plan says and gives a job for each shard that a store has no artefact of.

import { TraceChunk } from '../../runtime/trace/chunk.ts';
import { JobEmitter } from '../machine/sp1/jobs/job-emitter.ts';
import { type PortableJob, writeJob } from '../machine/sp1/jobs/portable-job.ts';
import { ShardsInPlace } from '../machine/sp1/pipeline/in-place.ts';
import { finalMemory } from '../machine/sp1/records/memory/final-memory.ts';
import { cellsOfShard, type Shard } from '../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../machine/sp1/records/support.ts';
import { type Calibration, shardBytes } from '../planner/run/budget.ts';
import type { ReadRunPlan } from '../planner/run/plan-file.ts';
import type { ShardFacts } from '../planner/store/artefact.ts';
import type { KeyedShard, RecordedShard, RunArtefacts, RunCuts } from '../planner/store/run-artefacts.ts';
import { keyOf } from '../planner/store/store.ts';
import { JOB_TITLE, type ShardSpec } from '../planner/work/job-spec.ts';
import { type ExecuteOptions, guestOf } from './execute.ts';
import { type TraceData, traceInto } from './trace.ts';

/** What a shard is, before it is made. */
export type FoundShard = Omit<ShardFacts, 'chips'> & { readonly key: string };

export interface WorkOptions extends ExecuteOptions {
  readonly chunkEntries: number;
  readonly plan: ReadRunPlan;
  readonly artefacts: RunArtefacts;
  readonly cuts: RunCuts;
  readonly calibration: Calibration;
  /** Tells the jobs of this run from those of others in the store. */
  readonly nonce: string;
  readonly version: string;
  /** Only the shard with this index is made. */
  readonly onlyShard?: number | undefined;
  /** In order; without a job where the artefact is there. */
  readonly onShard: (found: FoundShard, job: ShardSpec | undefined) => void;
}

/** The key of an executable in a store. */
export const programKey = (program: string): string => keyOf(['jit-exec program', program]);

/** The run itself; the store has a record of its shards when this returns. */
export function work(bytes: Uint8Array, options: WorkOptions): TraceData {
  const { plan, artefacts, cuts, onlyShard, chunkEntries, onShard, calibration, nonce, version, ...rest } = options;
  const guest = guestOf(bytes, rest);
  const thresholds = { ...cuts, memoryShards: 'separate', cuts: plan.shards.map(({ clkStart }) => clkStart) } as const;
  checkShardGuest(guest, thresholds);
  const { store, hash } = artefacts.kept;
  const program = programKey(plan.program);
  store.put(program, `program ${plan.program.slice(0, 12)}`, bytes);
  const shards: RecordedShard[] = [];
  const wants = (shard: Shard): boolean => {
    const found = foundOf(shard, artefacts);
    shards.push({ index: shard.index, kind: shard.kind, key: found.key });
    if (onlyShard !== undefined && onlyShard !== shard.index) return false;
    if (artefacts.kept.sound(found.key, found) === undefined) return true;
    onShard(found, undefined);
    return false;
  };
  const emit = (job: PortableJob): void => {
    const found = foundOf(job.shard, artefacts);
    const key = keyOf(['jit-exec job', nonce, found.key]);
    store.put(key, `${JOB_TITLE} ${found.kind} shard ${found.index}`, writeJob(job, nonce));
    const { cells } = found;
    const spec = { kind: 'shard', key: found.key, job: key, program, cuts, hash, version, cells } as const;
    onShard(found, { ...spec, bytes: shardBytes(calibration, cells) });
  };
  const pipeline = new ShardsInPlace(guest, { ...thresholds, wants }, new JobEmitter(guest.program, emit));
  const result = traceInto(
    bytes,
    { ...rest, chunkEntries },
    ({ buffer, offset, bytes: size }) => ({
      acquire() {
        pipeline.begun();
        return offset;
      },
      publish: at => pipeline.add(TraceChunk.fromRaw(new Uint8Array(buffer, at, size), '6.4', 'chunk')),
    }),
    1,
    (executor, clk) => pipeline.finish(finalMemory(executor), clk),
  );
  if (result.exit.kind === 'halted') artefacts.putRecord({ shards });
  return result;
}

function foundOf(shard: Shard, artefacts: RunArtefacts): FoundShard {
  const { index, kind, clkStart, clkEnd, pcStart, pcEnd, splice } = shard;
  const commits = splice !== undefined && (splice.commits || splice.commitsDeferred);
  const keyed: KeyedShard = { index, kind, clkStart, clkEnd, commits };
  const facts = { index, kind, clkStart, clkEnd, pcStart, pcEnd, cells: cellsOfShard(shard) };
  return { ...facts, key: artefacts.keyOfShard(keyed) };
}
