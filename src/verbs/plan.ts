// The verb: cuts a run into what is proved one by one. Of OpenVM's guests: segments, as upstream's metered mode cuts them.

import type { Program } from '../../codegen/program/program.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import { JitExecError } from '../../runtime/errors.ts';
import { AIRS } from '../machine/openvm/airs.ts';
import { costOf } from '../machine/openvm/metering/instruction-rows.ts';
import { type OpenVmMeter, openVmMetering } from '../machine/openvm/metering/meter.ts';
import {
  CHECK_EVERY,
  type OpenVmVersion,
  SEGMENT_RULES,
  type SegmentLimits,
} from '../machine/openvm/metering/rules.ts';
import type { CutReason, MeteredSegment, SegmentUse } from '../machine/openvm/metering/segmenter.ts';
import { checkCall, PLAN_OPTIONS } from '../options.ts';
import type { RunData } from '../result.ts';
import { type ExecuteOptions, executionOf, guestOf, resultOf, withTail } from './execute.ts';

export type { OpenVmVersion, SegmentLimits } from '../machine/openvm/metering/rules.ts';

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

function planned({ start, instructions, heights, reason, use }: MeteredSegment, limits: SegmentLimits): PlannedSegment {
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
  return planMetered(bytes, options).result;
}

/** A metered run, with how often each slot's instruction was done. */
export interface MeteredPlan {
  readonly result: PlanResult;
  readonly program: Program;
  readonly text: GuestText;
  readonly counts: ArrayLike<number>;
}

/** The same for who wants to know more than the plan. */
export function planMetered(bytes: Uint8Array, given: PlanOptions): MeteredPlan {
  checkCall('plan', bytes, given, PLAN_OPTIONS);
  const { tail, options: told } = withTail(given);
  const guest = guestOf(bytes, given);
  const options = { ...given, ...told };
  if (guest.machine !== 'openvm')
    throw new JitExecError(
      'ELF_UNSUPPORTED',
      `plan: ${guest.elf.name} is for machine ${guest.machine}; runs of sp1 and openvm are planned`,
    );
  const rules = SEGMENT_RULES[options.openvmVersion ?? '1.4.0'];
  const limits = { ...rules.limits, ...options.limits };
  const checkEvery = options.checkEvery ?? CHECK_EVERY;
  let meter: OpenVmMeter | undefined;
  const metered = openVmMetering({ rules, limits, checkEvery }, made => {
    meter = made;
  });
  const execution = executionOf(guest, options, metered);
  const start = performance.now();
  const exit = execution.run();
  const seconds = (performance.now() - start) / 1000;
  if (exit.kind === 'halted') meter!.finish(execution.instructions);
  const { segments } = meter!.segmenter;
  const result = {
    ...resultOf(execution, exit, seconds, tail),
    segments: segments.map(segment => planned(segment, limits)),
    cost: costOf(meter!.rows()),
  };
  return { result, program: guest.program, text: meter!.text, counts: meter!.counts() };
}
