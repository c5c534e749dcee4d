// Which of the waiting jobs begins next, so that memory is not exceeded: the heaviest that there is room for. What jobs took
// that are done raises what others are expected to take.

import { JitExecError } from '../../../runtime/errors.ts';

export interface Admitted<J> {
  readonly job: J;
  /** What it may take. */
  readonly limitBytes: number;
  /** It will not be given more. */
  readonly isMost: boolean;
}

interface Waiting<J> {
  readonly job: J;
  readonly predicted: number;
  /** What it is known to need. */
  readonly least: number;
}

export class Admission<J> {
  readonly #budget: number;
  readonly #places: number;
  readonly #waiting: Waiting<J>[] = [];
  readonly #running = new Map<J, { readonly waiting: Waiting<J>; readonly granted: number }>();
  /** Most that a job took in terms of what was predicted; never below 1. */
  #ratio = 1;

  constructor(budgetBytes: number, places: number) {
    this.#budget = budgetBytes;
    this.#places = places;
  }

  get ratio(): number {
    return this.#ratio;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  get #free(): number {
    let free = this.#budget;
    for (const { granted } of this.#running.values()) free -= granted;
    return free;
  }

  add(job: J, predicted: number, least = 0): void {
    this.#waiting.push({ job, predicted, least });
  }

  #wants({ predicted, least }: Waiting<J>): number {
    return Math.min(this.#budget, Math.max(least, Math.ceil(predicted * this.#ratio)));
  }

  /** The next, where there is a place and room; one that has all places for itself may take the whole budget. */
  next(): Admitted<J> | undefined {
    if (this.#running.size >= this.#places) return undefined;
    const free = this.#free;
    let best = -1;
    for (const [i, waiting] of this.#waiting.entries()) {
      const isFitting = this.#wants(waiting) <= free;
      if (isFitting && (best < 0 || this.#wants(waiting) > this.#wants(this.#waiting[best]!))) best = i;
    }
    if (best < 0) return undefined;
    const [waiting] = this.#waiting.splice(best, 1) as [Waiting<J>];
    const granted = this.#wants(waiting);
    this.#running.set(waiting.job, { waiting, granted });
    return { job: waiting.job, limitBytes: granted, isMost: granted >= this.#budget };
  }

  /** It is done, and took so much. */
  done(job: J, peakBytes: number): void {
    const { predicted } = this.#end(job);
    if (predicted > 0) this.#ratio = Math.max(this.#ratio, peakBytes / predicted);
  }

  /** It needs more than it was given, and waits again. @throws PLAN_INFEASIBLE where there is no more. */
  exceeded(job: J, needBytes: number): void {
    const { granted } = this.#running.get(job)!;
    if (granted >= this.#budget)
      throw new JitExecError(
        'PLAN_INFEASIBLE',
        `work: a shard needs more than ${needBytes} bytes and cannot be cut, there are ${this.#budget} for shards (--ram)`,
      );
    const { predicted } = this.#end(job);
    // The place where it ended is not all that it needs.
    this.add(job, predicted, Math.max(needBytes, Math.ceil(1.5 * granted)));
  }

  /** It ended otherwise. */
  drop(job: J): void {
    this.#end(job);
  }

  #end(job: J): Waiting<J> {
    const { waiting } = this.#running.get(job)!;
    this.#running.delete(job);
    return waiting;
  }
}
