// What may be said of a device before it is opened.

import type { DeviceLimits } from './device.ts';

/** Mapped buffers through which words travel. */
export interface RingSize {
  readonly slots: number;
  readonly slotBytes: number;
}

export interface OpenOptions {
  /** Name of the adapter or part of it, in any case. A software adapter is taken only by name. */
  readonly adapter?: string;
  /** Limits that the work needs. */
  readonly needs?: Partial<DeviceLimits>;
  /** Limits below the adapter's, to try what happens at them. */
  readonly lower?: Partial<DeviceLimits>;
  readonly memoryBytes?: number;
  /** Toggles of Dawn, to measure what they cost; a page has none. */
  readonly toggles?: { readonly enable?: readonly string[]; readonly disable?: readonly string[] };
  readonly ring?: RingSize;
}
