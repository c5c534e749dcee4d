// What every region function has: locals for guest registers and fuel, and the control page, which holds them while
// control is elsewhere.

import { MAX_DEPTH, UNWIND } from '../../../runtime/abi.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { Xlen } from '../../isa/expr.ts';
import type { Instruction } from '../../isa/instruction.ts';
import type { Instrumentation } from '../../region/instrumentation.ts';
import { type Extended, knownIn } from '../../region/known.ts';
import type { WasmWindow } from '../access.ts';
import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { type Dialect, dialect, type Value, type Values } from '../binary/values.ts';
import type { FunctionsOf } from '../host-imports.ts';
import type { LeafOperands } from '../lower.ts';

/** Indices in the module of what region functions call: see ABI. */
export type Imports = FunctionsOf<'wasmWalk'>;
export type MemoryImports = FunctionsOf<'wasmRegion'>;

export interface FrameOptions {
  readonly xlen: Xlen;
  readonly imports: Imports;
  /** Type index of (i32) → i32. */
  readonly regionType: number;
  /**
   * Where the table has an element for every slot: guest address of element 0, log2 of the bytes per element, and how
   * many there are; else there are none of that kind.
   */
  readonly tableBase: number;
  readonly tableShift: number;
  readonly tableLength: number;
  /** The element of the function table for the region at a pc, where it has one. */
  readonly tableIndexOf: (pc: number) => number | undefined;
  /** The function in this module that starts at a pc. */
  readonly functionAt: (pc: number) => number | undefined;
}

/** Of a region that runs on guest memory. */
export interface WasmRegionOptions extends FrameOptions {
  readonly imports: MemoryImports;
  readonly window: WasmWindow;
  /** Whether an access at a pc often lies outside the window. */
  readonly strays: (pc: number) => boolean;
  readonly instrumentation: Instrumentation;
}

/** The parameter. */
export const DEPTH = 0;
export const FUEL: number = 4 * CONTROL.fuel;
const PC = 4 * CONTROL.pcLo;

export class Frame {
  readonly options: FrameOptions;
  readonly code: CodeWriter = codeWriter(1);
  readonly v: Dialect;
  readonly fuel: number;
  /** A pc, where control leaves. */
  readonly at: number;
  /** How often fuel ran out at a loop's head since the function was entered. */
  readonly age: number;
  readonly #locals = new Map<string, number>();

  constructor(options: FrameOptions) {
    this.options = options;
    this.v = dialect(this.code, options.xlen);
    [this.fuel, this.at, this.age] = this.v.i32.locals(3) as [number, number, number];
  }

  /** A local that is made when it is first asked for. */
  local(name: string, { local: make }: Values): number {
    let local = this.#locals.get(name);
    if (local === undefined) {
      local = make();
      this.#locals.set(name, local);
    }
    return local;
  }

  register(r: number): number {
    return this.local(`x${r}`, this.v.word);
  }

  /** Holds the arena offset that goes with a register's value; see region/accesses.ts. */
  pointer(r: number): number {
    return this.local(`pointer ${r}`, this.v.i32);
  }

  /** Holds offsets and table indices. */
  offset(): number {
    return this.local('offset', this.v.word);
  }

  /** Holds the target of an indirect jump. */
  target(): number {
    return this.local('target', this.v.word);
  }

  /** Leaves at once where fuel is short and there is no more, or where frames are many: where either difference is negative. */
  enter(entryPc: number, need: number): void {
    const { v } = this;
    const { i32 } = v;
    const rest = i32.sub(i32.tee(this.fuel, i32.load(undefined, FUEL)), i32.constant(need));
    const room = i32.sub(i32.constant(MAX_DEPTH), i32.get(DEPTH));
    v.seldom(i32.ltS(i32.or(rest, room), i32.constant(0)), () => {
      v.when(i32.gtS(i32.get(DEPTH), i32.constant(MAX_DEPTH)), () => this.unwind(entryPc));
      this.refuelOrUnwind(entryPc, need);
    });
  }

  unwind(pc: number): void {
    this.storePc(this.v.i32.constant(pc));
    this.v.give(this.v.i32.constant(UNWIND));
  }

  /** Where every register is in the control page: more fuel, or everything leaves. */
  refuelOrUnwind(pc: number, need: number): void {
    this.v.when(this.refuel(this.v.i32.constant(0), need), () => this.unwind(pc));
  }

  /** Asks for fuel; whether there is still too little. */
  refuel(age: Value, need: number): Value {
    const { i32, call } = this.v;
    const more = call(this.options.imports.refuelAged, i32.get(this.fuel), age);
    return i32.ltS(i32.tee(this.fuel, more), i32.constant(need));
  }

  /** The leaves of an instruction's tree, given what is known of registers. */
  operands(instruction: Instruction, known: Extended): LeafOperands {
    return {
      rs1: instruction.rs1,
      rs2: instruction.rs2,
      known: leaf => (leaf === 'rs1' || leaf === 'rs2' ? knownIn(known, instruction[leaf]) : 0),
      get: r => this.code.localGet(this.register(r)),
      scratch: () => this.local('scratch', this.v.i64),
    };
  }

  pay(amount: number): void {
    const { i32 } = this.v;
    i32.set(this.fuel, i32.add(i32.get(this.fuel), i32.constant(amount)));
  }

  spill(registers: number): void {
    const { word } = this.v;
    for (const r of registersOf(registers)) word.store(undefined, 8 * r, word.get(this.register(r)));
  }

  reload(registers: number): void {
    const { word } = this.v;
    for (const r of registersOf(registers)) word.set(this.register(r), word.load(undefined, 8 * r));
  }

  spillFuel(): void {
    const { i32 } = this.v;
    i32.store(undefined, FUEL, i32.get(this.fuel));
  }

  storePc(pc: Value): void {
    this.v.i32.store(undefined, PC, pc);
  }

  /** The depth of what is called from here. */
  get deeper(): Value {
    const { i32 } = this.v;
    return i32.add(i32.get(DEPTH), i32.constant(1));
  }
}

/** x1 to x31, as far as their bits are set. */
function* registersOf(bits: number): Generator<number> {
  for (let rest = bits & ~1; rest !== 0; rest &= rest - 1) yield 31 - Math.clz32(rest & -rest);
}
