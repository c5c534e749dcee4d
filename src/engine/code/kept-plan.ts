// What is kept of compiled code for one layout of memory and one instrumentation.

import type { RegionFunction } from '../../../runtime/abi.ts';
import { type KeptRegion, RegionModules } from './region-modules.ts';

/** A region on the JavaScript engine. */
export interface KeptText {
  readonly link: (abi: object) => RegionFunction;
  readonly stubs: number;
  readonly region: KeptRegion;
}

/** What processes before have compiled, linked before the first instruction. */
export interface JoinedCode {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly regions: readonly KeptRegion[];
  /** A bit for each slot that was ever decoded: joined code runs without its being decoded again. */
  readonly reached: Uint8Array;
}

/** Code for one layout of memory and one instrumentation, by the address where it is entered. */
export interface KeptPlan {
  readonly modules: RegionModules;
  readonly texts: Map<number, KeptText>;
  /** Where indirect jumps went. */
  readonly targets: Map<number, Set<number>>;
  /** Accesses outside the window by place. */
  readonly strays: Map<number, number>;
  /** Elements of the function table by slot, in large programs. */
  readonly indices: Map<number, number>;
  readonly joined?: JoinedCode | undefined;
}

export const newPlan = (modules: RegionModules = new RegionModules()): KeptPlan => ({
  modules,
  texts: new Map(),
  targets: new Map(),
  strays: new Map(),
  indices: new Map(),
});
