// Branches, jumps and environment calls of the WebAssembly interpreter, with the entries that they count.

import { ENTRY_WEIGHT } from '../../../runtime/abi.ts';
import { CONTROL } from '../../../runtime/layout.ts';
import type { Row } from '../../isa/index.ts';
import { SLOT } from '../../program/slots.ts';
import { access, op } from '../binary/instructions.ts';
import { lower, lowerCond, pushConstant, pushIndex } from '../lower.ts';
import { type InterpreterFrame, STOP } from './frame.ts';
import type { InterpreterInstrument } from './instruments/instrument.ts';

/** Register words of the link registers ra and t0. */
const LINKS = [2, 10];

type EffectOf<K extends Row['effect']['kind']> = Extract<Row['effect'], { kind: K }>;

export class Jumps {
  readonly #frame: InterpreterFrame;
  readonly #instrument: InterpreterInstrument;

  constructor(frame: InterpreterFrame, instrument: InterpreterInstrument) {
    this.#frame = frame;
    this.#instrument = instrument;
  }

  branch({ taken }: EffectOf<'branch'>): void {
    const { code, operands } = this.#frame;
    lowerCond(code, taken, operands);
    code.if();
    this.#jump(() => this.#pushIsBehind());
    code.end();
  }

  jump(effect: EffectOf<'jump'>): void {
    if (effect.target.op === 'add' && effect.target.a.op === 'pc') this.#jumpAndLink();
    else this.#jumpThrough(effect);
  }

  /** Whether the target in `to` lies behind, and is where a loop may start. */
  #pushIsBehind(): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.pushPlace(frame.to);
    code.localGet(frame.slot);
    code.op(op.i32LeU);
  }

  /** Pays and goes to the decoded target; `pushCounts` says whether it counts as an entry. */
  #jump(pushCounts: () => void, isTransfer = false): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.pay();
    this.#instrument.end(frame);
    frame.loadSlot(SLOT.target);
    code.localTee(frame.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    frame.spillFuel();
    frame.pushPc();
    frame.loadSlot(SLOT.imm);
    code.op(op.i32Add);
    frame.call('fetchFault');
    code.op(op.return);
    code.end();
    if (isTransfer) this.#instrument.went(frame);
    this.#instrument.begin(frame);
    if (frame.options.hot !== undefined) {
      pushCounts();
      code.if();
      this.#countEntry(ENTRY_WEIGHT);
      code.end();
    }
    frame.go();
  }

  /** One more entry at `to`; leaves where it is hot now. */
  #countEntry(weight: number): void {
    const frame = this.#frame;
    const { code, options } = frame;
    // In the sum, not as an offset of the access, which would be another instruction.
    const pushCounter = (): void => {
      code.localGet(frame.to);
      code.i32Const(2);
      code.op(op.i32Shl);
      code.i32Const(options.entries);
      code.op(op.i32Add);
    };
    pushCounter();
    pushCounter();
    code.access(access.i32Load);
    code.i32Const(weight);
    code.op(op.i32Add);
    code.localTee(frame.offset);
    code.access(access.i32Store);
    code.localGet(frame.offset);
    code.i32Const(options.hot!);
    code.op(op.i32GtS);
    code.if();
    pushCounter();
    code.i32Const(options.hot!);
    code.access(access.i32Store);
    frame.spillFuel();
    code.localGet(frame.to);
    code.op(op.return);
    code.end();
  }

  #link(): void {
    const frame = this.#frame;
    const { code, options } = frame;
    frame.setRegister(() => {
      frame.pushPc();
      if (options.isa.compressed) {
        frame.pushByte(3);
        code.i32Const(1);
        code.op(op.i32Shl);
      } else {
        code.i32Const(4);
      }
      code.op(op.i32Add);
      if (frame.wide) code.op(op.i64ExtendI32U);
    });
  }

  #pushIsSink(): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.pushByte(0);
    code.i32Const(CONTROL.sink);
    code.op(op.i32Eq);
  }

  /** A call counts as an entry wherever it goes. */
  #jumpAndLink(): void {
    const { code } = this.#frame;
    this.#link();
    this.#jump(() => {
      this.#pushIsBehind();
      this.#pushIsSink();
      code.op(op.i32Eqz);
      code.op(op.i32Or);
    }, true);
  }

  #jumpThrough(effect: EffectOf<'jump'>): void {
    const frame = this.#frame;
    const { code, options } = frame;
    lower(code, effect.target, frame.operands);
    code.localSet(frame.address);
    this.#link();
    frame.pay();
    this.#findSlot();
    this.#instrument.end(frame);
    code.localGet(frame.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    this.#instrument.beginHere(frame);
    frame.leave();
    code.end();
    this.#instrument.went(frame);
    this.#instrument.begin(frame);
    if (options.hot !== undefined) this.#countThrough();
    code.localGet(frame.to);
    code.localGet(STOP);
    code.op(op.i32Eq);
    code.if();
    frame.spillFuel();
    code.localGet(frame.to);
    code.op(op.return);
    code.end();
    frame.go();
  }

  /** Makes `to` the slot at `address`, or less than 0 after recording a fault. */
  #findSlot(): void {
    const frame = this.#frame;
    const { code, options, wide } = frame;
    const shift = options.isa.compressed ? 1 : 2;
    pushIndex(code, options.isa.xlen, frame.address, options.textBase, shift);
    if (wide) {
      code.localTee(frame.scratch);
      code.op(op.i32WrapI64);
    }
    code.localSet(frame.to);
    if (wide) code.localGet(frame.scratch);
    else code.localGet(frame.to);
    pushConstant(code, options.isa.xlen, options.textBytes >> shift);
    code.op(wide ? op.i64GeU : op.i32GeU);
    code.if();
    frame.pushHalves(frame.address);
    frame.call('slotOf');
    code.localSet(frame.to);
    code.end();
  }

  /** As `rememberTarget` of the JavaScript interpreter: returns count little, new targets of plain jumps are told. */
  #countThrough(): void {
    const frame = this.#frame;
    const { code } = frame;
    this.#pushIsSink();
    code.if();
    for (const register of LINKS) {
      frame.pushByte(1);
      code.i32Const(register);
      code.op(op.i32Eq);
    }
    code.op(op.i32Or);
    code.if();
    this.#countEntry(1);
    code.else();
    frame.loadSlot(SLOT.target);
    code.localGet(frame.to);
    code.op(op.i32Ne);
    code.if();
    frame.pushSlot();
    code.localGet(frame.to);
    frame.call('seen');
    code.end();
    this.#countEntry(ENTRY_WEIGHT);
    code.end();
    code.else();
    this.#countEntry(ENTRY_WEIGHT);
    code.end();
  }

  ecall(): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.pay();
    frame.spillFuel();
    frame.pushSlot();
    frame.call('ecall');
    code.localTee(frame.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    code.localGet(frame.to);
    code.i32Const(-1);
    code.op(op.i32Xor);
    code.op(op.return);
    code.end();
    frame.reloadFuel();
    frame.go();
  }
}
