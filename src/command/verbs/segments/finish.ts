// What came of a run with segments: index.json, the object of `--json`, lines for people and the status.

import type { RecordedRun } from '../../../machine/openvm/pipeline/guest.node.ts';
import type { SegmentPipeline } from '../../../machine/openvm/pipeline/pipeline.node.ts';
import type { SegmentFacts } from '../../../machine/openvm/pipeline/protocol.ts';
import { runJson } from '../../../result.ts';
import { mebibytes } from '../../../tracegen/threads/mebibytes.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';
import type { Arguments } from '../../command.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { sha256 } from '../../sha256.ts';
import { STATUS, STATUS_OF_ERROR, statusOf } from '../../status.ts';
import type { Done } from '../../threads/guest/guest-thread.ts';
import { TIMED_OUT, whyStopped } from '../../threads/guest/stop-words.ts';
import type { SegmentGuestRequest } from '../../threads/segment-guest.ts';
import type { FixedValue, SegmentValue } from '../../threads/segment-worker.ts';
import { explain, provenanceOfRequest, writePublicValues } from '../run/run.ts';
import { summaryLine } from '../run/run-report.ts';
import { programOf } from '../trace/trace-directory.ts';
import type { TraceGpu } from '../trace/trace-gpu.ts';
import { checkChain } from './chain.ts';
import { type SegmentIndex, writeSegmentIndex } from './index-file.ts';
import { checkedSegmentLines, segmentLines } from './lines.ts';
import { type ReportedSegment, reportSegment } from './report.ts';

/** What was made so far. */
export interface MadeSegments {
  planned: readonly PlannedSegment[];
  /** By index. */
  readonly segments: Map<number, { readonly facts: SegmentFacts; readonly value: SegmentValue | undefined }>;
  fixed: readonly FixedValue[];
}

interface Finished {
  readonly outcome: Done<RecordedRun>;
  readonly error: Error | undefined;
  readonly made: MadeSegments;
  readonly pipeline: SegmentPipeline;
  readonly request: SegmentGuestRequest;
  readonly directory: string;
  readonly args: Arguments;
  readonly workers: number;
  readonly gpu: TraceGpu['json'] | undefined;
}

/** In order. Of `--until segments`: as they were planned. */
function reported({ made: { planned, segments, fixed }, request }: Finished): ReportedSegment[] {
  const { records, onlySegment } = request.segments;
  return planned.flatMap((one, index): ReportedSegment[] => {
    if (onlySegment !== undefined && index !== onlySegment) return [];
    if (!records) return [{ index, ...one }];
    const made = segments.get(index);
    return made === undefined ? [] : [reportSegment(one, made.facts, made.value, fixed)];
  });
}

function indexOf(finished: Finished, segments: readonly ReportedSegment[]): Omit<SegmentIndex, 'kind'> {
  const { outcome, made, pipeline, request, directory, args } = finished;
  const { result } = outcome;
  const { openvmVersion, limits, checkEvery, onlySegment, makes } = request.segments;
  const json = runJson(result, provenanceOfRequest(request), sha256(result.publicValues));
  return {
    ...json,
    program: { ...programOf(request, directory), ...json.program },
    until: args.until as SegmentIndex['until'],
    cuts: {
      ...{ openvmVersion: openvmVersion!, limits: limits!, checkEvery: checkEvery! },
      ...(onlySegment !== undefined && { onlySegment }),
    },
    complete: result.exit.kind === 'halted' || result.exit.kind === 'fault',
    segmentsComplete: pipeline.isComplete && result.exit.kind === 'halted',
    ...(makes && { gpu: finished.gpu ?? null, preprocessed: made.fixed }),
    segments,
    ...(result.publicValuesProof !== undefined && { publicValuesProof: result.publicValuesProof }),
    peaks: {
      ...result.peaks,
      ...(pipeline.ram && { ramBudgetBytes: pipeline.ram.budgetBytes, ramNeedBytes: pipeline.ram.needBytes }),
      residentBytes: residentBytes(),
    },
  };
}

/** Bytes that the process had resident at most. */
const residentBytes = (): number => 1024 * process.resourceUsage().maxRSS;

/** Gives the status. @throws the error that ended the run, when what is complete has been told. */
export function finishSegments(finished: Finished): number {
  const { outcome, error, pipeline, request, directory, args, workers } = finished;
  const { result } = outcome;
  const segments = reported(finished);
  const index = indexOf(finished, segments);
  try {
    writeSegmentIndex(directory, index);
  } catch (refusal) {
    throw error ?? refusal;
  }
  if (error !== undefined) throw error;
  const verify = args.verify === true ? verified(finished, index) : undefined;
  writePublicValues(result, args['public-values']);
  if (args.json) {
    const { program: _program, cuts: _cuts, until: _until, ...told } = index;
    const program = { sha256: index.program.sha256 };
    const work = {
      workers,
      segmentsInFlight: pipeline.ram?.places ?? 0,
      rows: pipeline.rows,
      seconds: pipeline.phases,
    };
    writeAll(1, jsonLine({ ...told, program, pipeline: work, ...(verify && { verify }) }));
  }
  explain(result, request, args, summaryLine(result));
  const quiet = args.quiet === true;
  if (!quiet) for (const text of segmentLines(segments, pipeline, workers)) complain(text);
  if (!quiet && pipeline.ram !== undefined)
    complain(`memory: ${mebibytes(residentBytes())} at most of ${mebibytes(pipeline.ram.budgetBytes)}`);
  if (verify !== undefined) for (const text of checkedSegmentLines(verify, quiet)) complain(text);
  if (verify !== undefined && verify.failureCount > 0) return STATUS_OF_ERROR.TRACE_INVALID;
  return statusOfSegments(finished);
}

/** What the threads found, and what segments must agree on. */
function verified({ made, request }: Finished, index: Omit<SegmentIndex, 'kind'>): ReturnType<typeof checkChain> {
  const found = [...made.segments.values()].map(({ value }) => value!.failures!);
  return checkChain(
    request,
    index,
    found.flatMap(({ list }) => list),
    found.reduce((sum, { count }) => sum + count, 0),
  );
}

function statusOfSegments({ outcome: { result }, pipeline, request }: Finished): number {
  const { exit } = result;
  if (exit.kind !== 'halted' || pipeline.isComplete) return statusOf(exit);
  const isLate = whyStopped(request.interrupt) === TIMED_OUT;
  complain(`${isLate ? 'limit reached: --timeout' : 'interrupted'}; the segments are not complete`);
  return isLate ? STATUS.limit : STATUS.interrupted;
}
