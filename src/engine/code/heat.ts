// Which code is hot enough to be compiled.

import type { Program } from '../../../codegen/program/program.ts';
import type { GuestText } from '../../../codegen/program/text.ts';
import { ENTRY_WEIGHT, type RegionFunction } from '../../../runtime/abi.ts';

/** An exit of compiled code in mid-loop counts as this part of them, so that such places become entries soon. */
const RETRY_SHARE = 4;
/** A function called this part of the threshold is compiled before a hot loop in it. */
const CALLED_SHARE = 16;

/** What compiles a slot's code. */
interface Compiler {
  /** By slot. */
  readonly functions: RegionFunction[];
  compile(slot: number): void;
}

export class Heat {
  readonly #program: Program;
  readonly #text: GuestText;
  readonly #entries: Int32Array;
  readonly #hot: number;
  readonly #code: Compiler;
  readonly #cold: RegionFunction;

  /** `entries` are weighted, by slot; with `hot` of them code is compiled. What is not is the function `cold`. */
  constructor(
    program: Program,
    text: GuestText,
    entries: Int32Array,
    hot: number,
    code: Compiler,
    cold: RegionFunction,
  ) {
    this.#program = program;
    this.#text = text;
    this.#entries = entries;
    this.#hot = hot;
    this.#code = code;
    this.#cold = cold;
  }

  isCompiled(slot: number): boolean {
    return this.#code.functions[slot] !== this.#cold;
  }

  /** Code that is not compiled was entered; gives whether it should be. */
  enter(slot: number): boolean {
    if (this.#entries[slot]! >= this.#hot) return !this.isCompiled(slot);
    this.#entries[slot]! += ENTRY_WEIGHT;
    return false;
  }

  /** Compiled code gave up at a slot: a place that may deserve an entry of its own; gives whether it should now. */
  retry(slot: number): boolean {
    if (slot < 0 || this.isCompiled(slot)) return false;
    this.#entries[slot]! += Math.ceil(this.#hot / RETRY_SHARE);
    return this.#entries[slot]! >= this.#hot;
  }

  /**
   * Compiles the code at a hot slot; or first the function that it is in, where that is called often: its region has
   * the slot's loop in it, and a region for each loop besides would be the same code again.
   */
  compile(slot: number): void {
    const { base, slotShift } = this.#text;
    const pc = base + (slot << slotShift);
    const start = ((this.#program.functionBefore(pc) ?? pc) - base) >> slotShift;
    const isCalled = this.#entries[start]! >= this.#hot / CALLED_SHARE;
    if (start === slot || this.isCompiled(start) || !isCalled) {
      this.#code.compile(slot);
      return;
    }
    this.#code.compile(start);
    this.#entries[slot] = 0;
  }
}
