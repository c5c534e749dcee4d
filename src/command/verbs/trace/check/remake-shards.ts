// Cuts the shards of a trace folder again from its chunks, and has what the index says of them compared.

import { JitExecError } from '../../../../../runtime/errors.ts';
import type { TraceChunk } from '../../../../../runtime/trace/chunk.ts';
import type { Sp1Guest } from '../../../../machine/sp1/machine.ts';
import { eventCounts } from '../../../../machine/sp1/records/cut/event-counts.ts';
import type { SplicedChunk } from '../../../../machine/sp1/records/cut/splice.ts';
import { Splicer } from '../../../../machine/sp1/records/cut/splicer.ts';
import { publicValuesOf, runValues } from '../../../../machine/sp1/records/public-values.ts';
import { type Shard, shardsOf, unfinishedShards } from '../../../../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../../../../machine/sp1/records/support.ts';
import type { ShardsChecked } from '../../../../verbs/check-shards.ts';
import { type ReportedShard, reportShard } from '../report-shard.ts';
import { cutOptionsOf } from '../shard-cuts.ts';
import type { TraceIndex } from '../trace-directory.ts';
import { ShardFolder } from './shard-check.ts';

/** Of `--until shards` and `records`: takes the chunks of the run in order, each after it was replayed. */
export class ShardRecutter {
  readonly #folder: ShardFolder;
  readonly #guest: Sp1Guest;
  readonly #index: TraceIndex;
  readonly #options: ReturnType<typeof cutOptionsOf>;
  readonly #splicer: Splicer;
  readonly #chunks: SplicedChunk[] = [];

  /** @throws JitExecError for a folder whose shards cannot be cut again. */
  constructor(directory: string, index: TraceIndex, guest: Sp1Guest) {
    this.#guest = guest;
    this.#index = index;
    this.#options = cutOptionsOf(index.cuts);
    checkShardGuest(guest, this.#options);
    this.#folder = new ShardFolder(directory, index, guest);
    this.#splicer = new Splicer(guest.program, this.#options);
  }

  get #isHalted(): boolean {
    return this.#index.exit.kind === 'halted';
  }

  add(chunk: TraceChunk): void {
    try {
      this.#chunks.push(this.#splicer.splice(chunk));
    } catch (error) {
      // The last chunk of a run that stopped may end in the middle of what no entries tell.
      if (this.#isHalted || !(error instanceof JitExecError) || error.code !== 'TRACE_INVALID') throw error;
    }
  }

  /** `clk`: where the run ended. */
  finish(clk: number): ShardsChecked {
    const chunks = this.#chunks;
    const hasRecords = this.#folder.shards.some(({ events }) => events !== undefined);
    const pieces = { elf: this.#guest.elf, program: this.#guest.program, chunks, clk };
    const made = this.#isHalted ? shardsOf(pieces, this.#options) : unfinishedShards(pieces, false);
    const run = runValues(chunks, this.#options.memoryShards === 'separate');
    const values = hasRecords && this.#isHalted ? publicValuesOf(made, run) : [];
    for (const [i, shard] of made.entries()) this.#folder.compareReport(reportFound(shard, hasRecords, values[i]));
    return this.#folder.finish();
  }
}

/** Checks the shard files of a folder without chunks. @throws ENVIRONMENT where there are no files either. */
export function checkShardFiles(directory: string, index: TraceIndex, guest: Sp1Guest): ShardsChecked {
  const folder = new ShardFolder(directory, index, guest);
  if (folder.hasFiles) return folder.checkFiles();
  const text = `trace: digests are compared with what the chunks give, and there are no chunks in ${directory}`;
  throw new JitExecError('ENVIRONMENT', text);
}

function reportFound(shard: Shard, hasRecords: boolean, publicValues: readonly number[] | undefined): ReportedShard {
  if (!hasRecords) return reportShard(shard);
  const values = publicValues === undefined ? {} : { publicValues };
  return { ...reportShard(shard), events: eventCounts(shard), ...values };
}
