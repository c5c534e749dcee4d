// A thread that cuts chunks and makes shards for the command: it writes both to files and tells their digests.

import { parentPort, workerData } from 'node:worker_threads';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import type { WorkerData } from '../../machine/sp1/pipeline/protocol.ts';
import type { FilledShard } from '../../machine/sp1/pipeline/sink.ts';
import { serve, type WorkerSink } from '../../machine/sp1/pipeline/worker.node.ts';
import { absentChips } from '../../machine/sp1/records/clusters.ts';
import { hexOf, type ReportedShard } from '../verbs/report-shard.ts';
import { writeSharedChunk } from './chunk-file.ts';
import { digestOf, orderFreeDigestOf } from './column-digests.ts';
import { beginShardFile, dropShardFile, shardFileOf, writeColumns } from './shard-file.ts';

export interface ShardSinkRequest {
  readonly directory: string;
  readonly layout: ChunkLayout;
  /** No shard files. */
  readonly digestsOnly: boolean;
}

/** What of a shard only its columns tell. */
export type ShardValue = Pick<ReportedShard, 'publicValues' | 'chips' | 'unprovable'> & {
  readonly absent: readonly string[];
  readonly file?: string;
  readonly bytes?: number;
};

/** Of a chip's result: its digest, whether there is one free of order, and that one. */
const DIGEST_BYTES = 32;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function chipsOf({ shard, results, devices }: FilledShard): ShardValue['chips'] {
  return shard.chips.map((chip, i) => {
    const result = results[i]!;
    const [width] = new Uint32Array(result.slice(2 * DIGEST_BYTES + 4, 2 * DIGEST_BYTES + 8).buffer);
    const hasOther = result[2 * DIGEST_BYTES] === 1;
    return {
      ...{ ...chip, columns: width, sha256: hex(result.subarray(0, DIGEST_BYTES)) },
      ...(hasOther ? { orderFreeSha256: hex(result.subarray(DIGEST_BYTES, 2 * DIGEST_BYTES)) } : {}),
      device: devices[i]!,
    };
  });
}

function sinkOf({ directory, layout, digestsOnly }: ShardSinkRequest): WorkerSink {
  let begun: number | undefined;
  return {
    isWhole: false,
    chunk: ({ bytes, sequence }) => writeSharedChunk(directory, sequence, bytes, layout),
    preprocessed(columns) {
      const value: unknown[] = [];
      for (const one of columns) {
        value.push({ name: one.name, rows: one.rows, columns: one.width, sha256: digestOf(one).toString('hex') });
      }
      return value;
    },
    begin(shard) {
      if (digestsOnly) return 0;
      begun = shard.index;
      return beginShardFile(directory, shard);
    },
    chip(columns, { shard, before, isUnordered }, result) {
      result.set(digestOf(columns));
      result[2 * DIGEST_BYTES] = isUnordered ? 1 : 0;
      new DataView(result.buffer, result.byteOffset).setUint32(2 * DIGEST_BYTES + 4, columns.width, true);
      if (isUnordered) result.set(orderFreeDigestOf(columns), DIGEST_BYTES);
      if (!digestsOnly) writeColumns(directory, shard, columns, before);
    },
    end(filled): ShardValue {
      const { shard, publicValues, unprovable } = filled;
      const file = digestsOnly || unprovable !== undefined ? {} : shardFileOf(shard);
      begun = undefined;
      if (unprovable !== undefined) {
        const { pc, address, reason } = unprovable;
        const why = { pc: hexOf(pc), address: hexOf(address), reason };
        return { publicValues, chips: [], absent: [], unprovable: why };
      }
      return {
        publicValues,
        chips: chipsOf(filled),
        absent: absentChips(shard.chips.map(({ name }) => name)),
        ...file,
      };
    },
    giveUp() {
      if (begun !== undefined) dropShardFile(directory, begun);
    },
  };
}

const data = workerData as WorkerData<ShardSinkRequest>;
serve(data, parentPort!, sinkOf(data.sink));
