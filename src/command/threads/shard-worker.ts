// A thread that cuts chunks and makes shards for the command: it writes both to files, tells their digests, and checks them where
// that is asked.

import { parentPort, workerData } from 'node:worker_threads';
import { hex } from '../../../runtime/hex.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { loadGuest } from '../../machine/guest.ts';
import { keptPreprocessed } from '../../machine/sp1/check/preprocessed.ts';
import { ShardChecker } from '../../machine/sp1/check/shard-checker.ts';
import type { FilledShard } from '../../machine/sp1/pipeline/sink.ts';
import type { WorkerData } from '../../machine/sp1/pipeline/threads/protocol.ts';
import { serve, type WorkerSink } from '../../machine/sp1/pipeline/threads/worker.node.ts';
import { absentChips } from '../../machine/sp1/records/cut/clusters.ts';
import { FailureList } from '../../tracegen/failures.ts';
import type { ShardFound } from '../verbs/trace/check/made-checks.ts';
import type { ReportedShard } from '../verbs/trace/report-shard.ts';
import { shardFile } from '../verbs/trace/shard-names.ts';
import { tellDigest, toldDigest } from './files/chip-digest.ts';
import { writeSharedChunk } from './files/chunk-file.ts';
import { digestOf, orderFreeDigestOf } from './files/column-digests.ts';
import { beginFile, dropFile, fileBytes, writeColumns } from './files/column-file.ts';
import { shardHeader } from './files/shard-file.ts';

export interface ShardSinkRequest {
  readonly directory: string;
  readonly layout: ChunkLayout;
  /** No shard files. */
  readonly digestsOnly: boolean;
  /** Each shard is checked as soon as it is made. */
  readonly verifies: boolean;
}

/** What of a shard only its columns tell. */
export type ShardValue = Pick<ReportedShard, 'publicValues' | 'chips' | 'unprovable'> & {
  readonly absent: readonly string[];
  /** What a check of it found. */
  readonly found?: ShardFound;
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

/** Checks shards by their columns, once the first is there. */
function checkOf({ bytes, name }: WorkerData['program']): (filled: FilledShard) => ShardFound {
  let checker: ShardChecker | undefined;
  return ({ shard: { index }, publicValues, columns }) => {
    checker ??= new ShardChecker(keptPreprocessed(loadGuest(bytes, name, 'sp1').program));
    const failures = new FailureList();
    checker.check({ index, publicValues, columns }, failures);
    return { list: failures.list, count: failures.count };
  };
}

function sinkOf({
  sink: { directory, layout, digestsOnly, verifies },
  program,
}: Pick<WorkerData<ShardSinkRequest>, 'sink' | 'program'>): WorkerSink {
  let begun: number | undefined;
  const check = verifies ? checkOf(program) : undefined;
  return {
    isWhole: verifies,
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
        const why = { pc: hex(pc), address: hex(address), reason };
        return { publicValues, chips: [], absent: [], unprovable: why };
      }
      return {
        publicValues,
        chips: chipsOf(filled),
        absent: absentChips(shard.chips.map(({ name }) => name)),
        ...file,
        ...(check === undefined ? {} : { found: check(filled) }),
      };
    },
    giveUp() {
      if (begun !== undefined) dropFile(directory, shardFile(begun));
    },
  };
}

const data = workerData as WorkerData<ShardSinkRequest>;
serve(data, parentPort!, sinkOf(data));
