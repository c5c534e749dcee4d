// The text of a region as it grows: statements, the locals that hold guest registers, moves to and from the register file.

import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import { type Extended, knownOf } from '../region/known.ts';
import type { Halves } from '../region/liveness.ts';
import { assign, bin, type Expression, id, index, int, num, type Statement } from './estree.ts';
import { highOf, type Word } from './lower.ts';
import { mentions } from './mentions.ts';
import { highName, lowName } from './names.ts';

/** A word of the control page. */
export const R = (word: number): Expression => index('R', num(word));

export class RegionWriter {
  /** Whether registers have a high half. */
  readonly wide: boolean;
  /** Names of the locals that the text needs. */
  readonly used: Set<string> = new Set();
  out: Statement[] = [];
  #temporaries = 0;

  constructor(wide: boolean) {
    this.wide = wide;
  }

  low(r: number): Expression {
    const name = lowName(r);
    this.used.add(name);
    return id(name);
  }

  high(r: number): Expression {
    const name = highName(r);
    if (this.wide) this.used.add(name);
    return id(name);
  }

  collect(write: () => void): Statement[] {
    const saved = this.out;
    this.out = [];
    write();
    const made = this.out;
    this.out = saved;
    return made;
  }

  push(...statements: Statement[]): void {
    this.out.push(...statements);
  }

  temporary(e: Expression): Expression {
    if (e.type === 'Identifier' || e.type === 'Literal') return e;
    const name = `$${this.#temporaries++}`;
    this.used.add(name);
    this.push(assign(id(name), e));
    return id(name);
  }

  /** Lets the next instruction use the temporaries of the last one. */
  forgetTemporaries(): void {
    this.#temporaries = 0;
  }

  setRegister(rd: number, word: Word, keepLo: boolean, keepHi: boolean): void {
    const low = this.low(rd);
    const high = this.high(rd);
    if (!keepHi || word.known !== 0) {
      this.push(assign(low, word.lo));
      return;
    }
    if (!keepLo) {
      this.push(assign(high, word.hi));
      return;
    }
    if (!mentions(word.lo, highName(rd))) this.push(assign(high, word.hi), assign(low, word.lo));
    else if (!mentions(word.hi, lowName(rd))) this.push(assign(low, word.lo), assign(high, word.hi));
    else {
      const lo = this.temporary(word.lo);
      this.push(assign(high, word.hi), assign(low, lo));
    }
  }

  spill(halves: Halves, known: Extended): void {
    for (let r = 1; r < 32; r++) {
      const bit = 1 << r;
      if (halves.lo & bit) this.push(assign(R(2 * r), this.low(r)));
      if ((halves.hi & bit) === 0) continue;
      const word: Word = { lo: this.low(r), hi: this.high(r), known: knownOf(known, r) };
      this.push(assign(R(2 * r + 1), highOf(word)));
    }
  }

  reload(halves: Halves): void {
    for (let r = 1; r < 32; r++) {
      if (halves.lo & (1 << r)) this.push(assign(this.low(r), R(2 * r)));
      if (halves.hi & (1 << r)) this.push(assign(this.high(r), R(2 * r + 1)));
    }
  }

  /** Appends the stamp and the value of the doubleword at a word index as they were, then stamps it clk + 1. */
  trace(doubleword: Expression, undone: number): void {
    this.used.add('$s');
    const at = id('$s');
    const word = (array: string, from: Expression, k: number): Expression =>
      index(array, k === 0 ? from : bin('+', from, num(k)));
    this.push(
      assign(at, doubleword),
      assign(word('T', id('tail'), 0), word('K', at, 0)),
      assign(word('T', id('tail'), 1), word('K', at, 1)),
      assign(word('T', id('tail'), 2), word('I32', at, 0)),
      assign(word('T', id('tail'), 3), word('I32', at, 1)),
      assign(word('K', at, 0), int(bin('-', id('clk'), num(CLK_PER_INSTRUCTION * undone - 1)))),
      assign(word('K', at, 1), id('clkHi')),
      assign(id('tail'), int(bin('+', id('tail'), num(4)))),
    );
  }
}
