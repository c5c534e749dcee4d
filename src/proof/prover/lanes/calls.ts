// Calls of a prover's kernels, as lists of numbers that any thread can take.

import { KERNEL_PARAMETERS, type KernelName } from '../../../../codegen/stark/kernel-module.ts';

/** In the order of their numbers. */
export const KERNELS: readonly KernelName[] = Object.keys(KERNEL_PARAMETERS) as KernelName[];
/** Of the calls of an AIR's functions: the number of the first, then two for each AIR. */
const FIRST_AIR = KERNELS.length;

export type AirFunction = 'quotient' | 'permutation';

/** The number of a function with its parameters. */
export type LaneCall = readonly [number, ...number[]];

export const kernelCall = (name: KernelName, ...parameters: readonly number[]): LaneCall => [
  KERNELS.indexOf(name),
  ...parameters,
];

export const airCall = (airId: number, name: AirFunction, ...parameters: readonly number[]): LaneCall => [
  FIRST_AIR + 2 * airId + (name === 'quotient' ? 0 : 1),
  ...parameters,
];
