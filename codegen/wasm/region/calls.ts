// How a region function hands control to others: calls by pc and through a register, and what follows them.

import { access, op, valueType } from '../binary/instructions.ts';
import { pushConstant, pushIndex } from '../lower.ts';
import { DEPTH, FUEL } from './frame.ts';
import { TracedFrame } from './traced-frame.ts';

/** The depth of functions that the dispatcher calls. */
const OUTERMOST = 1;

export class CallingFrame extends TracedFrame {
  /** Pushes the result of the region at a pc. Only one of this module is known to find its own pc. */
  callRegion(to: number): void {
    const { code, options } = this;
    const local = options.functionAt(to);
    const element = options.tableIndexOf(to);
    if (local !== undefined) {
      this.deeper();
      code.call(local);
      return;
    }
    if (element === undefined) {
      code.i32Const(to);
      code.i32Const(0);
      this.deeper();
      code.call(options.imports.callAt);
      return;
    }
    this.storePc(() => code.i32Const(to));
    this.deeper();
    code.i32Const(element);
    code.callIndirect(options.regionType);
  }

  /** Goes on in the region at a pc, in this one's host frame where that can be. */
  goOn(to: number): void {
    const { code, options } = this;
    const local = options.functionAt(to);
    const element = options.tableIndexOf(to);
    if (local !== undefined) {
      code.localGet(DEPTH);
      code.returnCall(local);
      return;
    }
    if (element === undefined) {
      this.callRegion(to);
      code.op(op.return);
      return;
    }
    this.storePc(() => code.i32Const(to));
    code.localGet(DEPTH);
    code.i32Const(element);
    code.returnCallIndirect(options.regionType);
  }

  /** Pushes the result of the function at the target. */
  callTarget(): void {
    const { code, options } = this;
    const target = this.target();
    this.pushInTable(target);
    code.if(valueType.i32);
    this.storePc(() => this.low(() => code.localGet(target)));
    this.deeper();
    this.low(() => code.localGet(this.offset()));
    code.callIndirect(options.regionType);
    code.else();
    this.low(() => code.localGet(target));
    this.high(() => code.localGet(target));
    this.deeper();
    code.call(options.imports.callAt);
    code.end();
  }

  /** Makes the offset the table index of a target; pushes whether the table has it. */
  pushInTable(target: number): void {
    const { code, options, wide } = this;
    pushIndex(code, options.xlen, target, options.tableBase, options.tableShift);
    code.localTee(this.offset());
    pushConstant(code, options.xlen, options.tableLength);
    code.op(wide ? op.i64LtU : op.i32LtU);
  }

  /** Behind a call, its result on the stack: leaves unless that is `next`, else takes up the live registers again. */
  comeBack(next: number, live: number, need: number): void {
    const { code } = this;
    code.localTee(this.at);
    code.i32Const(next);
    code.op(op.i32Ne);
    code.unlikely();
    code.if();
    code.localGet(this.at);
    code.op(op.return);
    code.end();
    code.i32Const(0);
    code.access(access.i32Load, FUEL);
    code.localTee(this.fuel);
    code.i32Const(need);
    code.op(op.i32LtS);
    code.unlikely();
    code.if();
    this.refuelOrUnwind(next, need);
    code.end();
    this.reloadTrace();
    this.reload(live);
  }

  /** Returns; where the caller is the dispatcher, to the region at the target at once. */
  returnToTarget(): void {
    const { code, options, wide } = this;
    const target = this.target();
    if (wide) {
      this.high(() => code.localGet(target));
      code.if();
      this.low(() => code.localGet(target));
      this.high(() => code.localGet(target));
      code.call(options.imports.far);
      code.op(op.return);
      code.end();
    }
    if (options.tableLength > 0) this.goToTarget();
    this.low(() => code.localGet(target));
    code.op(op.return);
  }

  /** In the outermost frame: a deep recursion comes back without a turn of the dispatcher for each of its frames. */
  goToTarget(): void {
    const { code, options } = this;
    const target = this.target();
    code.localGet(DEPTH);
    code.i32Const(OUTERMOST);
    code.op(op.i32Eq);
    code.unlikely();
    code.if();
    this.pushInTable(target);
    code.if();
    this.storePc(() => this.low(() => code.localGet(target)));
    code.i32Const(OUTERMOST);
    this.low(() => code.localGet(this.offset()));
    code.returnCallIndirect(options.regionType);
    code.end();
    code.end();
  }
}
