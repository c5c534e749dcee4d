// Lines on segments, for people.

import type { SegmentPipeline } from '../../../machine/openvm/pipeline/pipeline.node.ts';
import { failureLine } from '../../../tracegen/failures.ts';
import type { SegmentsChecked } from './chain.ts';
import type { ReportedSegment } from './report.ts';

const s = (seconds: number): string => `${seconds.toFixed(2)} s`;
const plural = (n: number, name: string): string => `${n} ${n === 1 ? name : `${name}s`}`;

/** How many segments with how many rows and cells, and where the threads' time went. */
export function segmentLines(
  segments: readonly ReportedSegment[],
  pipeline: SegmentPipeline,
  workers: number,
): string[] {
  const airs = segments.flatMap(one => one.airs ?? []);
  const rows = airs.reduce((sum, one) => sum + one.rows, 0);
  const cells = airs.reduce((sum, one) => sum + one.rows * one.main, 0);
  const size = airs.length === 0 ? '' : `, ${rows} rows, ${(cells / 1e6).toFixed(1)} M cells`;
  const line = `${plural(segments.length, 'segment')}${size}`;
  if (pipeline.ram === undefined) return [line];
  const { fill, sink, check, idle } = pipeline.phases;
  const checked = check === 0 ? '' : `, checks ${s(check)}`;
  const where = `columns ${s(fill)}, digests and files ${s(sink)}${checked}, idle ${s(idle)}`;
  return [line, `${plural(workers, 'thread')} besides the guest's: ${where}`];
}

/** What a check found, or that it found nothing. */
export function checkedSegmentLines(
  { segments, failures, failureCount, isWhole, comparesCuts }: SegmentsChecked,
  quiet: boolean,
  hasColumns = true,
): string[] {
  const more = failureCount - failures.length;
  const found = [
    ...failures.map(one => failureLine(one).replace(/^shard /, 'segment ')),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  if (failureCount > 0) return [...found, `${failureCount} failures in ${plural(segments, 'segment')}`];
  if (quiet) return [];
  const chain = isWhole
    ? 'they are one run from the start of the program to its end'
    : 'that they are one run was not looked at: not all segments of a whole run are there';
  const checked = hasColumns ? 'checked: constraints, lookups and buses hold' : 'compared with another run';
  const cuts = 'where and why they were cut was not looked at: that takes the inputs of the run besides --check';
  return [`${plural(segments, 'segment')} ${checked}, ${chain}`, ...(comparesCuts === false ? [cuts] : [])];
}
