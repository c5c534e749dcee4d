// The recorder that a chip's description speaks to, after Plonky3's AirBuilder: cells, what holds among them, and what is
// sent on buses. How a chip is written:
//
//   export const add: Chip = chip(field, 'Add', { b: 64, c: 64 }, (air, e) => {   // e: the event's fields, as words
//     const is_real = air.flag(word(1));            // a cell, filled with a word, that must be a bit
//     const real = air.when(is_real);               // what is said to `real` holds, and is sent, where is_real is 1
//     const value = real.limbs(e.b.add(e.c));       // cells from words; and so on: blocks are functions (air, …) → cells
//     return { add_op: { value }, is_real };        // the layout: keys in order are the columns' paths
//   });
//
// Words are filled with and know bits, shifts, comparisons; polynomials are checked and know + − · and exact division by a
// power of two. A cell is a polynomial and knows its word; so does every polynomial. Blocks take no `is_real`: the
// condition is in the air they are given. `when` multiplies conditions, `only` replaces them.

import { assert } from '../../runtime/errors.ts';
import { Cell, Limbs, type Poly, type PolyLike, poly, sum } from './poly.ts';
import { type Word, type WordLike, word } from './word.ts';

/** What a message is made of; flat, it is the tuple that the bus carries. */
export type Term = PolyLike | readonly Term[];

/** Messages meet on a bus: what is sent must be received. The type says how a message is grouped. */
export interface Bus<Message extends readonly Term[] = readonly Term[]> {
  readonly name: string;
  /** Elements of a message, flat. */
  readonly arity: number;
  /** Of a bus whose receiver is a table that is there in every shard: sends are counted. */
  readonly table?: LookupTable;
  /** Only for the type. */
  readonly message?: Message;
}

export interface LookupTable {
  /** Where in the multiplicities a message is counted. */
  slot(message: readonly Word[]): Word;
  /** 1 where the table has such a row; elements may be any of the field, unless they are constants. */
  has(message: readonly Word[]): Word;
}

/** `transition`: every row but the last. */
export type RowKind = 'every' | 'first' | 'last' | 'transition';

export interface Constraint {
  /** 0 on these rows, padding included; where it reads a next row, on those that have one. */
  readonly poly: Poly;
  readonly rows: RowKind;
  /** Why, in the words of the description, if it says so. */
  readonly reason: string | undefined;
}

export interface Interaction {
  readonly bus: Bus;
  readonly isSend: boolean;
  /** How often it is sent: the condition under which it was said. */
  readonly multiplicity: Poly;
  readonly message: readonly Poly[];
}

/** What a description has said so far. */
export interface Said {
  readonly cells: Cell[];
  readonly constraints: Constraint[];
  readonly interactions: Interaction[];
  /** What is said when somebody asks for constraints. */
  readonly later: (() => void)[];
  /** The same of padding. */
  readonly padLater: (() => void)[];
  readonly pads: Map<Cell, number | bigint>;
}

export class Air {
  readonly #record: Said;
  /** Where what is said holds. */
  readonly condition: Poly;
  readonly #rows: RowKind;

  constructor(record: Said, condition: Poly = poly(1), rows: RowKind = 'every') {
    this.#record = record;
    this.condition = condition;
    this.#rows = rows;
  }

  /** What is said to it holds only on these rows. */
  on(rows: RowKind): Air {
    return new Air(this.#record, this.condition, rows);
  }

  cell(w: WordLike): Cell {
    const made = new Cell(word(w));
    this.#record.cells.push(made);
    return made;
  }

  cells(ws: readonly WordLike[]): Cell[] {
    return ws.map(w => this.cell(w));
  }

  /** `n` digits of 16 bits. */
  limbs(w: WordLike, n = 4): Limbs {
    const whole = word(w);
    return new Limbs(
      Array.from({ length: n }, (_, i) => this.cell(whole.limb(i))),
      whole,
    );
  }

  bytes(w: WordLike, n = 4): Limbs {
    const whole = word(w);
    return new Limbs(
      Array.from({ length: n }, (_, i) => this.cell(whole.byte(i))),
      whole,
    );
  }

  /** A cell that is 0 or 1 on every row, whatever the condition. */
  flag(w: WordLike): Cell {
    const made = this.cell(w);
    this.#zero(made.mul(made.sub(1)), 'a flag is 0 or 1', 'every');
    return made;
  }

  /** A flag for each value that `selector` may have; `any`, their sum, is 1 on real rows. */
  oneHot<Name extends string>(
    selector: Word,
    values: Readonly<Record<Name, number>>,
  ): { readonly flags: Readonly<Record<Name, Cell>>; readonly any: Poly } {
    const entries = Object.entries<number>(values).map(
      ([name, value]) => [name, this.flag(selector.eq(value))] as const,
    );
    const total = sum(entries.map(([, cell]) => cell));
    this.#zero(total.mul(total.sub(1)), 'at most one flag is 1', 'every');
    return { flags: Object.fromEntries(entries) as Readonly<Record<Name, Cell>>, any: total.as(1) };
  }

  when(p: PolyLike): Air {
    return new Air(this.#record, this.condition.mul(p), this.#rows);
  }

  only(p: PolyLike): Air {
    return new Air(this.#record, poly(p), this.#rows);
  }

  zero(p: PolyLike, reason?: string): void {
    this.#zero(this.condition.mul(p), reason);
  }

  equal(p: PolyLike, q: PolyLike, reason?: string): void {
    this.zero(poly(p).sub(q), reason);
  }

  bool(p: PolyLike, reason?: string): void {
    this.zero(poly(p).mul(poly(p).sub(1)), reason);
  }

  /** Constraints that are many, and are made when a chip's are first asked for; who fills rows never asks. */
  later(say: () => void): void {
    this.#record.later.push(say);
  }

  send<M extends readonly Term[]>(bus: Bus<M>, message: M): void {
    this.#interact(bus, true, message);
  }

  receive<M extends readonly Term[]>(bus: Bus<M>, message: M): void {
    this.#interact(bus, false, message);
  }

  /** What padding rows have in `cell` instead of 0. */
  pad(cell: Cell, value: number | bigint): void {
    this.#record.pads.set(cell, value);
  }

  /** `pad`s that take some computing, done when padding is first asked for. */
  padLater(say: () => void): void {
    this.#record.padLater.push(say);
  }

  #zero(p: Poly, reason: string | undefined, rows: RowKind = this.#rows): void {
    if (p.constant === 0n) return;
    this.#record.constraints.push({ poly: p, rows, reason });
  }

  #interact(bus: Bus, isSend: boolean, message: readonly Term[]): void {
    const flat = flatten(message);
    assert(flat.length === bus.arity, `chips: ${flat.length} elements for ${bus.name}, which carries ${bus.arity}`);
    if (this.condition.constant === 0n) return;
    this.#record.interactions.push({ bus, isSend, multiplicity: this.condition, message: flat });
  }
}

function flatten(terms: readonly Term[]): Poly[] {
  return terms.flatMap(term => (isList(term) ? flatten(term) : [poly(term)]));
}

const isList = (term: Term): term is readonly Term[] => Array.isArray(term);
