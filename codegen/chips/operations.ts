// What the operations of words mean, over integers: the one definition that the oracle evaluates and that every printer
// of fillers is compared with.

import { assert } from '../../runtime/errors.ts';
import type { PrimeField } from '../../runtime/fields/prime-field.ts';
import type { Width } from '../isa/expr.ts';

export type WordOp =
  | 'const'
  | 'field' // of the event
  | 'add'
  | 'sub'
  | 'mul'
  | 'divU' // of 32 bits; by 0, all ones
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shr'
  | 'sar' // of a signed number, by a constant
  | 'eq'
  | 'ltU'
  | 'ltS'
  | 'choose'
  | 'bits'
  | 'wide'
  | 'inverse'
  | 'canonical'
  | 'fieldAdd'
  | 'fieldMul';

/** The integers that a word may be: all below 2^width, or signed ones of `width` bits. */
export interface Interval {
  readonly min: bigint;
  readonly max: bigint;
}

/** An operation with all that its meaning depends on. */
export interface Operation extends Interval {
  readonly op: WordOp;
  readonly width: Width;
  readonly args: readonly { readonly width: Width }[];
  /** Of `bits`: the bits [from, to). */
  readonly from: number;
  readonly to: number;
}

/** Numbers nearer to 0 have their inverses in a table: three limbs' sum is the largest that chips invert. */
export const INVERSE_LIMIT: bigint = 2n ** 18n;

const flag = (condition: boolean): bigint => (condition ? 1n : 0n);

/** The value of `operation` on the values of its operands; `field` is needed by operations of a field. */
export function apply(operation: Operation, values: readonly bigint[], field?: PrimeField): bigint {
  const { op, width, args } = operation;
  const [a = 0n, b = 0n, c = 0n] = values;
  const compared = Math.max(...args.map(arg => arg.width));
  const [ua, ub] = [BigInt.asUintN(compared, a), BigInt.asUintN(compared, b)];
  switch (op) {
    case 'add':
      return wrap(operation, a + b);
    case 'sub':
      return wrap(operation, a - b);
    case 'mul':
      return wrap(operation, a * b);
    case 'divU':
      return ub === 0n ? 2n ** 32n - 1n : ua / ub;
    case 'and':
      return wrap(operation, a & b);
    case 'or':
      return wrap(operation, a | b);
    case 'xor':
      return wrap(operation, a ^ b);
    case 'shl':
      return wrap(operation, a << b);
    case 'shr':
      return wrap(operation, BigInt.asUintN(width, a) >> b);
    case 'sar':
      return wrap(operation, a >> b);
    case 'eq':
      return flag(ua === ub);
    case 'ltU':
      return flag(ua < ub);
    case 'ltS':
      return flag(BigInt.asIntN(compared, a) < BigInt.asIntN(compared, b));
    case 'choose':
      return a === 1n ? b : c;
    case 'bits':
      return BigInt.asUintN(operation.to - operation.from, a >> BigInt(operation.from));
    case 'wide':
      return a;
    default:
      return ofField(op, a, b, field);
  }
}

function ofField(op: WordOp, a: bigint, b: bigint, field: PrimeField | undefined): bigint {
  assert(field !== undefined, `chips: ${op} needs a field`);
  switch (op) {
    case 'inverse':
      assert(a < INVERSE_LIMIT && -a < INVERSE_LIMIT, `chips: the inverse of ${a} is not in the table`);
      return BigInt(field.inverse(field.of(a)));
    case 'canonical':
      return BigInt(field.of(a));
    case 'fieldAdd':
      return BigInt(field.add(Number(a), Number(b)));
    case 'fieldMul':
      return BigInt(field.mul(Number(a), Number(b)));
    default:
      throw new Error(`bug in jit-exec: ${op} has no value of its own`);
  }
}

/** The integer of `interval`'s sign with the low bits of `value`. */
function wrap({ width, min }: Operation, value: bigint): bigint {
  return min < 0n ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

/** The interval itself where a word of `width` can hold it, else that of all unsigned words. */
export function interval(width: Width, min: bigint, max: bigint): Interval {
  return holds(width, min, max) ? { min, max } : { min: 0n, max: 2n ** BigInt(width) - 1n };
}

export function holds(width: Width, min: bigint, max: bigint): boolean {
  const bits = BigInt(width);
  return min >= 0n ? max < 2n ** bits : -min <= 2n ** (bits - 1n) && max < 2n ** (bits - 1n);
}
