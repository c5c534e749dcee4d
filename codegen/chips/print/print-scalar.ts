// The operations of fillers in WebAssembly, of one row in i32.

import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import type { CodeWriter } from '../../wasm/binary/code.ts';
import { access, type Op, op, valueType } from '../../wasm/binary/instructions.ts';
import type { U32, U32Op } from '../u32.ts';
import { columnAddress, type LaneFrame, type LaneWriter, type Push } from './print-lanes.ts';

const SCALAR: Partial<Record<U32Op, Op>> = {
  add: op.i32Add,
  sub: op.i32Sub,
  mul: op.i32Mul,
  divU: op.i32DivU,
  and: op.i32And,
  or: op.i32Or,
  xor: op.i32Xor,
  shl: op.i32Shl,
  shr: op.i32ShrU,
  sar: op.i32ShrS,
  shlBy: op.i32Shl,
  shrBy: op.i32ShrU,
  eq: op.i32Eq,
  ltU: op.i32LtU,
  ltS: op.i32LtS,
};

export function scalarLanes(frame: LaneFrame): LaneWriter {
  const { code, events, counts } = frame;
  const address = code.addLocal(valueType.i32);
  return {
    rows: 1,
    type: valueType.i32,
    constant: value => code.i32Const(value),
    event: word => {
      code.localGet(events);
      code.access(access.i32Load, 4 * word);
    },
    operation: (node, push) => scalarOperation(frame, node, push),
    isMask: () => false,
    maskToFlag: () => {},
    flagToMask: () => {},
    store: () => code.access(access.i32Store),
    count: (offset, pushTimes) => {
      code.i32Const(2);
      code.op(op.i32Shl);
      code.localGet(counts);
      code.op(op.i32Add);
      code.localTee(address);
      code.localGet(address);
      code.access(access.i32Load, offset);
      if (pushTimes === undefined) code.i32Const(1);
      else pushTimes();
      code.op(op.i32Add);
      code.access(access.i32Store, offset);
    },
  };
}

function scalarOperation(frame: LaneFrame, { op: kind, args, value }: U32, push: Push): void {
  const { code, inverses, field } = frame;
  if (kind === 'column' || kind === 'next') {
    columnAddress(frame, value);
    code.access(access.i32Load, kind === 'next' ? 4 : 0);
    return;
  }
  if (kind === 'select') {
    const [condition, a, b] = args;
    for (const arg of [a!, b!, condition!]) push(arg);
    code.op(op.select);
    return;
  }
  for (const arg of args) push(arg);
  if (kind === 'shl' || kind === 'shr' || kind === 'sar') code.i32Const(value);
  const plain = SCALAR[kind];
  if (plain !== undefined) {
    code.op(plain);
    return;
  }
  if (kind === 'inverse') {
    code.i32Const(2);
    code.op(op.i32Shl);
    code.localGet(inverses);
    code.op(op.i32Add);
    code.access(access.i32Load);
  } else if (kind === 'fieldAdd') scalarFieldAdd(code, field);
  else scalarMontgomery(code, field);
}

/** s − p where s reaches p, else s. */
function scalarFieldAdd(code: CodeWriter, { modulus }: PrimeField): void {
  const sum = code.addLocal(valueType.i32);
  code.op(op.i32Add);
  code.localTee(sum);
  code.i32Const(modulus);
  code.op(op.i32Sub);
  code.localGet(sum);
  code.localGet(sum);
  code.i32Const(modulus);
  code.op(op.i32GeU);
  code.op(op.select);
}

/** High half of a b less that of m p, where m = a b / p mod 2^32: the low halves are equal. */
function scalarMontgomery(code: CodeWriter, { modulus, negativeInverse }: PrimeField): void {
  const [a, b] = [code.addLocal(valueType.i32), code.addLocal(valueType.i32)];
  const [product, result] = [code.addLocal(valueType.i64), code.addLocal(valueType.i32)];
  code.localSet(b);
  code.localSet(a);
  for (const factor of [a, b]) {
    code.localGet(factor);
    code.op(op.i64ExtendI32U);
  }
  code.op(op.i64Mul);
  code.localTee(product);
  code.i64Const(32);
  code.op(op.i64ShrU);
  code.localGet(product);
  code.op(op.i32WrapI64);
  code.i32Const(-negativeInverse);
  code.op(op.i32Mul);
  code.op(op.i64ExtendI32U);
  code.i64Const(modulus);
  code.op(op.i64Mul);
  code.i64Const(32);
  code.op(op.i64ShrU);
  code.op(op.i64Sub);
  code.op(op.i32WrapI64);
  code.localTee(result);
  code.i32Const(modulus);
  code.op(op.i32Add);
  code.localGet(result);
  code.localGet(result);
  code.i32Const(0);
  code.op(op.i32LtS);
  code.op(op.select);
}
