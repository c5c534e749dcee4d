// What the operations of a walk share: its locals, its place in the slots, registers and entries in its memory.

import {
  LEFT,
  SLOTS_OFFSET,
  WALK,
  WALK_SLOT,
  WALK_SLOT_SHIFT,
  walkMemory,
} from '../../../runtime/trace/walk-layout.ts';
import type { Isa } from '../../isa/index.ts';
import { type CodeWriter, codeWriter, type Label } from '../binary/code.ts';
import { type AccessOp, access, op, valueType } from '../binary/instructions.ts';
import type { LeafOperands } from '../lower.ts';
import { slotOperands } from '../slot-operands.ts';

const { i32, i64 } = valueType;

export interface WalkPlace {
  readonly isa: Isa;
  readonly textBase: number;
  readonly textBytes: number;
  /** At how much heat a slot is left to the host. */
  readonly hot: number;
}

export class WalkFrame {
  readonly code: CodeWriter = codeWriter(1);
  readonly place: WalkPlace;
  /** Byte address of the current slot. */
  readonly slot: number = this.code.addLocal(i32);
  readonly cursor: number = this.code.addLocal(i32);
  readonly to: number = this.code.addLocal(i32);
  readonly taken: number = this.code.addLocal(i32);
  readonly clk: number = this.code.addLocal(i64);
  readonly rs1: number = this.code.addLocal(i64);
  readonly rs2: number = this.code.addLocal(i64);
  readonly address: number = this.code.addLocal(i64);
  readonly scratch: number = this.code.addLocal(i64);
  /** The doubleword of an access, before it. */
  readonly old: number = this.code.addLocal(i64);
  readonly result: number = this.code.addLocal(i64);
  top: Label = 0;

  constructor(place: WalkPlace) {
    this.place = place;
  }

  readonly operands: LeafOperands = slotOperands(this);

  pushSlot(place: number, by: AccessOp = access.i32Load): void {
    this.code.localGet(this.slot);
    this.code.access(by, place);
  }

  pushImmediate(by: AccessOp): void {
    this.pushSlot(WALK_SLOT.imm, by);
  }

  /** The low word of the pc; texts lie below 2^32. */
  pushPc(): void {
    const { code } = this;
    const shift = WALK_SLOT_SHIFT - 2;
    code.localGet(this.slot);
    code.i32Const(shift);
    code.op(op.i32ShrU);
    code.i32Const(this.place.textBase - (SLOTS_OFFSET >>> shift));
    code.op(op.i32Add);
  }

  /** Byte address of a register named in the slot. */
  pushRegisterPlace(field: 'rd' | 'rs1' | 'rs2'): void {
    this.pushSlot(WALK_SLOT[field], access.i32Load8U);
    this.code.i32Const(3);
    this.code.op(op.i32Shl);
  }

  loadRegister(field: 'rd' | 'rs1' | 'rs2', local: number): void {
    this.pushRegisterPlace(field);
    this.code.access(access.i64Load, WALK.registers);
    this.code.localSet(local);
  }

  writeResult(): void {
    this.pushRegisterPlace('rd');
    this.code.localGet(this.result);
    this.code.access(access.i64Store, WALK.registers);
  }

  /** Leaves with `reason`; the slot to go on at is on top of the stack. */
  leave(reason: number): void {
    const { code } = this;
    code.i32Const(0);
    code.localGet(this.clk);
    code.access(access.i64Store, WALK.clk);
    code.i32Const(0);
    code.localGet(this.cursor);
    code.access(access.i32Store, WALK.cursor);
    code.i32Const(0);
    code.i32Const(reason);
    code.access(access.i32Store, WALK.reason);
    this.pushSlotNumber();
    code.op(op.return);
  }

  pushSlotNumber(): void {
    const { code } = this;
    code.localGet(this.slot);
    code.i32Const(SLOTS_OFFSET);
    code.op(op.i32Sub);
    code.i32Const(WALK_SLOT_SHIFT);
    code.op(op.i32ShrU);
  }

  pay(): void {
    const { code } = this;
    code.localGet(this.clk);
    code.i64Const(8);
    code.op(op.i64Add);
    code.localSet(this.clk);
  }

  next(): void {
    const { code } = this;
    this.pay();
    code.localGet(this.slot);
    code.i32Const(1 << WALK_SLOT_SHIFT);
    code.op(op.i32Add);
    code.localSet(this.slot);
    code.br(this.top);
  }

  /** Byte address of the slot whose number is in `to`. */
  pushPlace(): void {
    const { code } = this;
    code.localGet(this.to);
    code.i32Const(WALK_SLOT_SHIFT);
    code.op(op.i32Shl);
    code.i32Const(SLOTS_OFFSET);
    code.op(op.i32Add);
  }

  /** To the slot number in `to`, which is so much the hotter. */
  go(heat: number): void {
    const { code } = this;
    this.pay();
    this.pushPlace();
    code.localSet(this.slot);
    if (heat > 0) this.#warm(heat);
    code.br(this.top);
  }

  /** Leaves where the slot in `to` becomes hot. */
  #warm(amount: number): void {
    const { code } = this;
    const { heat } = walkMemory(this.place.textBytes >>> 2);
    const place = (): void => {
      code.localGet(this.to);
      code.i32Const(2);
      code.op(op.i32Shl);
    };
    place();
    place();
    code.access(access.i32Load, heat);
    code.i32Const(amount);
    code.op(op.i32Add);
    code.localTee(this.taken);
    code.access(access.i32Store, heat);
    code.localGet(this.taken);
    code.i32Const(this.place.hot);
    code.op(op.i32GeS);
    code.if();
    this.leave(LEFT.hot);
    code.end();
  }

  /** The instruction would go to `target`, on the stack, where the program has none. */
  leaveOutside(pushTarget: () => void): void {
    const { code } = this;
    code.i32Const(0);
    pushTarget();
    code.access(access.i64Store, WALK.target);
    this.leave(LEFT.outside);
  }
}
