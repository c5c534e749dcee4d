// What blocks of a recorded run are run with.

import type { RecordedMemory } from './recorded-memory.ts';
import type { SegmentHost } from './segment-host.ts';

/** D, U, E, S, R, T, A, H of emitPreflightBlock. */
export type BlockState = readonly [
  words: Int32Array,
  tails: Int32Array,
  ends: Int32Array,
  clock: Int32Array,
  registers: Int32Array,
  times: Int32Array,
  memory: RecordedMemory,
  host: SegmentHost,
];
