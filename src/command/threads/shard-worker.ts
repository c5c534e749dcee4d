// The thread of a guest whose shards are made: runs, fills columns, hashes and writes them, a shard at a time.

import { createHash } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { type ShardFileHeader, shardFileStart } from '../../../runtime/columns/shard-file.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { relayout } from '../../../runtime/trace/chunk.ts';
import type { ChunkLayout } from '../../../runtime/trace/chunk-layout.ts';
import { absentChips } from '../../machine/sp1/records/clusters.ts';
import { eventCounts } from '../../machine/sp1/records/event-counts.ts';
import type { TracedShard } from '../../machine/sp1/records/shard-tracer.ts';
import { type TraceShardsData, type TraceShardsOptions, traceShardsChecked } from '../../trace-shards.ts';
import { reportShard } from '../verbs/report-shard.ts';
import { chunkFile, type IndexedChunk, isWriteError, shardFile, writeWhole } from '../verbs/trace-directory.ts';
import { digestOf, orderFreeDigestOf } from './column-digests.ts';
import { outcomeOf, type RunRequest } from './guest-outcome.ts';
import { registerWrittenInterpreters } from './host-interpreters.ts';

type Cuts = Pick<TraceShardsOptions, 'elementThreshold' | 'heightThreshold' | 'memoryShards' | 'onlyShard' | 'cuts'>;

export interface ShardRequest extends RunRequest {
  readonly chunkEntries: number;
  readonly layout: ChunkLayout;
  readonly directory: string;
  readonly cuts: Cuts;
  /** No shard files. */
  readonly digestsOnly: boolean;
}

export type ShardMessage =
  | { readonly kind: 'chunk'; readonly chunk: IndexedChunk }
  | { readonly kind: 'preprocessed' | 'shard'; readonly value: unknown }
  | { readonly kind: 'unwritable'; readonly message: string };

const post = (message: ShardMessage): void => parentPort!.postMessage(message);
const ORDER_FREE: ReadonlySet<string> = new Set(['MemoryLocal', 'Global']);
const CARRIES = [0x00010130, 0x00010131];

/** Whether SP1 leaves the order of the chip's rows open. */
function isUnordered(name: string, { splice }: TracedShard): boolean {
  return ORDER_FREE.has(name) || (name === 'Uint256Ops' && CARRIES.every(code => splice?.retained.has(code) === true));
}

/** Writes a shard's columns as they are made; does nothing where no files are wanted. */
class ShardFile {
  readonly name: string;
  readonly #path: string;
  readonly #fd: number;
  bytes = 0;

  constructor(directory: string, shard: TracedShard) {
    this.name = shardFile(shard.index);
    this.#path = join(directory, this.name);
    this.#fd = openSync(`${this.#path}.partial`, 'w');
    let offset = 0;
    const chips = shard.chips.map(({ name, rows, realRows }) => {
      const chip = sp1Chip(name);
      const columns = chip.columns.slice(chip.fixed).map(column => column.name);
      const placed = { name, rows, realRows, columns, stride: rows, offset };
      offset += 4 * rows * columns.length;
      return placed;
    });
    const header: ShardFileHeader = {
      machine: 'sp1',
      shard: shard.index,
      field: koalaBear.name,
      form: 'canonical',
      chips,
    };
    this.#write(shardFileStart(header));
  }

  #write(data: Uint8Array): void {
    for (let at = 0; at < data.length; ) at += writeSync(this.#fd, data, at);
    this.bytes += data.length;
  }

  add({ width, stride, rows, data }: Columns): void {
    for (let column = 0; column < width; column++) {
      const { buffer, byteOffset } = data;
      this.#write(new Uint8Array(buffer, byteOffset + 4 * column * stride, 4 * rows).slice());
    }
  }

  finish(): void {
    closeSync(this.#fd);
    renameSync(`${this.#path}.partial`, this.#path);
  }

  giveUp(): void {
    closeSync(this.#fd);
    rmSync(`${this.#path}.partial`, { force: true });
  }
}

function traceShard(shard: TracedShard, { directory, digestsOnly }: ShardRequest): void {
  const file = digestsOnly || shard.splice?.unprovable !== undefined ? undefined : new ShardFile(directory, shard);
  const chips: unknown[] = [];
  try {
    for (const columns of shard.columns) {
      const { name, rows, realRows, width } = columns;
      const orderFree = isUnordered(name, shard) ? { orderFreeSha256: orderFreeDigestOf(columns) } : {};
      chips.push({ name, rows, realRows, columns: width, sha256: digestOf(columns), ...orderFree, device: 'cpu' });
      file?.add(columns);
    }
    file?.finish();
  } catch (error) {
    file?.giveUp();
    throw error;
  }
  post({
    kind: 'shard',
    value: {
      ...reportShard(shard),
      events: eventCounts(shard),
      publicValues: shard.publicValues,
      chips,
      absent: chips.length === 0 ? [] : absentChips(shard.chips.map(({ name }) => name)),
      ...(file === undefined ? {} : { file: file.name, bytes: file.bytes }),
    },
  });
}

async function run(request: ShardRequest): Promise<void> {
  await registerWrittenInterpreters();
  const { bytes, chunkEntries, layout, directory, cuts } = request;
  const outcome = outcomeOf<TraceShardsData>(request, options =>
    traceShardsChecked(bytes, {
      ...options,
      ...cuts,
      chunkEntries,
      onChunk: ({ raw, index, numMemReads, pcStart, clkStart, clkEnd, globalClkEnd }) => {
        const data = layout === '6.4' ? raw : relayout(raw.slice(), numMemReads, layout);
        const sha256 = createHash('sha256').update(data).digest('hex');
        const file = chunkFile(index);
        writeWhole(directory, file, data);
        const place = { pcStart: `0x${pcStart.toString(16)}`, clkStart, clkEnd, globalClkEnd };
        post({ kind: 'chunk', chunk: { index, file, bytes: data.length, memReads: numMemReads, ...place, sha256 } });
      },
      onPreprocessed: columns => {
        const value: unknown[] = [];
        for (const one of columns) {
          value.push({ name: one.name, rows: one.rows, columns: one.width, sha256: digestOf(one) });
        }
        post({ kind: 'preprocessed', value });
      },
      onShard: shard => {
        try {
          traceShard(shard, request);
        } catch (error) {
          if (isWriteError(error)) post({ kind: 'unwritable', message: error.message });
          throw error;
        }
      },
    }),
  );
  parentPort!.postMessage(outcome);
}

parentPort!.once('message', run);
