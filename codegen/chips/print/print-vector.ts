// The operations of fillers in WebAssembly, of four rows in i32x4. A comparison is a mask, all ones or zeros, until a number
// is asked for.

import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import type { CodeWriter } from '../../wasm/binary/code.ts';
import { access, lane, type Op, op, type Vector, valueType, vector } from '../../wasm/binary/instructions.ts';
import type { U32, U32Op } from '../u32.ts';
import { columnAddress, type LaneFrame, type LaneWriter, type Push } from './print-lanes.ts';

const VECTOR: Partial<Record<U32Op, Vector>> = {
  add: vector.i32x4Add,
  sub: vector.i32x4Sub,
  mul: vector.i32x4Mul,
  and: vector.v128And,
  or: vector.v128Or,
  xor: vector.v128Xor,
  shl: vector.i32x4Shl,
  shr: vector.i32x4ShrU,
  sar: vector.i32x4ShrS,
  eq: vector.i32x4Eq,
  ltU: vector.i32x4LtU,
  ltS: vector.i32x4LtS,
};

const isComparison = ({ op: kind }: U32): boolean => kind === 'eq' || kind === 'ltU' || kind === 'ltS';

export function vectorLanes(frame: LaneFrame): LaneWriter {
  const { code, counts } = frame;
  const event = transposedEvents(frame);
  const [address, addresses, times] = [valueType.i32, valueType.v128, valueType.v128].map(type =>
    code.addLocal(type),
  ) as [number, number, number];
  return {
    rows: 4,
    type: valueType.v128,
    constant: value => code.vectorConst([value, value, value, value]),
    event,
    operation: (node, push, pushMask) => vectorOperation(frame, node, push, pushMask),
    isMask: isComparison,
    maskToFlag: () => code.vector(vector.i32x4Neg),
    flagToMask: () => code.vector(vector.i32x4Neg),
    store: () => code.access(access.v128Store),
    count: (offset, pushTimes) => {
      slotAddresses(code, counts);
      code.localSet(addresses);
      if (pushTimes !== undefined) {
        pushTimes();
        code.localSet(times);
      }
      for (let i = 0; i < 4; i++) {
        code.localGet(addresses);
        code.vectorLane(lane.i32x4Extract, i);
        code.localTee(address);
        code.localGet(address);
        code.access(access.i32Load, offset);
        if (pushTimes === undefined) code.i32Const(1);
        else {
          code.localGet(times);
          code.vectorLane(lane.i32x4Extract, i);
        }
        code.op(op.i32Add);
        code.access(access.i32Store, offset);
      }
    },
  };
}

/** Indices of u32 as addresses in the table at `base`. */
function slotAddresses(code: CodeWriter, base: number): void {
  code.i32Const(2);
  code.vector(vector.i32x4Shl);
  code.localGet(base);
  code.vector(vector.i32x4Splat);
  code.vector(vector.i32x4Add);
}

function vectorOperation(frame: LaneFrame, { op: kind, args, value }: U32, push: Push, pushMask: Push): void {
  const { code, inverses, field } = frame;
  if (kind === 'column' || kind === 'next') {
    columnAddress(frame, value);
    if (kind === 'next') code.access(access.v128Load, 4, 2);
    else code.access(access.v128Load);
    return;
  }
  if (kind === 'select') {
    vectorSelect(code, args as [U32, U32, U32], push, pushMask);
    return;
  }
  for (const arg of args) push(arg);
  if (kind === 'shl' || kind === 'shr' || kind === 'sar') code.i32Const(value);
  const plain = VECTOR[kind];
  if (plain !== undefined) {
    code.vector(plain);
    return;
  }
  if (kind === 'inverse') vectorTable(code, inverses);
  else if (kind === 'fieldAdd') vectorFieldAdd(code, field);
  else if (kind === 'montgomery') vectorMontgomery(code, field);
  else if (kind === 'shlBy') {
    powerOfTwo(code);
    code.vector(vector.i32x4Mul);
  } else vectorLaneByLane(code, kind === 'divU' ? op.i32DivU : op.i32ShrU);
}

function vectorSelect(code: CodeWriter, [condition, a, b]: [U32, U32, U32], push: Push, pushMask: Push): void {
  push(a);
  if (b.op === 'const' && b.value === 0) {
    pushMask(condition);
    code.vector(vector.v128And); // c ? x : 0 = c & x
    return;
  }
  push(b);
  pushMask(condition);
  code.vector(vector.v128Bitselect);
}

/** 2^x of x below 32, through the exponent of a float: vectors shift all lanes by the same. */
function powerOfTwo(code: CodeWriter): void {
  code.vectorConst([127, 127, 127, 127]);
  code.vector(vector.i32x4Add);
  code.i32Const(23);
  code.vector(vector.i32x4Shl);
  code.vector(vector.i32x4TruncSatF32x4U);
}

