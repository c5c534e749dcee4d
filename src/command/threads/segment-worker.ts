// A thread that makes segments for the command: it writes their columns to files and tells digests.

import { parentPort, workerData } from 'node:worker_threads';
import { OPENVM_CHIPS } from '../../../codegen/chips/openvm/index.ts';
import type { SegmentWorkerData } from '../../machine/openvm/pipeline/protocol.ts';
import type { FilledSegment, SegmentFailures } from '../../machine/openvm/pipeline/sink.ts';
import { type SegmentWorkerSink, serveSegments } from '../../machine/openvm/pipeline/worker.node.ts';
import type { ChipDevice } from '../../tracegen/threads/sink.ts';
import { segmentFile } from '../verbs/trace/shard-names.ts';
import { tellDigest, toldDigest } from './files/chip-digest.ts';
import { digestOf, sortedDigestOf } from './files/column-digests.ts';
import { beginFile, dropFile, fileBytes, writeColumns } from './files/column-file.ts';
import { segmentHeader } from './files/segment-file.ts';

export interface SegmentSinkRequest {
  readonly directory: string;
  /** No files. */
  readonly digestsOnly: boolean;
}

/** What of a segment only its columns tell. */
export interface SegmentValue {
  /** By AIR of the facts. */
  readonly digests: readonly {
    readonly sha256: string;
    readonly rowsSortedSha256?: string;
    /** Who filled its columns; without where nobody was asked. */
    readonly device?: ChipDevice;
  }[];
  readonly file?: string;
  readonly bytes?: number;
  readonly failures: SegmentFailures | undefined;
}

/** Columns that all segments share. */
export interface FixedValue {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly sha256: string;
}

function tell({ facts, results, devices, failures }: FilledSegment, digestsOnly: boolean): SegmentValue {
  const digests = results.map((result, i) => {
    const { sha256, orderFree } = toldDigest(result);
    return { sha256, ...(orderFree === undefined ? {} : { rowsSortedSha256: orderFree }), device: devices[i]! };
  });
  const file = digestsOnly ? {} : { file: segmentFile(facts.index), bytes: fileBytes(segmentHeader(facts)) };
  return { digests, failures, ...file };
}

function sinkOf({ directory, digestsOnly }: SegmentSinkRequest): SegmentWorkerSink {
  let begun: number | undefined;
  return {
    fixed: columns =>
      OPENVM_CHIPS.flatMap(({ name }): FixedValue[] => {
        const one = columns.get(name);
        if (one === undefined) return [];
        return [{ name, rows: one.rows, columns: one.width, sha256: digestOf(one).toString('hex') }];
      }),
    begin(facts) {
      if (digestsOnly) return 0;
      begun = facts.index;
      return beginFile(directory, segmentFile(begun), segmentHeader(facts));
    },
    chip(columns, { shard, before, isUnordered }, result) {
      tellDigest(result, columns, digestOf(columns), isUnordered ? sortedDigestOf(columns) : undefined);
      if (!digestsOnly) writeColumns(directory, segmentFile(shard), columns, before);
    },
    end(filled): SegmentValue {
      begun = undefined;
      return tell(filled, digestsOnly);
    },
    giveUp() {
      if (begun !== undefined) dropFile(directory, segmentFile(begun));
    },
  };
}

const data = workerData as SegmentWorkerData<SegmentSinkRequest>;
serveSegments(data, parentPort!, sinkOf(data.sink));
