// The choice between the known targets of an indirect jump.

import type { Xlen } from '../../isa/expr.ts';
import type { CodeWriter, Label } from '../binary/code.ts';
import { op } from '../binary/instructions.ts';
import { pushConstant, pushIndex } from '../lower.ts';

/** A jump table may have this many elements per target that it knows, and at least this many. */
const SPARSENESS = 8;
const SMALL_TABLE = 64;

export interface SelectOptions {
  readonly xlen: Xlen;
  /** log2 of the distance of two instructions. */
  readonly tableShift: number;
}

/** Branches to the label of the target that the local holds, or to `otherwise`. */
export function pushCase(
  code: CodeWriter,
  { xlen, tableShift }: SelectOptions,
  target: number,
  targets: readonly number[],
  labels: readonly Label[],
  otherwise: Label,
): void {
  const wide = xlen === 64;
  const first = Math.min(...targets);
  const length = ((Math.max(...targets) - first) >> tableShift) + 1;
  if (targets.length < 4 || length > Math.max(SMALL_TABLE, SPARSENESS * targets.length)) {
    targets.forEach((pc, i) => {
      code.localGet(target);
      pushConstant(code, xlen, pc);
      code.op(wide ? op.i64Eq : op.i32Eq);
      code.brIf(labels[i]!);
    });
    code.br(otherwise);
    return;
  }
  const table = new Array<Label>(length).fill(otherwise);
  targets.forEach((pc, i) => {
    table[(pc - first) >> tableShift] = labels[i]!;
  });
  if (wide) {
    pushIndex(code, xlen, target, first, tableShift);
    pushConstant(code, xlen, length);
    code.op(op.i64GeU);
    code.brIf(otherwise);
  }
  pushIndex(code, xlen, target, first, tableShift);
  if (wide) code.op(op.i32WrapI64);
  code.brTable(table, otherwise);
}
