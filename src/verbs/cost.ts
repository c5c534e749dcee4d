// The verb: runs a guest and says what its proof would cost: shards, rows, cells, gas. No column and no event is made.

import { JitExecError } from '../../runtime/errors.ts';
import { type MeteredRun, metering } from '../engine/metering.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../machine/sp1/records/cut/shape.ts';
import type { MemoryShards } from '../machine/sp1/records/shards.ts';
import { checkShardGuest } from '../machine/sp1/records/support.ts';
import { type Cost, costOf } from '../machine/sp1/report/cost.ts';
import { LiveSplicer } from '../machine/sp1/report/live-splicer.ts';
import { type SlotCosts, slotCosts } from '../machine/sp1/report/slot-costs.ts';
import { COST_OPTIONS, checkCall } from '../options.ts';
import { asResult, type RunData, type RunJson } from '../result.ts';
import { type ExecuteOptions, executionOf, guestOf, jsonOf, resultOf, withTail } from './execute.ts';
import { DEFAULT_CHUNK_ENTRIES } from './trace.ts';

export type { ChipCost, Cost, FunctionCost, ShardCost, SpanCost } from '../machine/sp1/report/cost.ts';

export interface CostOptions extends Omit<ExecuteOptions, 'report'> {
  /** Entries with which a chunk of the trace, and a shard with it, would end; 2^24 unless given. */
  readonly chunkEntries?: number | undefined;
  /** Cells and rows of a chip at which a shard ends; SP1's unless given. */
  readonly elementThreshold?: number | undefined;
  readonly heightThreshold?: number | undefined;
  /** Global memory events in shards of their own (`separate`), or packed as SP1's sequential path does. */
  readonly memoryShards?: MemoryShards | undefined;
}

export interface CostData extends RunData {
  readonly cost: Cost;
}

export interface CostResult extends CostData {
  /** The object of `execute`, and what the proof would cost. */
  toJSON(): RunJson & Cost;
}

/**
 * Runs a guest of the machine `sp1` and says what its proof would cost: the shards that `traceShards` would make, with
 * their rows, cut at the same instructions. Of a run that stops otherwise than by a halt, what the shards that it completed
 * cost.
 * @throws JitExecError for a guest without shards or thresholds that SP1 cannot trace with.
 */
export function cost(bytes: Uint8Array, options: CostOptions = {}): CostResult {
  checkCall('cost', bytes, options, COST_OPTIONS);
  const result = costChecked(bytes, options);
  return asResult(result, () => ({ ...jsonOf(result, bytes, options.inputs), ...result.cost }));
}

/** Runs without looking at the options: for callers who have. */
export function costChecked(bytes: Uint8Array, given: CostOptions): CostData {
  const { chunkEntries = DEFAULT_CHUNK_ENTRIES, elementThreshold, heightThreshold, memoryShards = 'separate' } = given;
  const { tail, options } = withTail(given);
  const guest = guestOf(bytes, options);
  if (guest.machine !== 'sp1') {
    throw new JitExecError(
      'ELF_UNSUPPORTED',
      `cost: expected machine sp1, got ${guest.machine}, whose proofs have no cost here`,
    );
  }
  const thresholds = {
    elements: elementThreshold ?? DEFAULT_ELEMENT_THRESHOLD,
    height: heightThreshold ?? DEFAULT_HEIGHT_THRESHOLD,
  };
  checkShardGuest(guest, thresholds);
  let costs: SlotCosts | undefined;
  let splicer!: LiveSplicer;
  const observe = metering({
    touches: true,
    weightOf(slot, text) {
      costs ??= slotCosts(text);
      return costs.cells[slot]!;
    },
    watch(run: MeteredRun) {
      splicer = new LiveSplicer(run, costs!, guest.program, thresholds, { trace: chunkEntries });
      return splicer;
    },
  });
  const executor = executionOf(guest, options, observe);
  const start = performance.now();
  const exit = executor.run();
  const seconds = (performance.now() - start) / 1000;
  const result = resultOf(executor, exit, seconds, tail);
  const pieces = splicer.finish(exit.kind === 'halted', result.clk!);
  const run = executor.observer as MeteredRun;
  return { ...result, cost: costOf(guest, run.text, splicer, pieces, result, { ...thresholds, memoryShards }) };
}
