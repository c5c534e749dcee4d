// What the parts of the WebAssembly interpreter share: its locals, its place in the slots, and registers and fuel in the
// control page.

import type { Isa } from '../../isa/index.ts';
import { SLOT, SLOT_SHIFT } from '../../program/slots.ts';
import type { Followed, Metered } from '../../region/instrumentation.ts';
import type { Windows } from '../access.ts';
import { type CodeWriter, codeWriter, type Label } from '../binary/code.ts';
import { type AccessOp, access, op, type ValueType, valueType } from '../binary/instructions.ts';
import type { FunctionsOf } from '../host-imports.ts';
import type { LeafOperands } from '../lower.ts';
import { FUEL } from '../region/frame.ts';
import { slotOperands } from '../slot-operands.ts';

const i32 = valueType.i32;
const i64 = valueType.i64;

/**
 * Who is told of each doubleword before it is read or written: nobody, the trace, the host's `touch`, or a replay's
 * entries, which it must agree with.
 */
export type Touch = 'none' | 'trace' | 'host' | 'replay';

export interface WasmInterpreterOptions {
  readonly isa: Isa;
  /** Counts entries of loops and functions, and leaves when one has more than this; undefined: never. */
  readonly hot: number | undefined;
  readonly touch: Touch;
  /** Counts runs and touches; `touch` is 'none' then. */
  readonly metered?: Metered | undefined;
  /** Follows calls. */
  readonly followed?: Followed | undefined;
  /** First guest address of the text, and its bytes. */
  readonly textBase: number;
  readonly textBytes: number;
  readonly windows: Windows;
  /** Arena byte offsets of the slots, the entries by slot, and in traced runs the stamps. */
  readonly slots: number;
  readonly entries: number;
  readonly stamps: number | undefined;
  /** Pages of the shared memory. */
  readonly pages: number;
}

/** Parameters of `interpret`. */
export const START = 0;
export const STOP = 1;

/** What the interpreter asks its host for. */
export type InterpreterImports = FunctionsOf<'wasmInterpreter'>;

export class InterpreterFrame {
  readonly code: CodeWriter = codeWriter(2);
  readonly options: WasmInterpreterOptions;
  readonly wide: boolean;
  readonly word: ValueType;
  readonly imports: InterpreterImports;
  readonly fuel: number = this.code.addLocal(i32);
  /** Arena byte offset of the current slot: V8 adds constants beyond 2^31 to it with two instructions more. */
  readonly slot: number = this.code.addLocal(i32);
  readonly offset: number = this.code.addLocal(i32);
  readonly to: number = this.code.addLocal(i32);
  readonly rs1: number;
  readonly rs2: number;
  readonly address: number;
  readonly scratch: number = this.code.addLocal(i64);
  /** The loop over slots. */
  top: Label = 0;

  constructor(options: WasmInterpreterOptions, imports: InterpreterImports) {
    this.options = options;
    this.imports = imports;
    this.wide = options.isa.xlen === 64;
    this.word = this.wide ? i64 : i32;
    this.rs1 = this.code.addLocal(this.word);
    this.rs2 = this.code.addLocal(this.word);
    this.address = this.code.addLocal(this.word);
  }

  /** The leaves of every row: registers in two locals, immediate and pc from the slot. */
  readonly operands: LeafOperands = slotOperands(this);

  call(name: keyof InterpreterImports): void {
    this.code.call(this.imports[name]);
  }

  /** A word of the slot, or a byte of it. */
  loadSlot(word: number, by: AccessOp = access.i32Load, byte = 0): void {
    this.code.localGet(this.slot);
    this.code.access(by, 4 * word + byte);
  }

  pushImmediate(by: AccessOp): void {
    this.loadSlot(SLOT.imm, by);
  }

  readonly pushSlot = (): void => {
    const { code, options } = this;
    code.localGet(this.slot);
    code.i32Const(options.slots);
    code.op(op.i32Sub);
    code.i32Const(SLOT_SHIFT);
    code.op(op.i32ShrU);
  };

  /** Pushes the arena byte offset of the slot whose number a local holds. */
  pushPlace(slot: number): void {
    const { code, options } = this;
    code.localGet(slot);
    code.i32Const(SLOT_SHIFT);
    code.op(op.i32Shl);
    code.i32Const(options.slots);
    code.op(op.i32Add);
  }

  pushPc(): void {
    const { code, options } = this;
    const shift = SLOT_SHIFT - (options.isa.compressed ? 1 : 2);
    // Tables start at multiples of a slot.
    code.localGet(this.slot);
    code.i32Const(shift);
    code.op(op.i32ShrU);
    code.i32Const(options.textBase - (options.slots >>> shift));
    code.op(op.i32Add);
  }

  /** A byte of the packed operands: the register words that rd, rs1 and rs2 name, and the slots to the next instruction. */
  pushByte(n: 0 | 1 | 2 | 3): void {
    this.loadSlot(SLOT.operands, access.i32Load8U, n);
  }

  /** Byte offset in the control page of the register that operand `n` names. */
  pushOperand(n: 0 | 1 | 2): void {
    this.pushByte(n);
    this.code.i32Const(2);
    this.code.op(op.i32Shl);
  }

  loadRegister(n: 1 | 2, local: number): void {
    this.pushOperand(n);
    this.code.access(this.wide ? access.i64Load : access.i32Load);
    this.code.localSet(local);
  }

  setRegister(push: () => void): void {
    this.pushOperand(0);
    push();
    this.code.access(this.wide ? access.i64Store : access.i32Store);
  }

  /** Pushes a register as two words. */
  pushHalves(local: number): void {
    const { code, wide } = this;
    code.localGet(local);
    if (!wide) {
      code.i32Const(0);
      return;
    }
    code.op(op.i32WrapI64);
    code.localGet(local);
    code.i64Const(32);
    code.op(op.i64ShrU);
    code.op(op.i32WrapI64);
  }

  reloadFuel(): void {
    this.code.i32Const(0);
    this.code.access(access.i32Load, FUEL);
    this.code.localSet(this.fuel);
  }

  spillFuel(): void {
    this.code.i32Const(0);
    this.code.localGet(this.fuel);
    this.code.access(access.i32Store, FUEL);
  }

  pay(): void {
    this.code.localGet(this.fuel);
    this.code.i32Const(-1);
    this.code.op(op.i32Add);
    this.code.localSet(this.fuel);
  }

  /** Leaves with the state as it is before the current slot's instruction. */
  leave(): void {
    this.spillFuel();
    this.pushSlot();
    this.code.op(op.return);
  }

  /** Leaves as the host says. */
  leaveBy(name: 'illegal' | 'breakpoint'): void {
    this.spillFuel();
    this.pushSlot();
    this.call(name);
    this.code.op(op.return);
  }

  /** Slots to the next instruction, in bytes of P. */
  readonly pushStep = (): void => {
    const { code } = this;
    if (!this.options.isa.compressed) {
      code.i32Const(1 << SLOT_SHIFT);
      return;
    }
    this.pushByte(3);
    code.i32Const(SLOT_SHIFT);
    code.op(op.i32Shl);
  };

  advance(): void {
    const { code } = this;
    this.pay();
    code.localGet(this.slot);
    this.pushStep();
    code.op(op.i32Add);
    code.localSet(this.slot);
  }

  next(): void {
    this.advance();
    this.code.br(this.top);
  }

  go(): void {
    const { code } = this;
    this.pushPlace(this.to);
    code.localSet(this.slot);
    code.br(this.top);
  }
}
