// The chunk's entries in an interpreting walk: an access takes one, a load has its result of it.

import { ENTRY_BYTES } from '../../../runtime/layout.ts';
import { LEFT, WALK } from '../../../runtime/trace/walk-layout.ts';
import type { AccessBytes } from '../../isa/expr.ts';
import type { AccessEffect } from '../../region/accesses.ts';
import { access, op } from '../binary/instructions.ts';
import type { WalkFrame } from './walk-frame.ts';

export class WalkEntries {
  readonly #frame: WalkFrame;

  constructor(frame: WalkFrame) {
    this.#frame = frame;
  }

  /** Makes `old` the value of the next entry, which it leaves behind; leaves the walk where there is none. */
  take(): void {
    const frame = this.#frame;
    const { code } = frame;
    code.localGet(frame.cursor);
    code.i32Const(0);
    code.access(access.i32Load, WALK.cursorEnd);
    code.op(op.i32GeU);
    code.if();
    frame.leave(LEFT.entries);
    code.end();
    code.localGet(frame.cursor);
    code.access(access.i64Load, 8);
    code.localSet(frame.old);
    code.localGet(frame.cursor);
    code.i32Const(ENTRY_BYTES);
    code.op(op.i32Add);
    code.localSet(frame.cursor);
  }

  /** Of the entry that was taken last. */
  pushOldClk(): void {
    const { code, cursor } = this.#frame;
    code.localGet(cursor);
    code.i32Const(ENTRY_BYTES);
    code.op(op.i32Sub);
    code.access(access.i64Load);
  }

  /** Makes `result` what a load has of the doubleword in `old`. */
  load({ bytes, signed }: Extract<AccessEffect, { kind: 'load' }>): void {
    const { code, old, result } = this.#frame;
    code.localGet(old);
    if (bytes < 8) {
      this.pushShift();
      code.op(op.i64ShrU);
      this.#narrow(bytes, signed);
    }
    code.localSet(result);
  }

  /** Bits from the doubleword's end to the address. */
  pushShift(): void {
    const { code, address } = this.#frame;
    code.localGet(address);
    code.i64Const(3);
    code.op(op.i64Shl);
  }

  #narrow(bytes: AccessBytes, signed: boolean): void {
    const { code } = this.#frame;
    if (signed) {
      code.op(bytes === 1 ? op.i64Extend8S : bytes === 2 ? op.i64Extend16S : op.i64Extend32S);
      return;
    }
    code.i64Const(2 ** (8 * bytes) - 1);
    code.op(op.i64And);
  }
}
