// Makes the shards of a trace folder again from its chunks, and has them compared.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { ShardsChecked } from '../../../check-shards.ts';
import { ReplayedMemory } from '../../../machine/sp1/check/replayed-memory.ts';
import type { Sp1Guest } from '../../../machine/sp1/machine.ts';
import { type InPlaceOptions, ShardsInPlace } from '../../../machine/sp1/pipeline/in-place.ts';
import type { FilledShard } from '../../../machine/sp1/pipeline/sink.ts';
import { eventCounts } from '../../../machine/sp1/records/cut/event-counts.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../../../machine/sp1/records/cut/shape.ts';
import type { SplicedChunk } from '../../../machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../../machine/sp1/records/cut/splicer.ts';
import { publicValuesOf, runValues } from '../../../machine/sp1/records/public-values.ts';
import { type Shard, shardsOf, unfinishedShards } from '../../../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../../../machine/sp1/records/support.ts';
import type { TraceChecker } from '../../../machine/sp1/replay/check.ts';
import { hexOf, type ReportedShard, reportShard } from './report-shard.ts';
import { ShardFolder } from './shard-check.ts';
import type { ShardCuts } from './shard-cuts.ts';
import type { TraceIndex } from './trace-directory.ts';

/** Takes the chunks of the run in order, each after it was replayed. */
export interface ShardRemaker {
  add(chunk: TraceChunk): void;
  finish(): ShardsChecked;
  readonly notes: readonly string[];
}

const DEFAULT_CUTS: ShardCuts = {
  elementThreshold: DEFAULT_ELEMENT_THRESHOLD,
  heightThreshold: DEFAULT_HEIGHT_THRESHOLD,
  memoryShards: 'separate',
};

/** @throws JitExecError for a folder whose shards cannot be made again. */
export function remakeShards(
  directory: string,
  index: TraceIndex,
  guest: Sp1Guest,
  checker: TraceChecker,
): ShardRemaker {
  const cuts = index.cuts ?? DEFAULT_CUTS;
  const { elementThreshold: elements, heightThreshold: height, memoryShards, onlyShard, planned: at } = cuts;
  const options: InPlaceOptions = { elements, height, memoryShards, onlyShard, cuts: at };
  checkShardGuest(guest, options);
  const folder = new ShardFolder(directory, index, guest);
  const isHalted = index.exit.kind === 'halted';
  const remade =
    index.preprocessed === undefined
      ? planned(guest, options, index, checker, folder)
      : traced(guest, options, checker, folder);
  return {
    notes: folder.notes,
    add(chunk) {
      try {
        remade.add(chunk);
      } catch (error) {
        // The last chunk of a run that stopped may end in the middle of what no entries tell.
        if (isHalted || !(error instanceof JitExecError) || error.code !== 'TRACE_INVALID') throw error;
      }
    },
    finish() {
      remade.finish(isHalted);
      return folder.finish();
    },
  };
}

/** Checks the shard files of a folder without chunks. @throws ENVIRONMENT where there are no files either. */
export function checkShardFiles(directory: string, index: TraceIndex, guest: Sp1Guest): ShardsChecked {
  const folder = new ShardFolder(directory, index, guest);
  if (!folder.hasFiles) {
    const text = `trace: digests are compared with what the chunks give, and there are no chunks in ${directory}`;
    throw new JitExecError('ENVIRONMENT', text);
  }
  folder.checkFiles();
  return folder.finish();
}

interface Remade {
  add(chunk: TraceChunk): void;
  finish(isHalted: boolean): void;
}

/** Of `--until traces`. */
function traced(guest: Sp1Guest, options: InPlaceOptions, checker: TraceChecker, folder: ShardFolder): Remade {
  checker.memory!.hints = new Map();
  const memory = new ReplayedMemory(checker.memory!);
  let known = 0;
  const end = (filled: FilledShard): void => {
    const { publicValues, columns } = filled;
    folder.compare({ report: reportFilled(filled), publicValues, columns, isUnknown: memory.unknown !== known });
    known = memory.unknown;
  };
  const pipeline = ShardsInPlace.into(guest, options, { isWhole: true, end });
  return {
    add(chunk) {
      pipeline.begun();
      pipeline.add(chunk);
    },
    finish: isHalted => {
      if (isHalted) pipeline.finish(memory, checker.end!.clk);
    },
  };
}

function reportFilled({ shard, publicValues, unprovable }: FilledShard): ReportedShard {
  const report = { ...reportShard(shard), events: eventCounts(shard), publicValues };
  if (unprovable === undefined) return report;
  const { pc, address, reason } = unprovable;
  return { ...report, chips: [], unprovable: { pc: hexOf(pc), address: hexOf(address), reason } };
}

/** Of `--until shards` and `records`. */
function planned(
  guest: Sp1Guest,
  options: InPlaceOptions,
  { shards }: TraceIndex,
  checker: TraceChecker,
  folder: ShardFolder,
): Remade {
  const hasRecords = shards!.some(({ events }) => events !== undefined);
  const splicer = new Splicer(guest.program, options);
  const chunks: SplicedChunk[] = [];
  return {
    add: chunk => void chunks.push(splicer.splice(chunk)),
    finish: isHalted => {
      const pieces = { elf: guest.elf, program: guest.program, chunks, clk: checker.end!.clk };
      const made = isHalted ? shardsOf(pieces, options) : unfinishedShards(pieces, false);
      const run = runValues(chunks, options.memoryShards === 'separate');
      const values = hasRecords && isHalted ? publicValuesOf(made, run) : [];
      for (const [i, shard] of made.entries()) folder.compareReport(reportFound(shard, hasRecords, values[i]));
    },
  };
}

function reportFound(shard: Shard, hasRecords: boolean, publicValues: readonly number[] | undefined): ReportedShard {
  if (!hasRecords) return reportShard(shard);
  const values = publicValues === undefined ? {} : { publicValues };
  return { ...reportShard(shard), events: eventCounts(shard), ...values };
}
