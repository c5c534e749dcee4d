// A thread that makes shards again from chunks that were checked, compares them with a trace folder, and checks them by their rules.

import { parentPort, workerData } from 'node:worker_threads';
import { hex } from '../../../runtime/hex.ts';
import { loadGuest } from '../../machine/guest.ts';
import { keptPreprocessed } from '../../machine/sp1/check/preprocessed.ts';
import { ShardChecker } from '../../machine/sp1/check/shard-checker.ts';
import type { FilledShard } from '../../machine/sp1/pipeline/sink.ts';
import type { WorkerData } from '../../machine/sp1/pipeline/threads/protocol.ts';
import { serve, type WorkerSink } from '../../machine/sp1/pipeline/threads/worker.node.ts';
import { eventCounts } from '../../machine/sp1/records/cut/event-counts.ts';
import { FailureList } from '../../tracegen/failures.ts';
import type { ShardCompared } from '../verbs/trace/check/shard-check.ts';
import { type ComparedFolder, ShardComparer } from '../verbs/trace/check/shard-compare.ts';
import { type ReportedShard, reportShard } from '../verbs/trace/report-shard.ts';
import { tellDigest, toldDigest } from './files/chip-digest.ts';
import { digestOf } from './files/column-digests.ts';

export interface CheckSinkRequest {
  readonly folder: ComparedFolder;
  /** Whether there are no shard files, so that digests are compared. */
  readonly digestsOnly: boolean;
}

const NO_DIGEST = Buffer.alloc(32);

function sinkOf({
  sink: { folder, digestsOnly },
  program,
}: Pick<WorkerData<CheckSinkRequest>, 'sink' | 'program'>): WorkerSink {
  let checker: ShardChecker | undefined;
  return {
    isWhole: true,
    chip(columns, _place, result) {
      tellDigest(result, columns, digestsOnly ? digestOf(columns) : NO_DIGEST, undefined);
    },
    end(filled): ShardCompared {
      const { publicValues, columns, results, unknown } = filled;
      const failures = new FailureList();
      const isUnknown = unknown > 0;
      const digests = results.map(result => toldDigest(result).sha256);
      const made = { report: reportFilled(filled), publicValues, columns, digests, isUnknown };
      const rest = new ShardComparer(folder, failures).compare(made);
      if (rest !== undefined) {
        checker ??= new ShardChecker(keptPreprocessed(loadGuest(program.bytes, program.name, 'sp1').program));
        checker.check(rest, failures);
      }
      const found = { list: failures.list, count: failures.count };
      return { found, publicValues: rest?.publicValues, isUnknown };
    },
  };
}

function reportFilled({ shard, publicValues, unprovable }: FilledShard): ReportedShard {
  const report = { ...reportShard(shard), events: eventCounts(shard), publicValues };
  if (unprovable === undefined) return report;
  const { pc, address, reason } = unprovable;
  return { ...report, chips: [], unprovable: { pc: hex(pc), address: hex(address), reason } };
}

const data = workerData as WorkerData<CheckSinkRequest>;
serve(data, parentPort!, sinkOf(data));
