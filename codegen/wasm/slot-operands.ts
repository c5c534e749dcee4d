// The operands of a row whose instruction is known only as its slot.

import type { CodeWriter } from './binary/code.ts';
import { type AccessOp, access, op } from './binary/instructions.ts';
import { type LeafOperands, NOTHING_KNOWN } from './lower.ts';

/** Locals of the source registers' values and of a scratch, and how a slot's immediate and its pc's low word are pushed. */
export interface SlotFrame {
  readonly code: CodeWriter;
  readonly rs1: number;
  readonly rs2: number;
  readonly scratch: number;
  pushImmediate(by: AccessOp): void;
  pushPc(): void;
}

export const slotOperands = (frame: SlotFrame): LeafOperands => ({
  rs1: 1,
  rs2: 2,
  known: NOTHING_KNOWN,
  get: register => frame.code.localGet(register === 1 ? frame.rs1 : frame.rs2),
  scratch: () => frame.scratch,
  leaf: (leaf, width) => {
    if (leaf === 'imm') {
      frame.pushImmediate(width === 64 ? access.i64Load32S : access.i32Load);
      return;
    }
    frame.pushPc();
    if (width === 64) frame.code.op(op.i64ExtendI32U);
  },
});
