// How a region function hands control to others: calls by pc and through a register, and what follows them.

import type { CodeWriter } from '../binary/code.ts';
import { valueType } from '../binary/instructions.ts';
import type { Dialect, Value } from '../binary/values.ts';
import { pushIndex } from '../lower.ts';
import { DEPTH, type Frame, type FrameOptions, FUEL } from './frame.ts';
import type { Instrument } from './instruments/instrument.ts';

/** The depth of functions that the dispatcher calls. */
const OUTERMOST = 1;

/** The caller's registers are spilled; the result of what is called is the pc to go on at. */
export class Calls {
  readonly #frame: Frame;
  readonly #instrument: Instrument;
  readonly #code: CodeWriter;
  readonly #options: FrameOptions;
  readonly #v: Dialect;

  constructor(frame: Frame, instrument: Instrument) {
    this.#frame = frame;
    this.#instrument = instrument;
    this.#code = frame.code;
    this.#options = frame.options;
    this.#v = frame.v;
  }

  /** Pushes the result of the region at a pc. Only one of this module is known to find its own pc. */
  callRegion(to: number): void {
    const frame = this.#frame;
    const { functionAt, tableIndexOf, imports, regionType } = this.#options;
    const { i32, call } = this.#v;
    const local = functionAt(to);
    const element = tableIndexOf(to);
    if (local !== undefined) call(local, frame.deeper)();
    else if (element === undefined) call(imports.callAt, i32.constant(to), i32.constant(0), frame.deeper)();
    else {
      frame.storePc(i32.constant(to));
      frame.deeper();
      this.#code.i32Const(element);
      this.#code.callIndirect(regionType);
    }
  }

  /** Goes on in the region at a pc, in this one's host frame where that can be. */
  goOn(to: number): void {
    const code = this.#code;
    const { functionAt, tableIndexOf, regionType } = this.#options;
    const local = functionAt(to);
    const element = tableIndexOf(to);
    if (local !== undefined) {
      code.localGet(DEPTH);
      code.returnCall(local);
    } else if (element === undefined) this.#v.give(() => this.callRegion(to));
    else {
      this.#frame.storePc(this.#v.i32.constant(to));
      code.localGet(DEPTH);
      code.i32Const(element);
      code.returnCallIndirect(regionType);
    }
  }

  /** The low and the high word of the target. */
  get #target(): readonly [Value, Value] {
    const { word, low, high } = this.#v;
    const target = word.get(this.#frame.target());
    return [low(target), high(target)];
  }

  get targetLow(): Value {
    return this.#target[0];
  }

  /** Pushes the result of the function at the target. */
  callTarget(): void {
    const frame = this.#frame;
    const code = this.#code;
    const { word, low, call } = this.#v;
    const [lo, hi] = this.#target;
    this.#isInTable();
    code.if(valueType.i32);
    frame.storePc(lo);
    frame.deeper();
    low(word.get(frame.offset()))();
    code.callIndirect(this.#options.regionType);
    code.else();
    call(this.#options.imports.callAt, lo, hi, frame.deeper)();
    code.end();
  }

  /** Makes the offset the table index of the target; pushes whether the table has it. */
  #isInTable(): void {
    const frame = this.#frame;
    const { xlen, tableBase, tableShift, tableLength } = this.#options;
    const { word } = this.#v;
    const index = (): void => pushIndex(this.#code, xlen, frame.target(), tableBase, tableShift);
    word.ltU(word.tee(frame.offset(), index), word.constant(tableLength))();
  }

  /** Behind a call, its result on the stack: leaves unless that is `next`, else takes up the live registers again. */
  comeBack(next: number, live: number, need: number): void {
    const frame = this.#frame;
    const { i32, give, seldom } = this.#v;
    const result = (): void => this.#code.localTee(frame.at);
    seldom(i32.ne(result, i32.constant(next)), () => give(i32.get(frame.at)));
    const fuel = i32.tee(frame.fuel, i32.load(undefined, FUEL));
    seldom(i32.ltS(fuel, i32.constant(need)), () => frame.refuelOrUnwind(next, need));
    this.#instrument.reload();
    this.#instrument.resume?.();
    frame.reload(live);
  }

  /** Returns; where the caller is the dispatcher, to the region at the target at once. */
  returnToTarget(): void {
    const { when, give, call } = this.#v;
    const [lo, hi] = this.#target;
    const { xlen, imports, tableLength } = this.#options;
    if (xlen === 64) when(hi, () => give(call(imports.unwindTo, lo, hi)));
    if (tableLength > 0) this.#goToTarget();
    give(lo);
  }

  /** In the outermost frame: a deep recursion comes back without a turn of the dispatcher for each of its frames. */
  #goToTarget(): void {
    const frame = this.#frame;
    const code = this.#code;
    const { i32, word, low, when, seldom } = this.#v;
    const [lo] = this.#target;
    const jump = (): void => {
      frame.storePc(lo);
      code.i32Const(OUTERMOST);
      low(word.get(frame.offset()))();
      code.returnCallIndirect(this.#options.regionType);
    };
    seldom(i32.eq(i32.get(DEPTH), i32.constant(OUTERMOST)), () => when(() => this.#isInTable(), jump));
  }

  /** Goes on wherever the target says, and remembers that the jump at `pc` went there. */
  jumpToTarget(pc: number): void {
    const { i32, give, call } = this.#v;
    give(call(this.#options.imports.jumpAt, i32.constant(pc), ...this.#target, this.#frame.deeper));
  }

  /** Lets the interpreter go on at a pc. */
  interpret(pc: number): void {
    const { i32, give, call } = this.#v;
    this.#frame.storePc(i32.constant(pc));
    give(call(this.#options.imports.interpretHere, this.#frame.deeper));
  }

  /** Pushes the result of an environment call. */
  callEnvironment(pc: number): void {
    this.#v.call(this.#options.imports.ecallAt, this.#v.i32.constant(pc))();
  }
}
