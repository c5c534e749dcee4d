// Loads and stores of the WebAssembly interpreter, and what a trace keeps of them.

import { PAGE_BYTES } from '../../../runtime/layout.ts';
import type { AccessBytes, Effect } from '../../isa/expr.ts';
import { SLOT } from '../../program/slots.ts';
import { hasFarWindow, ifOutsideFar, loadOf, orUncounted, storeOf } from '../access.ts';
import { op, valueType } from '../binary/instructions.ts';
import { lower, pushConstant } from '../lower.ts';
import type { InterpreterFrame } from './frame.ts';
import type { InterpreterInstrument } from './instruments/instrument.ts';
import { pushControl } from './touch-entry.ts';

export class Accesses {
  readonly #frame: InterpreterFrame;
  readonly #instrument: InterpreterInstrument;
  readonly #touchFunction: number | undefined;
  readonly #scratch: readonly [number, number];

  /** `touchFunction` is the index of the instrument's, where it has one. */
  constructor(frame: InterpreterFrame, instrument: InterpreterInstrument, touchFunction: number | undefined) {
    this.#frame = frame;
    this.#instrument = instrument;
    this.#touchFunction = touchFunction;
    this.#scratch = [frame.code.addLocal(valueType.i32), frame.code.addLocal(valueType.i32)];
  }

  /** On to the next instruction, unless a list is full. */
  #next(): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.advance();
    const { full } = this.#instrument;
    if (full !== undefined) {
      pushControl(code, full.tail);
      pushControl(code, full.limit);
      code.op(op.i32GeS);
      code.if();
      frame.leave();
      code.end();
    }
    code.br(frame.top);
  }

  /** Makes `offset` the access's place in the guest area and pushes whether it must be done by the host. */
  #checkOffset(bytes: number, isStore: boolean): void {
    const frame = this.#frame;
    const { code, options, wide } = frame;
    code.localGet(frame.rs1);
    frame.operands.leaf!('imm', options.isa.xlen);
    code.op(wide ? op.i64Add : op.i32Add);
    pushConstant(code, options.isa.xlen, options.windows.base);
    code.op(wide ? op.i64Sub : op.i32Sub);
    code.localTee(frame.address);
    if (wide) code.op(op.i32WrapI64);
    code.localSet(frame.offset);
    code.localGet(frame.address);
    pushConstant(code, options.isa.xlen, BigInt(-options.windows.bytes) | BigInt(bytes - 1));
    code.op(wide ? op.i64And : op.i32And);
    pushConstant(code, options.isa.xlen, 0);
    code.op(wide ? op.i64Ne : op.i32Ne);
    if (!isStore) return;
    orUncounted(code, options.windows, () => code.localGet(frame.offset));
    if (options.windows.storeOrigin === 0) return;
    code.localGet(frame.offset);
    code.i32Const(options.windows.storeOrigin);
    code.op(op.i32LtU);
    code.op(op.i32Or);
  }

  /** In a refused access: what follows, up to `endFar`, is for one that the far window has not either. */
  #elseFar(bytes: AccessBytes, isStore: boolean): void {
    const frame = this.#frame;
    const { code, options } = frame;
    if (!hasFarWindow(options.windows, options.isa.xlen, isStore)) return;
    code.localGet(frame.address);
    code.i64Const(options.windows.base);
    code.op(op.i64Add);
    ifOutsideFar(code, options.windows, bytes, frame.address);
  }

  #endFar(isStore: boolean): void {
    const frame = this.#frame;
    const { code, options } = frame;
    if (!hasFarWindow(options.windows, options.isa.xlen, isStore)) return;
    code.end();
    code.localGet(frame.address);
    code.op(op.i32WrapI64);
    code.i32Const(options.windows.farOffset);
    code.op(op.i32Add);
    code.localSet(frame.offset);
  }

  load(effect: Extract<Effect, { kind: 'load' }>): void {
    const frame = this.#frame;
    const { code, options } = frame;
    const { bytes, signed } = effect;
    this.#checkOffset(bytes, false);
    code.if();
    this.#elseFar(bytes, false);
    frame.pushByte(0);
    frame.pushHalves(frame.rs1);
    frame.loadSlot(SLOT.imm);
    code.i32Const(bytes);
    code.i32Const(signed ? 1 : 0);
    this.#slowly('loadOrFault');
    this.#endFar(false);
    code.end();
    this.#touch(false);
    frame.setRegister(() => {
      code.localGet(frame.offset);
      code.access(loadOf(options.isa.xlen, bytes, signed), PAGE_BYTES);
    });
    this.#next();
  }

  store(effect: Extract<Effect, { kind: 'store' }>): void {
    const frame = this.#frame;
    const { code, options } = frame;
    const { bytes } = effect;
    this.#checkOffset(bytes, true);
    code.if();
    this.#elseFar(bytes, true);
    frame.pushHalves(frame.rs1);
    frame.loadSlot(SLOT.imm);
    code.i32Const(bytes);
    frame.pushHalves(frame.rs2);
    this.#slowly('storeOrFault');
    this.#endFar(true);
    code.end();
    this.#touch(true);
    code.localGet(frame.offset);
    lower(code, effect.value, frame.operands);
    code.access(storeOf(options.isa.xlen, bytes), PAGE_BYTES);
    this.#next();
  }

  /** The host does the whole access, whose arguments are on the stack; leaves where it faulted. */
  #slowly(name: 'loadOrFault' | 'storeOrFault'): void {
    const frame = this.#frame;
    const { code } = frame;
    code.localGet(frame.fuel);
    frame.call(name);
    code.if();
    frame.leave();
    code.end();
    this.#next();
  }

  #touch(isStore: boolean): void {
    const frame = this.#frame;
    const { code, offset, fuel } = frame;
    const { touch } = this.#instrument;
    if (touch !== undefined && 'write' in touch) {
      const [doubleword, tail] = this.#scratch;
      touch.write(code, { offset, fuel, doubleword, tail });
    }
    if (this.#touchFunction === undefined && !this.#instrument.tellsHost) return;
    code.localGet(offset);
    code.localGet(fuel);
    if (this.#touchFunction !== undefined) {
      code.call(this.#touchFunction);
      return;
    }
    code.i32Const(isStore ? 1 : 0);
    frame.call('touch');
  }
}
