// `jit-exec trace --until shards`: what the chunks were cut into, as the command reports it.

import { type Guest, loadGuest } from '../../machine/guest.ts';
import { eventCounts } from '../../machine/sp1/records/event-counts.ts';
import { publicValuesOf, runValues } from '../../machine/sp1/records/public-values.ts';
import type { ShardThresholds } from '../../machine/sp1/records/shape.ts';
import { type MemoryShards, shardsOf, unfinishedShards } from '../../machine/sp1/records/shards.ts';
import type { SplicedChunk } from '../../machine/sp1/records/splicer.ts';
import { checkShardGuest } from '../../machine/sp1/records/support.ts';
import type { Arguments } from '../command.ts';
import type { TraceRequest } from '../threads/trace-worker.ts';
import type { WriterRequest } from '../threads/trace-writer.ts';
import { type ReportedShard, reportShard } from './report-shard.ts';
import { plannedCuts } from './trace-plan.ts';

type ShardRequest = NonNullable<WriterRequest['shards']>;

/** What a run's shards are made by, and of. */
export class ShardPlan {
  readonly request: ShardRequest;
  readonly #guest: Guest;
  readonly #memoryShards: MemoryShards;
  readonly #hasRecords: boolean;
  readonly #chunks: (SplicedChunk | string)[] = [];

  constructor(guest: Guest, request: ShardRequest, memoryShards: MemoryShards, hasRecords: boolean) {
    this.#guest = guest;
    this.request = request;
    this.#memoryShards = memoryShards;
    this.#hasRecords = hasRecords;
  }

  add(index: number, spliced: SplicedChunk | string | undefined): void {
    if (spliced !== undefined) this.#chunks[index] = spliced;
  }

  /** Core shards so far. */
  get found(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (typeof chunk === 'string' ? 0 : chunk.splices.length), 0);
  }

  /** All shards of a run that halted; of another, the core shards that it completed. */
  report(clk: number, isHalted: boolean): ReportedShard[] {
    const chunks = this.#chunks.filter(chunk => typeof chunk !== 'string');
    const failed = this.#chunks.findIndex(chunk => typeof chunk === 'string');
    if (failed >= 0 && (isHalted || failed < this.#chunks.length - 1)) throw new Error(String(this.#chunks[failed]));
    const { elf, program } = this.#guest;
    const options = { ...this.request.thresholds, memoryShards: this.#memoryShards };
    const pieces = { elf, program, chunks, clk };
    const shards = isHalted ? shardsOf(pieces, options) : unfinishedShards(pieces, failed >= 0);
    if (!this.#hasRecords) return shards.map(reportShard);
    // The values of a shard name what the run came to: of one that did not halt there are none.
    const run = runValues(chunks, this.#memoryShards === 'separate');
    const values = isHalted ? publicValuesOf(shards, run) : [];
    return shards.map((shard, i) => ({
      ...reportShard(shard),
      events: eventCounts(shard),
      ...(values[i] === undefined ? {} : { publicValues: values[i] }),
    }));
  }
}

/** @throws ELF_UNSUPPORTED for a program without shards, USAGE for thresholds that SP1 cannot trace with. */
export function planShards(request: TraceRequest, args: Arguments): ShardPlan {
  const { bytes, name, options } = request;
  const guest = loadGuest(bytes, name, options.machine ?? 'auto');
  const thresholds: ShardThresholds = {
    elements: args['element-threshold'] as number,
    height: args['height-threshold'] as number,
    cuts: plannedCuts(args, request),
  };
  checkShardGuest(guest, thresholds);
  return new ShardPlan(
    guest,
    { bytes, name, thresholds },
    args['memory-shards'] as MemoryShards,
    args.until === 'records',
  );
}
