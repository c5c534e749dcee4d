// Where a walk goes from a branch or a jump: to a slot of its own, out to the host, or back to the place that the host waits for.

import { ENTRY_WEIGHT } from '../../../runtime/abi.ts';
import { LEFT, TOLD, WALK, WALK_SLOT } from '../../../runtime/trace/walk-layout.ts';
import { access, op } from '../binary/instructions.ts';
import type { WalkFrame } from './walk-frame.ts';

export class WalkJumps {
  readonly #frame: WalkFrame;
  readonly #seen: number;

  /** `seen`: the function of the ABI. */
  constructor(frame: WalkFrame, seen: number) {
    this.#frame = frame;
    this.#seen = seen;
  }

  /** To the slot's target; that of a loop or a function is the hotter. */
  jump(isConditional: boolean): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.pushSlot(WALK_SLOT.target);
    code.localTee(frame.to);
    code.i32Const(0);
    code.op(op.i32LtS);
    code.if();
    frame.leaveOutside(() => {
      frame.pushPc();
      frame.pushSlot(WALK_SLOT.imm);
      code.op(op.i32Add);
      code.op(op.i64ExtendI32U);
    });
    code.end();
    if (!isConditional) frame.go(ENTRY_WEIGHT);
    frame.pushSlotNumber();
    code.localGet(frame.to);
    code.op(op.i32GeU);
    code.if();
    frame.go(ENTRY_WEIGHT);
    code.end();
    frame.go(0);
  }

  /** To the slot in `to`, from a jump through a register that links or does not. */
  jumpThrough(isLinked: boolean): void {
    this.#comeBack();
    this.#frame.go(isLinked ? ENTRY_WEIGHT : 1);
  }

  /** Makes `to` the slot at `address`, or leaves; tells the host where that was not known. */
  find(): void {
    const frame = this.#frame;
    const { code, place } = frame;
    code.localGet(frame.address);
    code.i64Const(place.textBase);
    code.op(op.i64Sub);
    code.i64Const(2);
    code.op(op.i64Rotr);
    code.localTee(frame.scratch);
    code.i64Const(place.textBytes >>> 2);
    code.op(op.i64GeU);
    code.if();
    frame.leaveOutside(() => code.localGet(frame.address));
    code.end();
    code.localGet(frame.scratch);
    code.op(op.i32WrapI64);
    code.localSet(frame.to);
    this.#tell();
  }

  #tell(): void {
    const frame = this.#frame;
    const { code } = frame;
    frame.pushSlot(WALK_SLOT.target);
    code.localGet(frame.to);
    code.op(op.i32Ne);
    code.if();
    frame.pushSlot(WALK_SLOT.target);
    code.i32Const(TOLD);
    code.op(op.i32Ne);
    code.if();
    frame.pushSlotNumber();
    code.localGet(frame.to);
    code.call(this.#seen);
    code.end();
    code.end();
  }

  /** Leaves where a jump goes to the place that the host waits for. */
  #comeBack(): void {
    const frame = this.#frame;
    const { code } = frame;
    code.localGet(frame.to);
    code.i32Const(0);
    code.access(access.i32Load, WALK.back);
    code.op(op.i32Eq);
    code.if();
    frame.pay();
    frame.pushPlace();
    code.localSet(frame.slot);
    frame.leave(LEFT.back);
    code.end();
  }
}
