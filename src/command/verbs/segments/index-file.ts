// index.json of a folder of segments.

import { join } from 'node:path';
import { JitExecError } from '../../../../runtime/errors.ts';
import type { PublicValuesProof } from '../../../proof/openvm/public-values.ts';
import type { RunJson } from '../../../result.ts';
import { printable } from '../../output.ts';
import type { FixedValue } from '../../threads/segment-worker.ts';
import { writeWhole } from '../own-folder.ts';
import {
  checkShape,
  INDEX,
  INDEX_KIND,
  isCount,
  isObject,
  isOptional,
  isSha256,
  isText,
  RUN_SHAPE,
  type Shape,
} from '../trace/index-shape.ts';
import type { RamPeaks } from '../trace/trace-directory.ts';
import type { TraceGpu } from '../trace/trace-gpu.ts';
import type { SegmentCuts } from './cuts.ts';
import type { ReportedAir, ReportedSegment } from './report.ts';

/** The object of `trace --json` for a guest of OpenVM, and what a reader of the folder needs besides. */
export interface SegmentIndex extends Omit<RunJson, 'program' | 'peaks'> {
  readonly kind: typeof INDEX_KIND;
  readonly program: { readonly name: string; readonly path?: string; readonly sha256: string };
  readonly until: 'segments' | 'records' | 'traces';
  /** What cut the segments. */
  readonly cuts: SegmentCuts & { readonly onlySegment?: number };
  /** Whether the run went up to the guest's own end. */
  readonly complete: boolean;
  /** Whether all segments that were asked for are there. */
  readonly segmentsComplete: boolean;
  readonly segments: readonly ReportedSegment[];
  /** Of `traces`: the GPU that AIRs were filled on. */
  readonly gpu?: TraceGpu['json'] | null;
  /** Of `traces`: the columns that all segments share, those of the program first. */
  readonly preprocessed?: readonly FixedValue[];
  /** Of a run of which all segments were recorded: that its public values are those of its memory. */
  readonly publicValuesProof?: PublicValuesProof;
  readonly peaks?: Partial<RamPeaks>;
}

export function writeSegmentIndex(directory: string, index: Omit<SegmentIndex, 'kind'>): void {
  const { schema, ...rest } = index;
  writeWhole(directory, INDEX, `${printable(JSON.stringify({ schema, kind: INDEX_KIND, ...rest }, null, 1))}\n`);
}

const isDigest = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 8 && value.every(word => isCount(word));
const isHex = (value: unknown): boolean => /^0x[\da-f]{1,8}$/.test(String(value));

const SHAPE: Shape = {
  ...RUN_SHAPE,
  until: value => ['segments', 'records', 'traces'].includes(String(value)),
  cuts: value =>
    isObject(value) &&
    isObject((value as SegmentIndex['cuts']).limits) &&
    isOptional(isCount)((value as SegmentIndex['cuts']).onlySegment),
  segmentsComplete: value => typeof value === 'boolean',
  segments: Array.isArray,
  preprocessed: isOptional(Array.isArray),
  publicValuesProof: isOptional(
    value =>
      isObject(value) &&
      isDigest((value as PublicValuesProof).commitment) &&
      Array.isArray((value as PublicValuesProof).siblings) &&
      (value as PublicValuesProof).siblings.every(isDigest) &&
      Array.isArray((value as PublicValuesProof).publicValues) &&
      (value as PublicValuesProof).publicValues.every(isCount),
  ),
};

const PLANNED_SHAPE: Shape = { index: isCount, instretStart: isCount, instructions: isCount, heights: isObject };

const RECORDED_SHAPE: Shape = {
  pcStart: isHex,
  pcEnd: isHex,
  exitCode: value => value === null || isCount(value),
  initialRoot: isDigest,
  finalRoot: isDigest,
  finalTimestamp: isCount,
  touched: isCount,
  accessRecords: value => isObject(value) && isCount((value as { bytes: unknown }).bytes),
  airs: Array.isArray,
  file: isOptional(isText),
  bytes: isOptional(isCount),
};

const AIR_SHAPE: Shape = {
  id: isCount,
  name: isText,
  rows: isCount,
  realRows: isCount,
  publicValues: value => Array.isArray(value) && value.every(isCount),
  sha256: isOptional(value => isObject(value) && isSha256((value as NonNullable<ReportedAir['sha256']>).main)),
};

/** The index in a folder, each field that is used checked. @throws TRACE_INVALID */
export function segmentIndexOf(value: unknown, directory: string): SegmentIndex {
  const path = join(directory, INDEX);
  checkShape(value, SHAPE, '', path);
  const index = value as SegmentIndex;
  if (index.schema !== 1 || index.kind !== INDEX_KIND)
    throw new JitExecError(
      'TRACE_INVALID',
      `trace: expected schema 1 of a ${INDEX_KIND}, got ${index.schema} in ${path}`,
    );
  for (const [i, segment] of index.segments.entries()) {
    checkShape(segment, PLANNED_SHAPE, `segments[${i}].`, path);
    if (index.until === 'segments') continue;
    checkShape(segment, RECORDED_SHAPE, `segments[${i}].`, path);
    for (const [j, air] of segment.airs!.entries()) checkShape(air, AIR_SHAPE, `segments[${i}].airs[${j}].`, path);
  }
  return index;
}
