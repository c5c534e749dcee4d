// Powers that transforms and points need, made once for each height.

import { TAIL_WORDS } from '../../../../codegen/stark/transforms.ts';
import { GENERATOR, inverse, mul, power, rootOfUnity } from '../../../../runtime/fields/baby-bear.ts';
import type { ProverArena } from './arena.ts';
import { kernelCall, type LaneCall } from './calls.ts';
import type { ProverCrew } from './crew.ts';

/** log2 of the longest extended column: 2^21 rows are above the bound of heights. */
const MAX_LOG = 22;
/** Vectors of powers in one call. */
const TILE = 16_384;

/** Powers, and each times 1/p mod 2^32. */
export interface Factors {
  readonly factors: number;
  readonly prepared: number;
}

export class Tables {
  readonly #arena: ProverArena;
  readonly #crew: ProverCrew;
  readonly #levels = new Map<'roots' | 'inverses', { readonly at: Factors; known: number }>();
  readonly #domains = new Map<number, number>();
  readonly #scales = new Map<string, Factors>();

  constructor(arena: ProverArena, crew: ProverCrew) {
    this.#arena = arena;
    this.#crew = crew;
  }

  /** Forgets what is at this address or above. */
  release(mark: number): void {
    const forget = <K, V>(map: Map<K, V>, address: (value: V) => number): void => {
      for (const [key, value] of map) if (address(value) >= mark) map.delete(key);
    };
    forget(this.#levels, ({ at }) => at.factors);
    forget(this.#domains, address => address);
    forget(this.#scales, ({ factors }) => factors);
  }

  /** Of the roots of orders up to 2^logSize, those of order 2 h at 4 h bytes; or of their inverses. */
  levels(kind: 'roots' | 'inverses', logSize: number): Factors {
    let table = this.#levels.get(kind);
    if (table === undefined) {
      const [factors, prepared] = [this.#arena.take(2 ** (MAX_LOG - 1)), this.#arena.take(2 ** (MAX_LOG - 1))];
      table = { at: { factors, prepared }, known: 2 };
      this.#levels.set(kind, table);
    }
    for (; table.known < logSize; table.known++) {
      const root = rootOfUnity(table.known + 1);
      const half = 4 * 2 ** table.known;
      this.#powers(table.at.factors + half, 1, kind === 'roots' ? root : inverse(root), 2 ** table.known);
      this.#crew.run([kernelCall('prepare', table.at.factors + half, table.at.prepared + half, 2 ** table.known)]);
    }
    return table.at;
  }

  /** The address of the powers of the root of order 2^logSize. */
  domain(logSize: number): number {
    let at = this.#domains.get(logSize);
    if (at === undefined) {
      at = this.#arena.take(2 ** logSize + TAIL_WORDS);
      this.#powers(at, 1, rootOfUnity(logSize), 2 ** logSize + TAIL_WORDS);
      this.#domains.set(logSize, at);
    }
    return at;
  }

  /** (31 / shift)^j / n by coefficient, in bit-reversed order. */
  scale(logSize: number, shift: number): Factors {
    const name = `${logSize} ${shift}`;
    const known = this.#scales.get(name);
    if (known !== undefined) return known;
    const n = 2 ** logSize;
    const [factors, prepared] = [this.#arena.take(n), this.#arena.take(n)];
    let values = Int32Array.of(inverse(n));
    // One more bit at the end stands for 2^k more in the exponent.
    const step = mul(GENERATOR, inverse(shift));
    for (let k = logSize - 1; k >= 0; k--) {
      const factor = power(step, 2 ** (logSize - 1 - k));
      const next = new Int32Array(2 * values.length);
      for (let i = 0; i < values.length; i++) {
        next[2 * i] = values[i]!;
        next[2 * i + 1] = mul(values[i]!, factor);
      }
      values = next;
    }
    this.#arena.write(factors, values);
    this.#crew.run([kernelCall('prepare', factors, prepared, n)]);
    this.#scales.set(name, { factors, prepared });
    return { factors, prepared };
  }

  /** `count` powers of `base` from `first` on. */
  #powers(at: number, first: number, base: number, count: number): void {
    const mark = this.#arena.mark;
    const factor = this.#arena.place([power(base, 4)]);
    const calls: LaneCall[] = [];
    for (let done = 0; done < count; done += 4 * TILE) {
      let value = mul(first, power(base, done));
      const start = [0, 1, 2, 3].map(() => {
        const current = value;
        value = mul(value, base);
        return current;
      });
      this.#arena.write(at + 4 * done, start);
      calls.push(kernelCall('powers', at + 4 * done, Math.min(TILE, Math.ceil((count - done) / 4)), factor));
    }
    this.#crew.run(calls);
    this.#arena.release(mark);
  }
}
