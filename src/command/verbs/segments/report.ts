// A segment as the command reports it.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import { hex } from '../../../../runtime/hex.ts';
import type { SegmentFacts } from '../../../machine/openvm/pipeline/protocol.ts';
import type { ChipDevice } from '../../../tracegen/threads/sink.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';
import type { FixedValue, SegmentValue } from '../../threads/segment-worker.ts';

/** An AIR of a segment in index.json and in the object of `--json`. */
export interface ReportedAir {
  readonly id: number;
  readonly name: string;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
  /** Columns: of the program, preprocessed, and the segment's own. */
  readonly cached: number;
  readonly preprocessed: number;
  readonly main: number;
  readonly publicValues: readonly number[];
  /** Of `--until traces`. */
  readonly sha256?: { readonly cached?: string; readonly main: string };
  readonly rowsSortedSha256?: string;
  /** Of `--until traces`: who filled the columns. Those that are counts the host has from what was looked up. */
  readonly device?: ChipDevice;
}

/** A segment in index.json and in the object of `--json`. */
export interface ReportedSegment extends PlannedSegment {
  readonly index: number;
  /** All that follows: of a segment that was recorded. Hexadecimal. */
  readonly pcStart?: string;
  readonly pcEnd?: string;
  /** Null where another segment follows. */
  readonly exitCode?: number | null;
  readonly initialRoot?: readonly number[];
  readonly finalRoot?: readonly number[];
  readonly finalTimestamp?: number;
  /** Chunks of memory. */
  readonly touched?: number;
  readonly accessRecords?: SegmentFacts['accessRecords'];
  readonly airs?: readonly ReportedAir[];
  readonly file?: string;
  readonly bytes?: number;
}

/** AIRs whose fixed columns are the program's. */
const CACHED = 'Program';

function reportAir(
  { id, rows, realRows, publicValues }: SegmentFacts['airs'][number],
  digest: SegmentValue['digests'][number] | undefined,
  fixed: readonly FixedValue[],
): ReportedAir {
  const { name, columns, fixed: width } = OPENVM_CHIPS[id]!;
  const isCached = name === CACHED;
  const cached = isCached ? fixed.find(one => one.name === name)?.sha256 : undefined;
  return {
    ...{ id, name, rows, realRows, cached: isCached ? width : 0, preprocessed: isCached ? 0 : width },
    ...{ main: columns.length - width, publicValues },
    ...(digest && { sha256: { ...(cached !== undefined && { cached }), main: digest.sha256 } }),
    ...(digest?.rowsSortedSha256 !== undefined && { rowsSortedSha256: digest.rowsSortedSha256 }),
    ...(digest?.device !== undefined && { device: digest.device }),
  };
}

/** `fixed`: what all segments share, where it is known. */
export function reportSegment(
  planned: PlannedSegment,
  facts: SegmentFacts,
  value: SegmentValue | undefined,
  fixed: readonly FixedValue[],
): ReportedSegment {
  const { index, fromPc, toPc, exitCode = null, initialRoot, finalRoot, finalTimestamp, touched } = facts;
  return {
    ...{ index, ...planned, pcStart: hex(fromPc), pcEnd: hex(toPc), exitCode, initialRoot, finalRoot },
    ...{ finalTimestamp, touched, accessRecords: facts.accessRecords },
    airs: facts.airs.map((air, i) => reportAir(air, value?.digests[i], fixed)),
    ...(value?.file !== undefined && { file: value.file, bytes: value.bytes! }),
  };
}
