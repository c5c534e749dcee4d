// Places of a run that it can be set back to. So many instructions lie between two of them that they are few, however long the
// run: where there are too many, or they take too much memory, every other one goes and the distance doubles.

import { PAGE_BYTES } from '../../runtime/layout.ts';
import { type DebuggedRun, type Pages, type SavedRun, saveRun } from './saved-run.ts';

export interface Checkpoint extends SavedRun {
  /** Instructions that had been done, and the changes by the debugger. */
  readonly at: number;
  readonly edits: number;
  readonly pc: number;
}

export interface CheckpointLimits {
  /** Instructions from one to the next, at first: under a debugger a tenth of a second. */
  readonly distance: number;
  readonly most: number;
  readonly mostBytes: number;
}

const LIMITS: CheckpointLimits = { distance: 2 ** 20, most: 64, mostBytes: 512 * 2 ** 20 };
const NO_PAGES: Pages = new Map();

export class Checkpoints {
  readonly #limits: CheckpointLimits;
  /** Ascending. */
  #all: Checkpoint[] = [];
  /** One more, shortly before where somebody went back to: who goes back by steps is soon there. */
  #near: Checkpoint | undefined;
  #distance: number;
  /** Where a run could not be saved. */
  #refused = 0;

  constructor(limits: Partial<CheckpointLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.#distance = this.#limits.distance;
  }

  /** Where a run that has done so many instructions is to be saved next. */
  nextAfter(instructions: number): number {
    const last = this.#all.findLast(({ at }) => at <= instructions)?.at ?? 0;
    const refused = this.#refused <= instructions ? this.#refused : 0;
    return Math.max(instructions + 1, Math.max(last, refused) + this.#distance);
  }

  /** The last one that lies no later. */
  before(instructions: number): Checkpoint | undefined {
    const last = this.#all.findLast(({ at }) => at <= instructions);
    const near = this.#near;
    return near !== undefined && near.at <= instructions && near.at >= (last?.at ?? 0) ? near : last;
  }

  /** Bytes of pages, each once. */
  get bytes(): number {
    return PAGE_BYTES * new Set(this.#all.flatMap(({ pages }) => [...pages.values()])).size;
  }

  get count(): number {
    return this.#all.length;
  }

  #save(run: DebuggedRun, pc: number, edits: number): Checkpoint | undefined {
    const at = run.executor.instructions;
    const saved = saveRun(run, this.before(at)?.pages ?? NO_PAGES);
    if (saved === undefined) this.#refused = at;
    return saved && { ...saved, at, pc, edits };
  }

  /** Of a run that stands at `pc`, with so many changes by the debugger. */
  take(run: DebuggedRun, pc: number, edits: number): void {
    const index = this.#all.findLastIndex(({ at }) => at <= run.executor.instructions);
    if (this.#all[index]?.at === run.executor.instructions) return;
    const made = this.#save(run, pc, edits);
    if (made === undefined) return;
    this.#all.splice(index + 1, 0, made);
    while (this.#all.length > this.#limits.most || (this.#all.length > 2 && this.bytes > this.#limits.mostBytes))
      this.#thin();
  }

  takeNear(run: DebuggedRun, pc: number, edits: number): void {
    this.#near = this.#save(run, pc, edits);
  }

  #thin(): void {
    // The first is where the run begins.
    this.#all = this.#all.filter((_, i) => i % 2 === 0);
    this.#distance *= 2;
  }

  /** What is no longer what the run did: places from so many instructions on. */
  forget(from: number): void {
    this.#all = this.#all.filter(({ at }) => at < from);
    if (this.#near !== undefined && this.#near.at >= from) this.#near = undefined;
    this.#refused = 0;
  }
}
