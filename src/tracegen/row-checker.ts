// Looks at the rows of chips with compiled checkers, a tile of rows at a time in a memory of its own: columns may lie anywhere.

import { BUCKETS, bucketOf } from '../../codegen/chips/check/fingerprint.ts';
import { type CheckOptions, checkPlans, suspectPlans } from '../../codegen/chips/check/plans.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { planName } from '../../codegen/chips/print/print-text.ts';
import { EVENT_SLACK, printWasm } from '../../codegen/chips/print/print-wasm.ts';
import type { Columns } from '../../runtime/columns/columns.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';
import { growTo } from '../../runtime/memory/grow.ts';

const MOST_PAGES = 65_536;
/** Cells of a tile: what stays in a second cache. */
const TILE_CELLS = 2 ** 18;
const MOST_ROWS = 4096;
const LEAST_ROWS = 32;

type Check = (events: number, columns: number, stride: number, counts: number, inverses: number, rows: number) => void;

interface Compiled {
  readonly rows: readonly Check[];
  readonly pairs: readonly Check[];
}

/** Rows that were found, in order, up to some; and how many there are. */
export interface FoundRows {
  readonly rows: readonly number[];
  readonly count: number;
}

type Kind = 'check' | 'suspects';

interface Made {
  readonly module: WebAssembly.Module;
  /** Names of functions. */
  readonly rows: readonly string[];
  readonly pairs: readonly string[];
}

/** Those of this thread, by what they do and the seed. */
const MODULES = new Map<string, Made>();

function moduleOf(name: string, chip: Chip, kind: Kind, options: CheckOptions, isWhole: boolean): Made {
  const key = `${name} over ${chip.field.name} ${options.seed}`;
  const before = MODULES.get(key);
  if (before !== undefined) return before;
  const { rows, pairs } =
    kind === 'check' ? checkPlans(chip, options) : { rows: suspectPlans(chip, options), pairs: [] };
  const module = new WebAssembly.Module(printWasm([...rows, ...pairs], { min: 1 }, isWhole));
  const made = { module, rows: rows.map(planName), pairs: pairs.map(planName) };
  MODULES.set(key, made);
  return made;
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

export class RowChecker {
  readonly #options: CheckOptions;
  readonly #memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES });
  readonly #compiled = new Map<string, Compiled>();
  readonly #countsAt: number;
  readonly #tileAt: number;
  readonly #publicValues: number;

  /** `publicValues`: how many a shard has. */
  constructor(options: CheckOptions, publicValues: number) {
    this.#options = options;
    this.#publicValues = publicValues;
    this.#countsAt = align(4 * publicValues + EVENT_SLACK);
    this.#tileAt = align(this.#countsAt + 4 * (options.slots + BUCKETS));
    this.#reserve(this.#tileAt);
  }

  #reserve(bytes: number): void {
    growTo(this.#memory, bytes, mib => `check: the host refused ${mib} MiB`);
  }

  /** Nothing was counted, nothing added up; rows are those of a shard with these public values. */
  begin(publicValues: readonly number[]): void {
    new Uint32Array(this.#memory.buffer, 0, this.#publicValues).set(publicValues);
    const { slots } = this.#options;
    new Uint32Array(this.#memory.buffer, this.#countsAt, slots + BUCKETS).fill(0);
  }

  /** Rows from now on are of a table with public values of its own. */
  setPublicValues(publicValues: readonly number[]): void {
    new Uint32Array(this.#memory.buffer, 0, this.#publicValues).set(publicValues);
  }

  /** How often each slot was looked up. */
  get counts(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#countsAt, this.#options.slots);
  }

  /** What was sent less what was received, by buckets. */
  get sums(): Uint32Array {
    return new Uint32Array(this.#memory.buffer, this.#countsAt + 4 * this.#options.slots, BUCKETS);
  }

  /** Whether a message belongs to a sum that is not 0. */
  isSuspect(bus: string, message: readonly number[]): boolean {
    return this.sums[bucketOf(bus, this.#options.seed, message)] !== 0;
  }

  get isBalanced(): boolean {
    return this.sums.every(sum => sum === 0);
  }

  /** Rows that break something; what they look up is counted, what they send and receive added up. */
  check(chip: Chip, parts: readonly Columns[], most: number): FoundRows {
    return this.#find(chip, parts, most, this.#make(chip, parts[0]!.rows, 'check'));
  }

  /** Rows that send or receive what may be out of balance. */
  suspects(chip: Chip, parts: readonly Columns[], most: number): FoundRows {
    return this.#find(chip, parts, most, this.#make(chip, parts[0]!.rows, 'suspects'));
  }

  #make(chip: Chip, height: number, kind: Kind): Compiled {
    // A table of one row is not worth four at once.
    const isWhole = height % 4 === 0;
    const name = `${kind} ${chip.name} ${isWhole}`;
    const before = this.#compiled.get(name);
    if (before !== undefined) return before;
    const { module, rows, pairs } = moduleOf(name, chip, kind, this.#options, isWhole);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const functionsOf = (names: readonly string[]): Check[] => names.map(one => exports[one] as Check);
    const compiled = { rows: functionsOf(rows), pairs: functionsOf(pairs) };
    this.#compiled.set(name, compiled);
    return compiled;
  }

  #find({ columns }: Chip, parts: readonly Columns[], most: number, { rows: own, pairs }: Compiled): FoundRows {
    const height = parts[0]!.rows;
    const width = columns.length;
    const step = tileRows(width);
    const stride = traceLayout(width + 1, step + 1).stride;
    this.#reserve(this.#tileAt + 4 * (width + 1) * stride);
    const tile = new Uint32Array(this.#memory.buffer, this.#tileAt, (width + 1) * stride);
    const found: number[] = [];
    let count = 0;
    const run = (check: Check, n: number): void =>
      check(0, this.#tileAt, 4 * stride, this.#countsAt, this.#countsAt + 4 * this.#options.slots, n);
    for (let from = 0; from < height; from += step) {
      const n = Math.min(step, height - from);
      copyTile(parts, from, Math.min(n + 1, height - from), tile, stride);
      if (this.#options.isCyclic === true && from + n === height) copyTile(parts, 0, 1, tile.subarray(n), stride);
      for (const check of own) run(check, n);
      const marks = tile.subarray(width * stride, width * stride + n);
      // The last row has none behind it.
      const last = marks[n - 1]!;
      for (const check of pairs) run(check, n);
      if (from + n === height) marks[n - 1] = last;
      for (let at = marks.indexOf(1); at >= 0; at = marks.indexOf(1, at + 1)) {
        count++;
        if (found.length < most) found.push(from + at);
      }
    }
    return { rows: found, count };
  }
}

/** A multiple of four. */
function tileRows(width: number): number {
  const fitting = 4 * Math.floor(TILE_CELLS / (width + 1) / 4);
  return Math.max(LEAST_ROWS, Math.min(MOST_ROWS, fitting));
}

function copyTile(parts: readonly Columns[], from: number, rows: number, tile: Uint32Array, stride: number): void {
  let column = 0;
  for (const { data, width, stride: distance } of parts) {
    for (let i = 0; i < width; i++, column++) {
      const at = i * distance + from;
      tile.set(data.subarray(at, at + rows), column * stride);
    }
  }
}
