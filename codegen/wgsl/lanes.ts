// How a kernel's text treats the lanes of an array: written out for a GPU, which then has them in registers, or as a loop,
// which a driver that computes on the processor compiles several times sooner.

import type { DeviceInfo } from '../../runtime/gpu/device.ts';

export type LaneForm = 'written' | 'loop';

/** For a device: what is written out a driver that computes on the processor would compile for a minute. */
export const laneFormOf = ({ software }: DeviceInfo): LaneForm => (software ? 'loop' : 'written');

/** A statement for each of `count` lanes, given its index. */
export function eachLane(lanes: LaneForm, count: number, statement: (lane: string) => string): string {
  if (lanes === 'loop') return `for (var lane = 0u; lane < ${count}u; lane++) { ${statement('lane')} }`;
  return Array.from({ length: count }, (_, i) => statement(`${i}u`)).join(' ');
}
