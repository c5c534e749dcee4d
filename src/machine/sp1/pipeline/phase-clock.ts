// Where a thread's time goes.

import type { Phases } from './protocol.ts';

export type Phase = keyof Phases;

export const NO_TIME: Phases = { splice: 0, record: 0, events: 0, fill: 0, sink: 0, idle: 0 };

export const addPhases = (a: Phases, b: Phases): Phases => ({
  splice: a.splice + b.splice,
  record: a.record + b.record,
  events: a.events + b.events,
  fill: a.fill + b.fill,
  sink: a.sink + b.sink,
  idle: a.idle + b.idle,
});

export class PhaseClock {
  #phase: Phase = 'idle';
  #since = performance.now();
  #spent: Record<Phase, number> = { ...NO_TIME };

  /** From now on; gives what it was before. */
  enter(phase: Phase): Phase {
    const now = performance.now();
    const before = this.#phase;
    this.#spent[before] += (now - this.#since) / 1000;
    this.#since = now;
    this.#phase = phase;
    return before;
  }

  /** Seconds since it was last asked. */
  take(): Phases {
    this.enter(this.#phase);
    const spent = this.#spent;
    this.#spent = { ...NO_TIME };
    return spent;
  }
}
