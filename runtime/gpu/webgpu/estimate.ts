// How long kernels will take, from how long they took. While a promise of Dawn is pending its binding polls and burns a
// core; so one waits first and asks late.

import type { Step } from '../device.ts';

/** Below this a timer gains nothing. */
const WORTH_MILLISECONDS = 2;
/** Of the expected time: asked too late, the result would lie. */
const PATIENCE = 0.9;
/** The weight of what was seen last. */
const LATEST = 0.5;

export class Estimate {
  /** Milliseconds per thread, by kernel. */
  readonly #pace = new Map<string, number>();

  /** Milliseconds to sleep before asking. */
  wait(steps: readonly Step[]): number {
    const expected = PATIENCE * this.#expected(steps);
    return expected >= WORTH_MILLISECONDS ? expected : 0;
  }

  /** Takes note of how long steps took. */
  learn(steps: readonly Step[], milliseconds: number): void {
    const expected = Math.max(this.#expected(steps), Number.MIN_VALUE);
    const threads = total(steps);
    for (const step of steps) {
      if (step.kind !== 'dispatch' || step.threads === 0) continue;
      const before = this.#pace.get(step.kernel.name);
      const now = before === undefined ? milliseconds / threads : (before * milliseconds) / expected;
      this.#pace.set(step.kernel.name, before === undefined ? now : before + LATEST * (now - before));
    }
  }

  #expected(steps: readonly Step[]): number {
    let sum = 0;
    for (const step of steps) {
      if (step.kind === 'dispatch') sum += (this.#pace.get(step.kernel.name) ?? 0) * step.threads;
    }
    return sum;
  }
}

function total(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.kind === 'dispatch' ? step.threads : 0), 0);
}
