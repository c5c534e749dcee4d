// Segments of a plan, and what they were cut by, as the data has them.

import { AIRS } from '../../../src/machine/openvm/airs.ts';
import type { PlannedSegment, PlanOptions } from '../../../src/verbs/plan.ts';
import type { MeteredSegment } from './programs.ts';

/** Of `rows=40,check=7`; `ctxrows` is upstream's way to set the limit of rows that checks more often as well. */
export function cutsOf(key: string): PlanOptions {
  const given = Object.fromEntries(key.split(',').map(part => part.split('='))) as Record<string, string>;
  const { check, ctxrows, default: _default, ...limits } = given;
  if (ctxrows !== undefined)
    return { limits: { rows: Number(ctxrows) }, checkEvery: Math.min(1000, Number(ctxrows) >> 1) };
  return {
    limits: Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, Number(value)])),
    ...(check !== undefined && { checkEvery: Number(check) }),
  };
}

export const asMetered = ({ instretStart, instructions, heights }: PlannedSegment): MeteredSegment => ({
  heights: AIRS.map(({ name }) => heights[name] ?? 0),
  instret_start: instretStart,
  num_insns: instructions,
});
