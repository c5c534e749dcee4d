// Whether compiled JavaScript is worth running just now: V8 takes half a second and more to optimise a traced region, and
// meanwhile its bytecode takes ten times as long as our interpreter. Decides by the speed of each slice; what a guest
// does is the same either way. Untraced regions are optimised ten times as fast: there waiting only put that off (1.07).

/** Instructions per millisecond below which compiled code is slow, before the interpreter's speed is known. */
const SLOW = 25_000;
/** Part of the interpreter's speed below which it is. */
const SLOW_SHARE = 0.05;
/** Slow slices in a row before the interpreter takes over: V8 optimises only what it has seen run. */
const PATIENCE = 16;
/** How many times as long the interpreter then runs, before compiled code is tried again. */
const WAIT = 4;
/** Instructions that tell a speed. */
const LEAST = 2 ** 13;
/** Instructions of a slice while compiled code is slow or new, else, and of the interpreter. */
const TRIAL = 2 ** 14;
const SLICE = 2 ** 19;
const WAITING_SLICE = 2 ** 18;

export class Pace {
  #isWaiting = false;
  /** Whether the last slice of compiled code was fast. */
  #isFast = false;
  #slow = 0;
  /** Milliseconds that the slow slices took. */
  #lost = 0;
  #until = 0;
  /** Of the interpreter, instructions per millisecond. */
  #speed: number | undefined;
  #since = 0;
  #before: number | undefined;
  readonly #now: () => number;

  /** `now` gives milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the interpreter should run what is compiled. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Most instructions until the next tick. */
  get slice(): number {
    if (this.#isWaiting) return WAITING_SLICE;
    return this.#isFast ? SLICE : TRIAL;
  }

  /** Between slices, from the first compilation on. */
  tick(instructions: number): void {
    const count = instructions - (this.#before ?? instructions);
    if (this.#before !== undefined && count < LEAST) return;
    const now = this.#now();
    if (count > 0) this.#judge(count, now);
    this.#before = instructions;
    this.#since = now;
  }

  #judge(count: number, now: number): void {
    const time = now - this.#since;
    const speed = count / time;
    if (this.#isWaiting) {
      this.#speed = speed;
      this.#isWaiting = now < this.#until;
    } else if (speed >= (this.#speed === undefined ? SLOW : SLOW_SHARE * this.#speed)) {
      this.#isFast = true;
      this.#slow = 0;
      this.#lost = 0;
    } else {
      this.#isFast = false;
      this.#lost += time;
      if (++this.#slow < PATIENCE) return;
      this.#isWaiting = true;
      this.#until = now + WAIT * this.#lost;
      this.#slow = 0;
      this.#lost = 0;
    }
  }
}
