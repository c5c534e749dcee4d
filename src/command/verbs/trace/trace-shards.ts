// `jit-exec trace --until shards|records|traces`: a guest's shards, found or made by threads while it runs.

import { ramBudget } from '../../../../runtime/memory/host-memory.node.ts';
import { Bell } from '../../../../runtime/trace/bell.ts';
import type { ChunkLayout } from '../../../../runtime/trace/chunk-layout.ts';
import type { ChunkRing } from '../../../../runtime/trace/ring.ts';
import { loadGuest } from '../../../machine/guest.ts';
import { shardService } from '../../../machine/sp1/gpu/chips.ts';
import { type RamPlan, ramPlan } from '../../../machine/sp1/pipeline/memory/ram.ts';
import type { RingPlace } from '../../../machine/sp1/pipeline/memory/ring-uses.ts';
import { spillHandle } from '../../../machine/sp1/pipeline/memory/spill.node.ts';
import { temporaryFile } from '../../../machine/sp1/pipeline/memory/temporary-file.node.ts';
import { ShardPipeline } from '../../../machine/sp1/pipeline/pipeline.node.ts';
import type { FromGuest } from '../../../machine/sp1/pipeline/threads/protocol.ts';
import { eventCounts } from '../../../machine/sp1/records/cut/event-counts.ts';
import type { MemoryShards, ShardOptions } from '../../../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../../../machine/sp1/records/support.ts';
import { mebibytes } from '../../../tracegen/threads/mebibytes.ts';
import type { TraceData } from '../../../verbs/trace.ts';
import type { Arguments } from '../../command.ts';
import { complain } from '../../output.ts';
import { writeSharedChunk } from '../../threads/files/chunk-file.ts';
import { askToStop, INTERRUPTED } from '../../threads/guest/stop-words.ts';
import type { ShardGuestRequest, ShardRequest } from '../../threads/shard-guest.ts';
import type { ShardSinkRequest, ShardValue } from '../../threads/shard-worker.ts';
import { asUnwritable, pipelineRequest, runWithPipeline, workerCount } from '../pipeline-run.ts';
import { checkMachine } from '../run/run.ts';
import { reportShard } from './report-shard.ts';
import { dropPartialFiles, nameFile, shardFile } from './shard-names.ts';
import { type IndexedChunk, prepareDirectory } from './trace-directory.ts';
import { openTraceGpu, type TraceGpu } from './trace-gpu.ts';
import { plannedCuts } from './trace-plan.ts';
import { finishShards, type MadeShards } from './trace-shards-report.ts';

/** Columns that a worker has in memory at a time, if it has not one chip that is larger. */
const WAVE_BYTES = 256 * 2 ** 20;

export async function traceShards(args: Arguments, directory: string, bytes: Uint8Array): Promise<number> {
  const workers = workerCount(args);
  const request: ShardRequest = { ...pipelineRequest(args, bytes), chunkEntries: args['chunk-entries'] as number };
  await checkMachine(request, args);
  const guest = loadGuest(request.bytes, request.name, request.options.machine ?? 'auto');
  const cuts = cutsOf(args, request);
  checkShardGuest(guest, cuts);
  const { maxMemory, maxCycles } = request.options;
  const plan = ramPlan({
    ...{ ...cuts, workers, maxMemory, maxCycles, chunkEntries: request.chunkEntries, makes: args.until === 'traces' },
    instructions: guest.program.text.length >>> 2,
    budgetBytes: ramBudget(args.ram as number | undefined),
  });
  if (args.quiet !== true) complain(ramLine(plan));
  prepareDirectory(directory);
  const made: MadeShards = { chunks: [], shards: [], found: new Map(), preprocessed: undefined };
  const gpu = args.until === 'traces' ? await openTraceGpu(args, shardService) : undefined;
  const temporary = asUnwritable(() => temporaryFile(directory));
  try {
    const pipeline = begin({ args, directory, workers, plan, cuts, guest, made, request, file: temporary.file, gpu });
    const guestRequest: ShardGuestRequest = { ...request, slots: plan.slots };
    const outcome = await runWithPipeline<TraceData, FromGuest>(
      {
        script: new URL('./shard-guest.js', import.meta.url),
        request: guestRequest,
        pipeline,
        progress: seconds => progressOf(pipeline, made, seconds),
      },
      args,
    );
    return finishShards({ ...outcome, made, guest, pipeline, plan, workers, request, directory, args, gpu: gpu?.json });
  } finally {
    temporary.close();
    dropPartialFiles(directory);
    await gpu?.close();
  }
}