/** What vectors have no instruction for. */
function vectorLaneByLane(code: CodeWriter, operation: Op): void {
  const [a, by] = [code.addLocal(valueType.v128), code.addLocal(valueType.v128)];
  code.localSet(by);
  code.localSet(a);
  code.localGet(a);
  for (let i = 0; i < 4; i++) {
    for (const operand of [a, by]) {
      code.localGet(operand);
      code.vectorLane(lane.i32x4Extract, i);
    }
    code.op(operation);
    code.vectorLane(lane.i32x4Replace, i);
  }
}

function vectorTable(code: CodeWriter, base: number): void {
  const [addresses, result] = [code.addLocal(valueType.v128), code.addLocal(valueType.v128)];
  slotAddresses(code, base);
  code.localSet(addresses);
  for (let i = 0; i < 4; i++) {
    code.localGet(addresses);
    code.vectorLane(lane.i32x4Extract, i);
    code.localGet(result);
    code.vectorLoadLane(i);
    code.localSet(result);
  }
  code.localGet(result);
}

function vectorFieldAdd(code: CodeWriter, { modulus }: PrimeField): void {
  const sum = code.addLocal(valueType.v128);
  code.vector(vector.i32x4Add);
  code.localTee(sum);
  code.localGet(sum);
  code.vectorConst([modulus, modulus, modulus, modulus]);
  code.vector(vector.i32x4Sub);
  code.vector(vector.i32x4MinU); // s − p wraps to a large number where s is below p
}

const LOW_HALVES = [0, 8, 16, 24].flatMap(at => [at, at + 1, at + 2, at + 3]);
const HIGH_HALVES = LOW_HALVES.map(at => at + 4);

/** As of one row; products of 64 bits come in two vectors, of the low lanes and of the high ones. */
function vectorMontgomery(code: CodeWriter, { modulus, negativeInverse }: PrimeField): void {
  const [a, b, low, high] = Array.from({ length: 4 }, () => code.addLocal(valueType.v128)) as [
    number,
    number,
    number,
    number,
  ];
  const four = (x: number): void => code.vectorConst([x, x, x, x]);
  code.localSet(b);
  code.localSet(a);
  for (const [kind, to] of [
    [vector.i64x2ExtmulLowU, low],
    [vector.i64x2ExtmulHighU, high],
  ] as const) {
    code.localGet(a);
    code.localGet(b);
    code.vector(kind);
    code.localSet(to);
  }
  const halves = (bytes: readonly number[]): void => {
    code.localGet(low);
    code.localGet(high);
    code.vectorShuffle(bytes);
  };
  halves(HIGH_HALVES);
  halves(LOW_HALVES);
  four(-negativeInverse);
  code.vector(vector.i32x4Mul);
  code.localTee(a);
  four(modulus);
  code.vector(vector.i64x2ExtmulLowU);
  code.localGet(a);
  four(modulus);
  code.vector(vector.i64x2ExtmulHighU);
  code.vectorShuffle(HIGH_HALVES);
  code.vector(vector.i32x4Sub);
  code.localTee(a);
  code.localGet(a);
  four(modulus);
  code.vector(vector.i32x4Add);
  code.vector(vector.i32x4MinU); // r + p is the smaller one where r is negative
}

/** Words of four structs that lie in a row: loaded four words at a time and transposed, when one of them is first asked for. */
function transposedEvents({ code, events, eventWords }: LaneFrame): (word: number) => void {
  const groups = new Map<number, readonly number[]>();
  const [a, b, c, d] = Array.from({ length: 4 }, () => code.addLocal(valueType.v128)) as [
    number,
    number,
    number,
    number,
  ];
  const shuffle = (x: number, y: number, words: readonly number[]): void => {
    code.localGet(x);
    code.localGet(y);
    code.vectorShuffle(words.flatMap(word => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]));
  };
  const load = (group: number): readonly number[] => {
    for (const [row, to] of [a, b, c, d].entries()) {
      code.localGet(events);
      code.access(access.v128Load, 4 * (row * eventWords + 4 * group), 2);
      code.localSet(to);
    }
    const words = Array.from({ length: 4 }, () => code.addLocal(valueType.v128));
    const [ab, cd] = [code.addLocal(valueType.v128), code.addLocal(valueType.v128)];
    for (const half of [0, 2]) {
      shuffle(a, b, [half, half + 4, half + 1, half + 5]);
      code.localSet(ab);
      shuffle(c, d, [half, half + 4, half + 1, half + 5]);
      code.localSet(cd);
      shuffle(ab, cd, [0, 1, 4, 5]);
      code.localSet(words[half]!);
      shuffle(ab, cd, [2, 3, 6, 7]);
      code.localSet(words[half + 1]!);
    }
    return words;
  };
  return word => {
    const group = Math.floor(word / 4);
    if (!groups.has(group)) groups.set(group, load(group));
    code.localGet(groups.get(group)![word % 4]!);
  };
}
