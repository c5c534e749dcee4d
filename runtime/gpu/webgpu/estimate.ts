// How long kernels will take, from how long they took. While a promise of Dawn is pending its binding polls and burns a
// core; so one waits first and asks late.

import type { Step } from '../device.ts';

/** Below this a timer gains nothing. */
const WORTH_MILLISECONDS = 2;
/** Longer than a device works on what is submitted at once, unless it computes on the processor: an estimate can be wrong. */
const MOST_MILLISECONDS = 500;
/** Of the expected time: asked too late, the result would lie. */
const PATIENCE = 0.9;
/** The weight of what was seen last. */
const LATEST = 0.5;

export class Estimate {
  /** Milliseconds per thread, by kernel; undefined after its first run, in which drivers compile it. */
  readonly #pace = new Map<string, number | undefined>();

  /** Milliseconds to sleep before asking. */
  wait(steps: readonly Step[]): number {
    const expected = Math.min(PATIENCE * this.#expected(steps), MOST_MILLISECONDS);
    return expected >= WORTH_MILLISECONDS ? expected : 0;
  }

  /** Takes note of how long steps took. */
  learn(steps: readonly Step[], milliseconds: number): void {
    const threads = threadsByKernel(steps);
    const names = [...threads.keys()];
    const fresh = names.filter(name => !this.#pace.has(name));
    for (const name of fresh) this.#pace.set(name, undefined);
    if (fresh.length > 0) return;
    const unknown = names.filter(name => !this.#pace.get(name));
    const expected = this.#expected(steps);
    if (unknown.length > 0) {
      const theirs = unknown.reduce((sum, name) => sum + threads.get(name)!, 0);
      for (const name of unknown) this.#pace.set(name, Math.max(milliseconds - expected, 0) / theirs);
    } else if (expected > 0) {
      const factor = 1 + LATEST * (milliseconds / expected - 1);
      for (const name of names) this.#pace.set(name, this.#pace.get(name)! * factor);
    }
  }

  #expected(steps: readonly Step[]): number {
    let sum = 0;
    for (const [name, threads] of threadsByKernel(steps)) sum += (this.#pace.get(name) ?? 0) * threads;
    return sum;
  }
}

function threadsByKernel(steps: readonly Step[]): Map<string, number> {
  const threads = new Map<string, number>();
  for (const step of steps) {
    if (step.kind !== 'dispatch' || step.threads === 0) continue;
    threads.set(step.kernel.name, (threads.get(step.kernel.name) ?? 0) + step.threads);
  }
  return threads;
}