const ramLine = ({ shards, slots, needBytes, budgetBytes }: RamPlan): string => {
  const inFlight = shards === 0 ? '' : `${shards} ${shards === 1 ? 'shard' : 'shards'} in flight, `;
  return `memory: ${inFlight}${slots} ${slots === 1 ? 'chunk' : 'chunks'}, at most ${mebibytes(needBytes)} of ${mebibytes(budgetBytes)}`;
};

const cutsOf = (args: Arguments, request: ShardRequest): ShardOptions => ({
  elements: args['element-threshold'] as number,
  height: args['height-threshold'] as number,
  memoryShards: args['memory-shards'] as MemoryShards,
  cuts: plannedCuts(args, request),
});

interface Setup {
  readonly args: Arguments;
  readonly directory: string;
  readonly workers: number;
  readonly plan: RamPlan;
  readonly cuts: ShardOptions;
  readonly guest: ReturnType<typeof loadGuest>;
  readonly made: MadeShards;
  readonly request: ShardRequest;
  /** Temporary. */
  readonly file: number;
  readonly gpu: TraceGpu | undefined;
}

function begin({ args, directory, workers, plan, cuts, guest, made, request, file, gpu }: Setup): ShardPipeline {
  const layout = args['chunk-layout'] as ChunkLayout;
  const [digestsOnly, verifies] = [args['digests-only'] === true, args.verify === true];
  const sink: ShardSinkRequest = { directory, layout, digestsOnly, verifies };
  const makes = args.until === 'traces';
  return new ShardPipeline({
    ...{ ...cuts, guest, workers, makes, sink, places: plan.shards, waveBytes: WAVE_BYTES, gpu },
    ...{ hands: false, script: new URL('./shard-worker.js', import.meta.url), bell: new Bell(request.bell) },
    onlyShard: args['only-shard'] as number | undefined,
    program: { bytes: request.bytes, name: request.name },
    spill: spillHandle(plan.keptBytes, file),
    onShard(shard, value) {
      // From here on it is listed: a file that has its name is in the index, whenever the run is stopped.
      if ((value as ShardValue).file !== undefined) asUnwritable(() => nameFile(directory, shardFile(shard.index)));
      const { found, ...told } = value as ShardValue;
      if (found !== undefined) made.found.set(shard.index, found);
      made.shards.push({ ...reportShard(shard), events: eventCounts(shard), ...told });
    },
    onChunk: (_sequence, value) => made.chunks.push(value as IndexedChunk),
    onPreprocessed: makes
      ? value => {
          made.preprocessed = value;
        }
      : undefined,
    rescue: (place, ring) => writeSharedChunk(directory, place.sequence, slotOf(place, ring), layout),
    onFail: () => void askToStop(request.interrupt, INTERRUPTED),
  });
}

function slotOf({ ringSlot }: RingPlace, { handle: { buffer, offset, bytes } }: ChunkRing): Uint8Array {
  return new Uint8Array(buffer, offset + ringSlot * bytes, bytes);
}

function progressOf(pipeline: ShardPipeline, { chunks }: MadeShards, seconds: number): string {
  const { shards, rows, found } = pipeline;
  const rate = (rows / seconds / 1e6).toFixed(2);
  const done = shards === 0 && rows === 0 ? `${found} shards` : `${shards} of ${found} shards, ${rate} M rows/s`;
  return `${chunks.length} chunks, ${done}`;
}
