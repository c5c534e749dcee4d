// Where a thread's time goes.

/** Seconds by what was done. */
export type Spent<Phase extends string> = Readonly<Record<Phase, number>>;

const PHASES = <Phase extends string>(spent: Spent<Phase>): Phase[] => Object.keys(spent) as Phase[];

export const addPhases = <Phase extends string>(a: Spent<Phase>, b: Spent<Phase>): Spent<Phase> =>
  Object.fromEntries(PHASES(a).map(phase => [phase, a[phase] + b[phase]])) as Record<Phase, number>;

export class PhaseClock<Phase extends string> {
  readonly #none: Spent<Phase>;
  #phase: Phase;
  #since = performance.now();
  #spent: Record<Phase, number>;

  /** `none`: all phases with no time. */
  constructor(none: Spent<Phase>, phase: Phase) {
    this.#none = none;
    this.#phase = phase;
    this.#spent = { ...none };
  }

  /** From now on; gives what it was before. */
  enter(phase: Phase): Phase {
    const now = performance.now();
    const before = this.#phase;
    this.#spent[before] += (now - this.#since) / 1000;
    this.#since = now;
    this.#phase = phase;
    return before;
  }

  /** A method whose time is counted apart. */
  timed<A extends unknown[], R>(phase: Phase, method: ((...args: A) => R) | undefined): (...args: A) => R | undefined {
    return (...args) => {
      const before = this.enter(phase);
      const result = method?.(...args);
      this.enter(before);
      return result;
    };
  }

  /** Seconds since it was last asked. */
  take(): Spent<Phase> {
    this.enter(this.#phase);
    const spent = this.#spent;
    this.#spent = { ...this.#none };
    return spent;
  }
}
