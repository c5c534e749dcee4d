// `jit-exec trace` of a guest of OpenVM: its segments, cut by a metered run, recorded by a second one, their columns made by
// threads meanwhile.

import { JitExecError } from '../../../../runtime/errors.ts';
import { ramBudget } from '../../../../runtime/memory/host-memory.node.ts';
import { Bell } from '../../../../runtime/trace/bell.ts';
import { segmentService } from '../../../machine/openvm/gpu/airs.ts';
import type { RecordedRun } from '../../../machine/openvm/pipeline/guest.node.ts';
import { SegmentPipeline } from '../../../machine/openvm/pipeline/pipeline.node.ts';
import type { FromSegmentGuest, SegmentFacts } from '../../../machine/openvm/pipeline/protocol.ts';
import { mebibytes } from '../../../tracegen/threads/mebibytes.ts';
import type { Arguments } from '../../command.ts';
import { complain } from '../../output.ts';
import { askToStop, INTERRUPTED, instructionsSoFar } from '../../threads/guest/stop-words.ts';
import type { SegmentGuestRequest } from '../../threads/segment-guest.ts';
import type { FixedValue, SegmentSinkRequest, SegmentValue } from '../../threads/segment-worker.ts';
import { asUnwritable, pipelineRequest, runWithPipeline, workerCount } from '../pipeline-run.ts';
import { checkMachine } from '../run/run.ts';
import { dropPartialFiles, nameFile } from '../trace/shard-names.ts';
import { prepareDirectory } from '../trace/trace-directory.ts';
import { openTraceGpu, type TraceGpu } from '../trace/trace-gpu.ts';
import { segmentCutsOf } from './cuts.ts';
import { finishSegments, type MadeSegments } from './finish.ts';

/** Columns that a segment has in memory at a time, if it has not one AIR that is larger. */
const WAVE_BYTES = 256 * 2 ** 20;

export async function traceSegments(args: Arguments, directory: string, bytes: Uint8Array): Promise<number> {
  const workers = workerCount(args);
  if (args.plan !== undefined)
    throw new JitExecError('USAGE', 'trace: --plan is for sp1 guests; --max-rows, --max-cells and others cut segments');
  const request = requestOf(args, bytes, workers);
  await checkMachine(request, args);
  prepareDirectory(directory);
  const made: MadeSegments = { segments: new Map(), planned: [], fixed: [] };
  const gpu = args.until === 'traces' ? await openTraceGpu(args, segmentService) : undefined;
  try {
    const pipeline = begin({ args, directory, request, made, workers, gpu });
    const { outcome, error } = await runWithPipeline<RecordedRun, FromSegmentGuest>(
      {
        script: new URL('./segment-guest.js', import.meta.url),
        request,
        pipeline,
        progress: seconds => progressOf(pipeline, request, seconds),
      },
      args,
    );
    return finishSegments({ outcome, error, made, pipeline, request, directory, args, workers, gpu: gpu?.json });
  } finally {
    dropPartialFiles(directory);
    await gpu?.close();
  }
}

function requestOf(args: Arguments, bytes: Uint8Array, workers: number): SegmentGuestRequest {
  return {
    ...pipelineRequest(args, bytes),
    segments: {
      ...segmentCutsOf(args),
      seats: workers,
      makes: args.until === 'traces',
      records: args.until === 'traces' || args.until === 'records',
      onlySegment: args['only-shard'] as number | undefined,
    },
  };
}

interface Setup {
  readonly args: Arguments;
  readonly directory: string;
  readonly request: SegmentGuestRequest;
  readonly made: MadeSegments;
  readonly workers: number;
  readonly gpu: TraceGpu | undefined;
}

function begin({ args, directory, request, made, workers, gpu }: Setup): SegmentPipeline {
  const sink: SegmentSinkRequest = { directory, digestsOnly: args['digests-only'] === true };
  return new SegmentPipeline({
    program: { bytes: request.bytes, name: request.name },
    workers: request.segments.makes ? workers : 0,
    ramBytes: ramBudget(args.ram as number | undefined),
    waveBytes: WAVE_BYTES,
    verifies: args.verify === true,
    gpu,
    bell: new Bell(request.bell),
    script: new URL('./segment-worker.js', import.meta.url),
    sink,
    onPlanned(segments, ram) {
      made.planned = segments;
      if (ram === undefined || args.quiet === true) return;
      const inFlight = `${ram.places} ${ram.places === 1 ? 'segment' : 'segments'} in flight`;
      complain(`memory: ${inFlight}, at most ${mebibytes(ram.needBytes)} of ${mebibytes(ram.budgetBytes)}`);
    },
    onSegment(facts: SegmentFacts, value) {
      const { file } = (value ?? {}) as Partial<SegmentValue>;
      // From here on it is listed: a file that has its name is in the index, whenever the run is stopped.
      if (file !== undefined) asUnwritable(() => nameFile(directory, file));
      made.segments.set(facts.index, { facts, value: value as SegmentValue | undefined });
    },
    onFixed(value) {
      made.fixed = value as readonly FixedValue[];
    },
    onFail: () => void askToStop(request.interrupt, INTERRUPTED),
  });
}

function progressOf(pipeline: SegmentPipeline, { interrupt }: SegmentGuestRequest, seconds: number): string {
  const { segments, rows, planned } = pipeline;
  if (planned.length === 0) return `${(instructionsSoFar(interrupt) / 1e6).toFixed(1)} M instructions metered`;
  return `${segments} of ${planned.length} segments, ${(rows / seconds / 1e6).toFixed(2)} M rows/s`;
}
