// Spans of instructions that a guest marks with cycle-tracker lines: each as it ends, and by where they are in others.

import type { CycleSpan, SpanTotal } from '../../engine/machine.ts';
import { isPrecompile } from './abi.ts';
import type { CycleTrackerAction } from './syscalls/syscall-host.ts';
import { SYSCALL_NAMES } from './syscalls/syscalls.ts';

/** What the run has come to at a mark. */
interface Spent {
  /** Instructions, and cells if somebody counts them. */
  readonly now: number;
  readonly cells: number | undefined;
  /** System calls by code. */
  readonly calls: ReadonlyMap<number, number>;
}

interface Open extends Spent {
  readonly path: readonly string[];
}

interface Sum {
  readonly path: readonly string[];
  count: number;
  instructions: number;
  cells: number | undefined;
  readonly precompiles: Map<string, number>;
}

const SEPARATOR = ' > ';
const NO_CALLS: ReadonlyMap<number, number> = new Map();

export class CycleSpans {
  /** In order of their ends. */
  readonly done: CycleSpan[] = [];
  readonly #ended: ((span: CycleSpan, depth: number) => void) | undefined;
  readonly #open = new Map<string, Open>();
  /** By path, in order of their first starts. */
  readonly #sums = new Map<string, Sum>();

  /** Tells `ended` of each span, and how many there are around it. */
  constructor(ended?: (span: CycleSpan, depth: number) => void) {
    this.#ended = ended;
  }

  /** Saves what was marked; gives what restores that. */
  save(): () => void {
    const [done, open] = [this.done.length, [...this.#open]];
    const copyOf = (sum: Sum): Sum => ({ ...sum, precompiles: new Map(sum.precompiles) });
    const sums = [...this.#sums].map(([key, sum]) => [key, copyOf(sum)] as const);
    return () => {
      this.done.length = done;
      this.#open.clear();
      for (const [key, one] of open) this.#open.set(key, one);
      this.#sums.clear();
      for (const [key, sum] of sums) this.#sums.set(key, copyOf(sum));
    };
  }

  /** A mark, when the guest has executed `now` instructions. */
  mark(
    action: CycleTrackerAction,
    name: string,
    now: number,
    cells?: number,
    calls: ReadonlyMap<number, number> = NO_CALLS,
  ): void {
    const key = `${action.startsWith('report') ? 'report ' : ''}${name}`;
    if (action === 'start' || action === 'report-start') {
      const around = [...this.#open.values()].at(-1)?.path ?? [];
      const open = { now, cells, calls: new Map(calls), path: [...around, name] };
      // One that is begun again begins anew, within what is open.
      this.#open.delete(key);
      this.#open.set(key, open);
      this.#sumOf(open.path);
      return;
    }
    const from = this.#open.get(key);
    if (from === undefined) return;
    this.#open.delete(key);
    const spent = cells === undefined || from.cells === undefined ? {} : { cells: cells - from.cells };
    const span = { name, instructions: now - from.now, ...spent };
    this.done.push(span);
    this.#add(from, span, calls);
    this.#ended?.(span, from.path.length - 1);
  }

  #sumOf(path: readonly string[]): Sum {
    const key = path.join(SEPARATOR);
    const sum = this.#sums.get(key) ?? { path, count: 0, instructions: 0, cells: undefined, precompiles: new Map() };
    this.#sums.set(key, sum);
    return sum;
  }

  #add({ path, calls: before }: Open, { instructions, cells }: CycleSpan, calls: ReadonlyMap<number, number>): void {
    const sum = this.#sumOf(path);
    sum.count++;
    sum.instructions += instructions;
    if (cells !== undefined) sum.cells = (sum.cells ?? 0) + cells;
    for (const [code, n] of calls) {
      const more = n - (before.get(code) ?? 0);
      const name = SYSCALL_NAMES.get(code);
      if (more === 0 || name === undefined || !isPrecompile(code)) continue;
      sum.precompiles.set(name, (sum.precompiles.get(name) ?? 0) + more);
    }
  }

  /** Those that have ended, summed: callers of spans come before them. */
  get totals(): readonly SpanTotal[] {
    return [...this.#sums.values()].flatMap(({ path, count, instructions, cells, precompiles }) =>
      count === 0
        ? []
        : [
            {
              name: path.join(SEPARATOR),
              depth: path.length - 1,
              count,
              instructions,
              ...(cells === undefined ? {} : { cells }),
              ...(precompiles.size === 0 ? {} : { precompiles: Object.fromEntries(precompiles) }),
            },
          ],
    );
  }
}
