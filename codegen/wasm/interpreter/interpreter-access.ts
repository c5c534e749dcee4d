// Loads and stores of the WebAssembly interpreter, and what a trace keeps of them.

import { CONTROL, PAGE_BYTES } from '../../../runtime/layout.ts';
import type { AccessBytes, Effect } from '../../isa/expr.ts';
import { SLOT } from '../../program/slots.ts';
import { hasFarWindow, ifOutsideFar, loadOf, orUncounted, storeOf } from '../access.ts';
import { op } from '../binary/instructions.ts';
import { lower, pushConstant } from '../lower.ts';
import { InterpreterFrame } from './interpreter-frame.ts';
import { pushControl } from './touch-entry.ts';

export class AccessingInterpreter extends InterpreterFrame {
  /** On to the next instruction, unless the trace chunk is full. */
  nextAccess(): void {
    const { code } = this;
    this.advance();
    if (this.instrument.leavesWhenFull) {
      pushControl(code, CONTROL.traceTail);
      pushControl(code, CONTROL.traceLimit);
      code.op(op.i32GeS);
      code.if();
      this.leave();
      code.end();
    }
    code.br(this.top);
  }

  /** Makes `offset` the access's place in the guest area and pushes whether it must be done by the host. */
  checkOffset(bytes: number, isStore: boolean): void {
    const { code, options, wide } = this;
    code.localGet(this.rs1);
    this.operands.leaf!('imm', options.isa.xlen);
    code.op(wide ? op.i64Add : op.i32Add);
    pushConstant(code, options.isa.xlen, options.windows.base);
    code.op(wide ? op.i64Sub : op.i32Sub);
    code.localTee(this.address);
    if (wide) code.op(op.i32WrapI64);
    code.localSet(this.offset);
    code.localGet(this.address);
    pushConstant(code, options.isa.xlen, BigInt(-options.windows.bytes) | BigInt(bytes - 1));
    code.op(wide ? op.i64And : op.i32And);
    pushConstant(code, options.isa.xlen, 0);
    code.op(wide ? op.i64Ne : op.i32Ne);
    if (!isStore) return;
    orUncounted(code, options.windows, () => code.localGet(this.offset));
    if (options.windows.storeOrigin === 0) return;
    code.localGet(this.offset);
    code.i32Const(options.windows.storeOrigin);
    code.op(op.i32LtU);
    code.op(op.i32Or);
  }

  /** In a refused access: what follows, up to `endFar`, is for one that the far window has not either. */
  elseFar(bytes: AccessBytes, isStore: boolean): void {
    const { code, options } = this;
    if (!hasFarWindow(options.windows, options.isa.xlen, isStore)) return;
    code.localGet(this.address);
    code.i64Const(options.windows.base);
    code.op(op.i64Add);
    ifOutsideFar(code, options.windows, bytes, this.address);
  }

  endFar(isStore: boolean): void {
    const { code, options } = this;
    if (!hasFarWindow(options.windows, options.isa.xlen, isStore)) return;
    code.end();
    code.localGet(this.address);
    code.op(op.i32WrapI64);
    code.i32Const(options.windows.farOffset);
    code.op(op.i32Add);
    code.localSet(this.offset);
  }

  load(effect: Extract<Effect, { kind: 'load' }>): void {
    const { code, options } = this;
    const { bytes, signed } = effect;
    this.checkOffset(bytes, false);
    code.if();
    this.elseFar(bytes, false);
    this.pushByte(0);
    this.pushHalves(this.rs1);
    this.loadSlot(SLOT.imm);
    code.i32Const(bytes);
    code.i32Const(signed ? 1 : 0);
    this.slowly('loadOrFault');
    this.endFar(false);
    code.end();
    this.touch(false);
    this.setRegister(() => {
      code.localGet(this.offset);
      code.access(loadOf(options.isa.xlen, bytes, signed), PAGE_BYTES);
    });
    this.nextAccess();
  }

  store(effect: Extract<Effect, { kind: 'store' }>): void {
    const { code, options } = this;
    const { bytes } = effect;
    this.checkOffset(bytes, true);
    code.if();
    this.elseFar(bytes, true);
    this.pushHalves(this.rs1);
    this.loadSlot(SLOT.imm);
    code.i32Const(bytes);
    this.pushHalves(this.rs2);
    this.slowly('storeOrFault');
    this.endFar(true);
    code.end();
    this.touch(true);
    code.localGet(this.offset);
    lower(code, effect.value, this.operands);
    code.access(storeOf(options.isa.xlen, bytes), PAGE_BYTES);
    this.nextAccess();
  }

  /** The host does the whole access, whose arguments are on the stack; leaves where it faulted. */
  slowly(name: 'loadOrFault' | 'storeOrFault'): void {
    const { code } = this;
    code.localGet(this.fuel);
    this.call(name);
    code.if();
    this.leave();
    code.end();
    this.nextAccess();
  }

  touch(isStore: boolean): void {
    const { code } = this;
    if (this.touchFunction === undefined && !this.instrument.tellsHost) return;
    code.localGet(this.offset);
    code.localGet(this.fuel);
    if (this.touchFunction !== undefined) {
      code.call(this.touchFunction);
      return;
    }
    code.i32Const(isStore ? 1 : 0);
    this.call('touch');
  }
}
