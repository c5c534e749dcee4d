// How much memory a run on threads takes at most, and how many shards may be in flight for a budget.

import { JitExecError } from '../../../../../runtime/errors.ts';
import { ringSlotBytes } from '../../../../../runtime/memory/arena.ts';
import { MEBIBYTE, mebibytes } from '../../../../tracegen/threads/mebibytes.ts';
import { type ShardThresholds, tableArea } from '../../records/cut/shape.ts';

/** The host with its main thread and the guest's, before the guest has touched anything. */
const HOST_BYTES = 160 * MEBIBYTE;
/** A worker: its heap, compiled fillers, the walk's memory, its table of lookups. */
const WORKER_BYTES = 64 * MEBIBYTE;
/** Taken for the guest's pages with their stamps where no --max-memory says how many. */
const GUEST_BYTES = 256 * MEBIBYTE;
/** More slots do not help consumers that are slower; SP1's number. */
const MOST_SLOTS = 5;
const CELL_BYTES = 4;
/** Cells that an instruction can add at most: a row of the widest, two global messages for a new doubleword. */
const CELLS_PER_INSTRUCTION = 1024;
/** Part of what is left that may hold what is kept for the end of the run. */
const KEPT_SHARE = 1 / 16;

/**
 * Bytes of events for a cell, of the chip that has most. A number, because who only reckons would wait for the descriptions of
 * all chips: 0.9 s of processor time; a test compares it with them.
 */
export const EVENT_BYTES = 2.8;

export interface RamWish extends ShardThresholds {
  readonly budgetBytes: number;
  readonly workers: number;
  readonly chunkEntries: number;
  readonly instructions: number;
  readonly maxMemory: number | undefined;
  readonly maxCycles: number | undefined;
  /** Whether shards are made. */
  readonly makes: boolean;
  /** Bytes for each cell of a shard besides its columns and events. */
  readonly otherCellBytes?: number;
}

export interface RamPlan {
  readonly budgetBytes: number;
  /** With so many shards in flight and slots of the ring. */
  readonly needBytes: number;
  /** Of a shard in flight. */
  readonly shardBytes: number;
  readonly shards: number;
  readonly slots: number;
  readonly keptBytes: number;
}

/** Cells that a shard of the run can have. */
function mostCells({ elements, instructions, maxCycles = Number.POSITIVE_INFINITY }: RamWish): number {
  return Math.min(elements, 2 * tableArea(instructions) + maxCycles * CELLS_PER_INSTRUCTION);
}

/** @throws ENVIRONMENT where not one shard fits. */
export function ramPlan(wish: RamWish): RamPlan {
  const { budgetBytes, workers, chunkEntries, maxMemory = GUEST_BYTES / 2, makes, otherCellBytes = 0 } = wish;
  const slot = ringSlotBytes(chunkEntries);
  const shard = makes ? Math.ceil(mostCells(wish) * (CELL_BYTES + EVENT_BYTES + otherCellBytes)) : 0;
  const fixed = HOST_BYTES + workers * WORKER_BYTES + Math.min(2 * maxMemory, GUEST_BYTES);
  const kept = Math.floor(budgetBytes * KEPT_SHARE);
  let [shards, slots] = [makes ? 1 : 0, 1];
  const need = (): number => fixed + kept + slots * slot + shards * shard;
  if (need() > budgetBytes) throw tooLittle(need(), wish, shard);
  const fits = (bytes: number): boolean => need() + bytes <= budgetBytes;
  // The guest runs on while a chunk is cut; then shards; then more of a start for the guest.
  if (fits(slot)) slots++;
  while (makes && shards < workers && fits(shard)) shards++;
  while (slots < MOST_SLOTS && fits(slot)) slots++;
  return { budgetBytes, needBytes: need(), shardBytes: shard, shards, slots, keptBytes: kept };
}

/** A shard of any program is not made in less. */
const LEAST_ROOM = 64 * MEBIBYTE;

export interface JobRoom {
  readonly workers: number;
  /** Of memory that all shards in flight take. */
  readonly roomBytes: number;
}

/** What threads that do jobs may take, and how many of them. `guest`: of the run that gives them, if it is in this process. */
export function jobRoom(
  budgetBytes: number,
  wanted: number,
  guest: Pick<RamWish, 'chunkEntries' | 'maxMemory'> | undefined,
): JobRoom {
  const { chunkEntries = 0, maxMemory = GUEST_BYTES / 2 } = guest ?? {};
  const ofGuest = guest === undefined ? 0 : ringSlotBytes(chunkEntries) + Math.min(2 * maxMemory, GUEST_BYTES);
  const roomFor = (workers: number): number => budgetBytes - HOST_BYTES - ofGuest - workers * WORKER_BYTES;
  let workers = wanted;
  while (workers > 1 && roomFor(workers) < workers * LEAST_ROOM) workers--;
  const roomBytes = roomFor(workers);
  if (roomBytes >= LEAST_ROOM) return { workers, roomBytes };
  throw new JitExecError(
    'PLAN_INFEASIBLE',
    `work: at least ${mebibytes(budgetBytes - roomBytes + LEAST_ROOM)} of memory are needed, the budget is ${mebibytes(budgetBytes)} (--ram, by default 75 % of what is free)`,
  );
}

function tooLittle(need: number, { budgetBytes, elements, chunkEntries }: RamWish, shard: number): JitExecError {
  const over = need - budgetBytes;
  const advice =
    over < shard / 2
      ? `--element-threshold ${Math.floor(elements * (1 - over / shard) * 0.95)} fits, if the program can be traced with it`
      : `smaller --element-threshold (now ${elements}) or --chunk-entries (now ${chunkEntries}) need less`;
  return new JitExecError(
    'ENVIRONMENT',
    `shards: one at a time needs ${mebibytes(need)} of memory, the budget is ${mebibytes(budgetBytes)} (--ram, by default 75 % of what is free); ${advice}`,
  );
}
