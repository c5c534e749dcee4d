// What a prover's thread, which cannot wait for promises, tells the one that has a device.

import type { AirKey } from '../../stark/key.ts';
import type { DeviceJob } from './jobs.ts';

/** The state of a list, on which its thread sleeps. */
export const LIST = { asked: 0, done: 1, left: 2 } as const;

export type ProverRequest =
  /** An AIR, before any call of its functions. */
  | { readonly kind: 'know'; readonly airId: number; readonly key: AirKey }
  /** What a list of calls on the prover's memory amounts to; `reply` is a word of shared memory, which is notified. */
  | {
      readonly kind: 'run';
      readonly memory: SharedArrayBuffer;
      readonly jobs: readonly DeviceJob[];
      readonly reply: Int32Array;
    };
