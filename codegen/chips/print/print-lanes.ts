// What a printer of WebAssembly fillers asks of rows side by side: one in i32 (print-scalar.ts), four in i32x4 (print-vector.ts).

import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import type { CodeWriter } from '../../wasm/binary/code.ts';
import { op, type ValueType } from '../../wasm/binary/instructions.ts';
import type { U32 } from '../u32.ts';

/** Locals by what they hold, in bytes, and the writer. */
export interface LaneFrame {
  readonly code: CodeWriter;
  readonly events: number;
  readonly columns: number;
  readonly stride: number;
  readonly counts: number;
  readonly inverses: number;
  readonly eventWords: number;
  readonly field: PrimeField;
}

export type Push = (node: U32) => void;

/** Rows side by side. Each method writes instructions that take operands from the stack and leave a result there. */
export interface LaneWriter {
  readonly rows: number;
  readonly type: ValueType;
  constant(value: number): void;
  event(word: number): void;
  /** Any other operation; pushes its operands itself. Of `isMask` nodes the result is a mask. */
  operation(node: U32, push: Push, pushMask: Push): void;
  isMask(node: U32): boolean;
  maskToFlag(): void;
  flagToMask(): void;
  /** Address, value. */
  store(): void;
  /** Slot, which is `offset` bytes short: is counted once, or as often as `pushTimes` says. */
  count(offset: number, pushTimes?: () => void): void;
}

/** Adds the address of the column `index` of the rows at hand. */
export function columnAddress({ code, columns, stride }: LaneFrame, index: number): void {
  code.localGet(columns);
  code.localGet(stride);
  code.i32Const(index);
  code.op(op.i32Mul);
  code.op(op.i32Add);
}
