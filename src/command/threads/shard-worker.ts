// A thread that cuts chunks and makes shards for the command: it writes both to files and tells their digests.

import { parentPort, workerData } from 'node:worker_threads';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import type { WorkerData } from '../../machine/sp1/pipeline/protocol.ts';
import type { FilledShard } from '../../machine/sp1/pipeline/sink.ts';
import { serve, type WorkerSink } from '../../machine/sp1/pipeline/worker.node.ts';
import { absentChips } from '../../machine/sp1/records/clusters.ts';
import { hexOf, type ReportedShard } from '../verbs/report-shard.ts';
import { shardFile } from '../verbs/shard-names.ts';
import { tellDigest, toldDigest } from './chip-digest.ts';
import { writeSharedChunk } from './chunk-file.ts';
import { digestOf, orderFreeDigestOf } from './column-digests.ts';
import { beginFile, dropFile, fileBytes, writeColumns } from './column-file.ts';
import { shardHeader } from './shard-file.ts';

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

function chipsOf({ shard, results, devices }: FilledShard): ShardValue['chips'] {
  return shard.chips.map((chip, i) => {
    const { width, sha256, orderFree } = toldDigest(results[i]!);
    return {
      ...{ ...chip, columns: width, sha256 },
      ...(orderFree === undefined ? {} : { orderFreeSha256: orderFree }),
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
      return beginFile(directory, shardFile(begun), shardHeader(shard));
    },
    chip(columns, { shard, before, isUnordered }, result) {
      tellDigest(result, columns, digestOf(columns), isUnordered ? orderFreeDigestOf(columns) : undefined);
      if (!digestsOnly) writeColumns(directory, shardFile(shard), columns, before);
    },
    end(filled): ShardValue {
      const { shard, publicValues, unprovable } = filled;
      const file =
        digestsOnly || unprovable !== undefined
          ? {}
          : { file: shardFile(shard.index), bytes: fileBytes(shardHeader(shard)) };
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
      if (begun !== undefined) dropFile(directory, shardFile(begun));
    },
  };
}

const data = workerData as WorkerData<ShardSinkRequest>;
serve(data, parentPort!, sinkOf(data.sink));
