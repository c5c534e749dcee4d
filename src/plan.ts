// The verb: cuts a run into what is proved one by one. Of OpenVM's guests: segments, as upstream's metered mode cuts them.

import { JitExecError } from '../runtime/errors.ts';
import { type ExecuteOptions, guestOf, prepare, resultOf, withTail } from './execute.ts';
import type { Guest } from './machine/guest.ts';
import { AIRS } from './machine/openvm/airs.ts';
import { costOf } from './machine/openvm/metering/instruction-rows.ts';
import { type OpenVmMeter, openVmMetering } from './machine/openvm/metering/meter.ts';
import { CHECK_EVERY, type OpenVmVersion, SEGMENT_RULES, type SegmentLimits } from './machine/openvm/metering/rules.ts';
import type { CutReason, Segment, SegmentUse } from './machine/openvm/metering/segmenter.ts';
import type { Tail } from './machine/tail.ts';
import type { RunData } from './result.ts';

export type { OpenVmVersion, SegmentLimits } from './machine/openvm/metering/rules.ts';

export interface PlanOptions extends ExecuteOptions {
  /** The release whose way of cutting is followed; 1.4.0 unless given. */
  readonly openvmVersion?: OpenVmVersion;
  /** Instead of the release's own limits. */
  readonly limits?: Partial<SegmentLimits>;
  /** Instructions from one check to the next; 1000 unless given. */
  readonly checkEvery?: number;
}

export interface PlannedSegment {
  /** Instructions before it. */
  readonly instretStart: number;
  readonly instructions: number;
  /** Rows by AIR as metered, of those that have any. */
  readonly heights: Readonly<Record<string, number>>;
  /** The limit that cut it, or the end of the run. */
  readonly reason: CutReason;
  /** Shares of the limits. */
  readonly utilisation: SegmentUse;
}

export interface PlanResult extends RunData {
  readonly segments: readonly PlannedSegment[];
  /** What the run costs by upstream's metered cost: cells of the rows of instructions. */
  readonly cost: number;
}

function checkOptions({ limits = {}, checkEvery = CHECK_EVERY }: PlanOptions): void {
  for (const [name, value] of Object.entries({ ...limits, checkEvery }))
    if (!Number.isSafeInteger(value) || value! < 1)
      throw new JitExecError('USAGE', `plan: expected a whole number above 0 for ${name}, got ${value}`);
}

function planned({ start, instructions, heights, reason, use }: Segment, limits: SegmentLimits): PlannedSegment {
  const rows = AIRS.flatMap(({ name }, id): [string, number][] => (heights[id] === 0 ? [] : [[name, heights[id]!]]));
  return {
    instretStart: start,
    instructions,
    heights: Object.fromEntries(rows),
    reason,
    utilisation: {
      rows: use.rows / limits.rows,
      cells: use.cells / limits.cells,
      interactions: use.interactions / limits.interactions,
    },
  };
}

/**
 * Runs a guest of OpenVM in metered mode. Where it faults or a limit of its own ends it, there is no last segment.
 * @throws JitExecError where it is of another machine
 */
export function plan(bytes: Uint8Array, options: PlanOptions = {}): PlanResult {
  const { tail, options: told } = withTail(options);
  return planGuest(guestOf(bytes, options), { ...options, ...told }, tail);
}

function planGuest(guest: Guest, options: PlanOptions, tail: Tail): PlanResult {
  checkOptions(options);
  if (guest.machine !== 'openvm')
    throw new JitExecError('ELF_UNSUPPORTED', `plan: ${guest.elf.name} is for machine ${guest.machine}, not openvm`);
  const rules = SEGMENT_RULES[options.openvmVersion ?? '1.4.0'];
  const limits = { ...rules.limits, ...options.limits };
  const checkEvery = options.checkEvery ?? CHECK_EVERY;
  let meter: OpenVmMeter | undefined;
  const metered = openVmMetering({ rules, limits, checkEvery }, made => {
    meter = made;
  });
  const execution = prepare(guest, options, metered);
  const start = performance.now();
  const exit = execution.run();
  const seconds = (performance.now() - start) / 1000;
  if (exit.kind === 'halted') meter!.finish(execution.instructions);
  const { segments } = meter!.segmenter;
  return {
    ...resultOf(execution, exit, seconds, tail),
    segments: segments.map(segment => planned(segment, limits)),
    cost: costOf(meter!.rows()),
  };
}
