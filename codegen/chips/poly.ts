// Polynomials over the cells of a row: what a row is checked with. Each has a word too, its value over the integers, which
// follows from those of its operands: so what is looked up is said once, counted by who fills and proved by who checks.

import { assert } from '../../runtime/errors.ts';
import { holds } from './operations.ts';
import { type Word, type WordLike, word } from './word.ts';

export type PolyLike = Poly | number | bigint;
export type PolyOp = 'const' | 'cell' | 'next' | 'public' | 'add' | 'sub' | 'mul' | 'over' | 'as';

interface Shape {
  readonly op: PolyOp;
  readonly args?: readonly Poly[];
  readonly value?: bigint;
  readonly known?: Word;
}

/** Immutable. */
export class Poly {
  readonly op: PolyOp;
  readonly args: readonly Poly[];
  /** The constant, the power of two of `over`, the index of a public value. */
  readonly value: bigint;
  #word: Word | undefined;

  constructor({ op, args = [], value = 0n, known }: Shape) {
    this.op = op;
    this.args = args;
    this.value = value;
    this.#word = known;
  }

  /** Its value over the integers on real rows. */
  get word(): Word {
    this.#word ??= wordOf(this);
    return this.#word;
  }

  get constant(): bigint | undefined {
    return this.op === 'const' ? this.value : undefined;
  }

  add(...others: readonly PolyLike[]): Poly {
    return others.reduce<Poly>((a, other) => {
      const b = poly(other);
      if (a.constant === 0n) return b; // 0 + x = x
      if (b.constant === 0n) return a;
      if (a.constant !== undefined && b.constant !== undefined) return poly(a.constant + b.constant);
      return new Poly({ op: 'add', args: [a, b] });
    }, this);
  }

  sub(other: PolyLike): Poly {
    const b = poly(other);
    if (b.constant === 0n) return this; // x − 0 = x
    if (this.constant !== undefined && b.constant !== undefined) return poly(this.constant - b.constant);
    return new Poly({ op: 'sub', args: [this, b] });
  }

  mul(other: PolyLike): Poly {
    const b = poly(other);
    if (this.constant === 1n) return b; // 1 · x = x
    if (b.constant === 1n) return this;
    if (this.constant === 0n || b.constant === 0n) return poly(0); // 0 · x = 0
    if (this.constant !== undefined && b.constant !== undefined) return poly(this.constant * b.constant);
    return new Poly({ op: 'mul', args: [this, b] });
  }

  neg(): Poly {
    return poly(0).sub(this);
  }

  /** 1 − this. */
  not(): Poly {
    return poly(1).sub(this);
  }

  /** Exact division by a power of two. */
  over(power: number): Poly {
    assert(Number.isInteger(Math.log2(power)), `chips: ${power} is no power of two`);
    return new Poly({ op: 'over', args: [this], value: BigInt(power) });
  }

  /** This polynomial, of which it is known what it is on real rows; the oracle looks whether it is. */
  as(known: WordLike): Poly {
    return new Poly({ op: 'as', args: [this], known: word(known) });
  }
}

/** A column of the row at hand; its name is its path in the layout that the chip returns. */
export class Cell extends Poly {
  #place: { readonly name: string; readonly index: number } | undefined;

  constructor(known: Word) {
    super({ op: 'cell', known });
  }

  get name(): string {
    return this.#placed().name;
  }

  get index(): number {
    return this.#placed().index;
  }

  get isPlaced(): boolean {
    return this.#place !== undefined;
  }

  /** The same column, one row on. */
  get next(): Poly {
    return new Poly({ op: 'next', args: [this] });
  }

  place(name: string, index: number): void {
    assert(this.#place === undefined, `chips: ${name} is ${this.#place?.name} too`);
    this.#place = { name, index };
  }

  #placed(): { readonly name: string; readonly index: number } {
    assert(this.#place !== undefined, 'chips: a cell was made and not returned');
    return this.#place;
  }
}

/** The digits of one word, least significant first. */
export class Limbs {
  readonly cells: readonly Cell[];
  /** Of which these are the digits. */
  readonly word: Word;

  constructor(cells: readonly Cell[], whole: Word) {
    this.cells = cells;
    this.word = whole;
  }

  at(i: number): Cell {
    const cell = this.cells[i];
    assert(cell !== undefined, `chips: digit ${i} of ${this.cells.length}`);
    return cell;
  }
}

export function poly(value: PolyLike): Poly {
  return value instanceof Poly ? value : new Poly({ op: 'const', value: BigInt(value) });
}

/** The element `index` of the shard's public values. */
export function publicValue(index: number): Poly {
  return new Poly({ op: 'public', value: BigInt(index) });
}

export function sum(polys: readonly PolyLike[]): Poly {
  return poly(0).add(...polys);
}

/** The sum of flags of which at most one is 1: a flag. */
export function anyOf(flags: readonly Poly[]): Poly {
  return sum(flags).as(flags.map(flag => flag.word).reduce((a, b) => a.or(b)));
}

/** Σ digit · 2^(bits · i). */
export function compose(digits: readonly PolyLike[], bits: number): Poly {
  return sum(digits.map((digit, i) => poly(digit).mul(2n ** BigInt(bits * i))));
}

/** The word of a polynomial from those of its operands: exact, as wide as that needs. */
function wordOf({ op, args, value }: Poly): Word {
  if (op === 'const') return word(value);
  assert(args.length > 0 && op !== 'next', `chips: ${op} of a chip has no word`);
  const [a, b] = args.map(arg => arg.word) as [Word, Word];
  if (op === 'over') return a.over(Number(value));
  const results = EXACT[op as keyof typeof EXACT](a, b);
  const [min, max] = [results.reduce((x, y) => (y < x ? y : x)), results.reduce((x, y) => (y > x ? y : x))];
  assert(holds(64, min, max), `chips: the ${op} of two polynomials needs more than 64 bits as an integer`);
  if (holds(32, min, max) && a.width === 32 && b.width === 32) return a[op as keyof typeof EXACT](b);
  return a.wide[op as keyof typeof EXACT](b);
}

/** Results among which are the least and the greatest one. */
const EXACT = {
  add: (a: Word, b: Word) => [a.min + b.min, a.max + b.max],
  sub: (a: Word, b: Word) => [a.min - b.max, a.max - b.min],
  mul: (a: Word, b: Word) => [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max],
};
