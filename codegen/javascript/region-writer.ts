// The text of a region as it grows: statements, the locals that hold guest registers, moves to and from the register file.

import { CONTROL } from '../../runtime/layout.ts';
import { type Extended, knownIn } from '../region/known.ts';
import type { Halves } from '../region/liveness.ts';
import { assign, type Expression, type Identifier, id, control as R, type Statement } from './estree.ts';
import type { Instrument } from './instruments/instrument.ts';
import { type WordHalves, wordIn } from './lower.ts';
import { mentions } from './mentions.ts';
import { highName, lowName } from './names.ts';

export class RegionWriter {
  /** Whether registers have a high half. */
  readonly wide: boolean;
  readonly instrument: Instrument;
  /** Names of the locals that the text needs. */
  readonly used: Set<string> = new Set();
  out: Statement[] = [];
  #temporaries = 0;

  constructor(wide: boolean, instrument: Instrument) {
    this.wide = wide;
    this.instrument = instrument;
  }

  low(r: number): Identifier {
    const name = lowName(r);
    this.used.add(name);
    return id(name);
  }

  high(r: number): Identifier {
    const name = highName(r);
    if (this.wide) this.used.add(name);
    return id(name);
  }

  /** A register's word, by what is known of it. */
  register(r: number, known: Extended): WordHalves {
    return wordIn(this.low(r), this.high(r), knownIn(known, r));
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
    if (e.type === 'Identifier') return e;
    const name = `$${this.#temporaries++}`;
    this.used.add(name);
    this.push(assign(id(name), e));
    return id(name);
  }

  /** Lets the next instruction use the temporaries of the last one. */
  forgetTemporaries(): void {
    this.#temporaries = 0;
  }

  setRegister(rd: number, word: WordHalves, keepLo: boolean, keepHi: boolean): void {
    const low = this.low(rd);
    const high = this.high(rd);
    if (!keepHi || word.known !== 0) this.#set(low, word.lo);
    else if (!keepLo) this.#set(high, word.hi);
    else if (!mentions(word.lo, highName(rd))) {
      this.#set(high, word.hi);
      this.#set(low, word.lo);
    } else if (!mentions(word.hi, lowName(rd))) {
      this.#set(low, word.lo);
      this.#set(high, word.hi);
    } else {
      const lo = this.temporary(word.lo);
      this.#set(high, word.hi);
      this.#set(low, lo);
    }
  }

  /** Nothing where the variable has the value: `x & -16` keeps the high half. */
  #set(variable: Identifier, value: Expression): void {
    if (value.type !== 'Identifier' || value.name !== variable.name) this.push(assign(variable, value));
  }

  spill(halves: Halves, known: Extended): void {
    for (let r = 1; r < 32; r++) {
      const bit = 1 << r;
      if (halves.lo & bit) this.push(assign(R(2 * r), this.low(r)));
      if ((halves.hi & bit) === 0) continue;
      this.push(assign(R(2 * r + 1), this.register(r, known).hi));
    }
  }

  /** Fuel to the control page, and what the instrument keeps in locals. */
  spillFuel(): Statement[] {
    return [assign(R(CONTROL.fuel), id('fuel')), ...this.instrument.spill()];
  }

  reload(halves: Halves): void {
    for (let r = 1; r < 32; r++) {
      if (halves.lo & (1 << r)) this.push(assign(this.low(r), R(2 * r)));
      if (halves.hi & (1 << r)) this.push(assign(this.high(r), R(2 * r + 1)));
    }
  }
}
