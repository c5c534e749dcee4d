// What every region function has: locals for guest registers and fuel, and the control page, which holds them while
// control is elsewhere.

import { MAX_DEPTH, UNWIND } from '../../../runtime/abi.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { Xlen } from '../../isa/expr.ts';
import type { Instruction } from '../../isa/instruction.ts';
import type { WasmWindow } from '../access.ts';
import { type CodeWriter, codeWriter } from '../binary/code.ts';
import { access, op, type ValueType, valueType } from '../binary/instructions.ts';
import type { Operands } from '../lower.ts';

/** Indices in the module of what region functions call. */
export interface Imports {
  /** (entry pc, depth) → pc: interprets from the pc in the control page; the region at `entry` gave up there. */
  readonly strayAt: number;
  /** (depth) → pc: interprets from the pc in the control page. */
  readonly interpretAt: number;
  /** (pc) → pc */
  readonly ecallAt: number;
  /** (pc, target low, high, depth) → pc */
  readonly jumpAt: number;
  /** (target low, high, depth) → pc */
  readonly callAt: number;
  /** (fuel, how often it ran out) → fuel; still too little where the function must leave. */
  readonly refuel: number;
  /** (low, high) → UNWIND */
  readonly far: number;
  /** (low, high, bytes) → offset or -1 */
  readonly loadOffset: number;
  readonly storeOffset: number;
}

export interface WasmRegionOptions {
  readonly xlen: Xlen;
  readonly window: WasmWindow;
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
  /** Whether an access at a pc often lies outside the window. */
  readonly strays: (pc: number) => boolean;
  /** Arena byte offset of the stamps, in traced runs. */
  readonly stamps: number | undefined;
}

/** The parameter. */
export const DEPTH = 0;
export const FUEL: number = 4 * CONTROL.fuel;
const PC = 4 * CONTROL.pcLo;

export class Frame {
  readonly options: WasmRegionOptions;
  readonly wide: boolean;
  readonly word: ValueType;
  readonly code: CodeWriter = codeWriter(1);
  readonly fuel: number;
  /** A pc, where control leaves. */
  readonly at: number;
  /** How often fuel ran out at a loop's head since the function was entered. */
  readonly age: number;
  /** Registers whose locals hold sign-extended words, as bits. */
  words = 0;
  readonly #locals = new Map<string, number>();

  constructor(options: WasmRegionOptions) {
    this.options = options;
    this.wide = options.xlen === 64;
    this.word = this.wide ? valueType.i64 : valueType.i32;
    this.fuel = this.code.addLocal(valueType.i32);
    this.at = this.code.addLocal(valueType.i32);
    this.age = this.code.addLocal(valueType.i32);
  }

  /** A local that is made when it is first asked for. */
  local(name: string, type: ValueType): number {
    let local = this.#locals.get(name);
    if (local === undefined) {
      local = this.code.addLocal(type);
      this.#locals.set(name, local);
    }
    return local;
  }

  register(r: number): number {
    return this.local(`x${r}`, this.word);
  }

  /** Holds the arena offset that goes with a register's value; see groups.ts. */
  pointer(r: number): number {
    return this.local(`pointer ${r}`, valueType.i32);
  }

  /** Holds offsets and table indices. */
  offset(): number {
    return this.local('offset', this.word);
  }

  /** Holds the target of an indirect jump. */
  target(): number {
    return this.local('target', this.word);
  }

  /** Leaves at once where fuel is short and there is no more, or where frames are many: where either difference is negative. */
  enter(entryPc: number, need: number): void {
    const { code } = this;
    code.i32Const(0);
    code.access(access.i32Load, FUEL);
    code.localTee(this.fuel);
    code.i32Const(need);
    code.op(op.i32Sub);
    code.i32Const(MAX_DEPTH);
    code.localGet(DEPTH);
    code.op(op.i32Sub);
    code.op(op.i32Or);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.unlikely();
    code.if();
    code.localGet(DEPTH);
    code.i32Const(MAX_DEPTH);
    code.op(op.i32GtS);
    code.if();
    this.unwind(entryPc);
    code.end();
    this.refuelOrUnwind(entryPc, need);
    code.end();
  }

  unwind(pc: number): void {
    this.storePc(() => this.code.i32Const(pc));
    this.code.i32Const(UNWIND);
    this.code.op(op.return);
  }

  /** Where every register is in the control page: more fuel, or everything leaves. */
  refuelOrUnwind(pc: number, need: number): void {
    const { code } = this;
    this.refuel(() => code.i32Const(0), need);
    code.if();
    this.unwind(pc);
    code.end();
  }

  /** Asks for fuel and pushes whether there is still too little. */
  refuel(pushAge: () => void, need: number): void {
    const { code } = this;
    code.localGet(this.fuel);
    pushAge();
    code.call(this.options.imports.refuel);
    code.localTee(this.fuel);
    code.i32Const(need);
    code.op(op.i32LtS);
  }

  operands(instruction: Instruction, pc: number): Operands {
    return {
      rs1: instruction.rs1,
      rs2: instruction.rs2,
      imm: BigInt(instruction.imm),
      pc: BigInt(pc),
      words: this.words,
      get: r => this.code.localGet(this.register(r)),
      scratch: () => this.local('scratch', valueType.i64),
    };
  }

  pay(amount: number): void {
    const { code } = this;
    code.localGet(this.fuel);
    code.i32Const(amount);
    code.op(op.i32Add);
    code.localSet(this.fuel);
  }

  low(push: () => void): void {
    push();
    if (this.wide) this.code.op(op.i32WrapI64);
  }

  high(push: () => void): void {
    if (!this.wide) {
      this.code.i32Const(0);
      return;
    }
    push();
    this.code.i64Const(32);
    this.code.op(op.i64ShrU);
    this.code.op(op.i32WrapI64);
  }

  spill(registers: number): void {
    const { code } = this;
    for (let r = 1; r < 32; r++) {
      if ((registers & (1 << r)) === 0) continue;
      code.i32Const(0);
      code.localGet(this.register(r));
      code.access(this.wide ? access.i64Store : access.i32Store, 8 * r);
    }
  }

  reload(registers: number): void {
    const { code } = this;
    for (let r = 1; r < 32; r++) {
      if ((registers & (1 << r)) === 0) continue;
      code.i32Const(0);
      code.access(this.wide ? access.i64Load : access.i32Load, 8 * r);
      code.localSet(this.register(r));
    }
  }

  spillFuel(): void {
    this.code.i32Const(0);
    this.code.localGet(this.fuel);
    this.code.access(access.i32Store, FUEL);
  }

  storePc(push: () => void): void {
    this.code.i32Const(0);
    push();
    this.code.access(access.i32Store, PC);
  }

  deeper(): void {
    this.code.localGet(DEPTH);
    this.code.i32Const(1);
    this.code.op(op.i32Add);
  }
}
