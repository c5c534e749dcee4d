// The base field and the quadratic extension of BN254 and BLS12-381, in place: x := x op y.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/fptower, SP1 6.4.0.

import { equationOf } from '../../../../runtime/curves/field-steps.ts';
import { GADGET_FIELDS, type GadgetField } from '../../../../runtime/curves/gadget-field.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { Event } from '../../event.ts';
import { type Poly, sum } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { fieldLt } from '../gadgets/field-lt.ts';
import {
  coefficientsOf,
  constantBytes,
  type Digits,
  type FieldOpCells,
  fieldOpCells,
  fieldOpFields,
  fieldSteps,
  vanishes,
} from '../gadgets/field-op.ts';
import {
  type AddressCells,
  granuleAddresses,
  type SyscallAddress,
  syscallAddress,
} from '../gadgets/syscall-address.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, type Clk, clkCells, padAs, phaseOf, receiveCall } from './blocks.ts';
import { formulaEvent } from './formula-events.ts';
import { fieldOp, TOWER_MUL } from './formulas.ts';
import { type ByteGranules, byteAccesses, granuleAccesses, readGranules, toLimbs, writeGranules } from './granules.ts';

export type TowerName = 'Bn254' | 'Bls12381';
type Upper = Uppercase<TowerName>;

const upper = (name: TowerName): Upper => name.toUpperCase() as Upper;

/** Events of x op y on `n` granules each. */
const operandFields = (n: number) =>
  ({ clk: 48, x: 48, y: 48, x_prev: [64, n], x_stamp: [48, n], y_prev: [64, n], y_stamp: [48, n] }) as const;

interface OperandWords {
  readonly clk: Word;
  readonly x: Word;
  readonly y: Word;
  readonly x_prev: readonly Word[];
  readonly x_stamp: readonly Word[];
  readonly y_prev: readonly Word[];
  readonly y_stamp: readonly Word[];
}

interface Operands {
  readonly clk: Clk;
  readonly x_ptr: SyscallAddress;
  readonly y_ptr: SyscallAddress;
  readonly x_addrs: readonly AddressCells[];
  readonly y_addrs: readonly AddressCells[];
  readonly x: ByteGranules;
  readonly y: ByteGranules;
}

/** x is written at phase 1, y read at phase 0. */
function operands(real: Air, e: OperandWords, bytes: number): Operands {
  const clk = clkCells(real, e.clk);
  const [x_ptr, y_ptr] = [syscallAddress(real, e.x, bytes), syscallAddress(real, e.y, bytes)];
  const n = bytes / 8;
  return {
    clk,
    x_ptr,
    y_ptr,
    x_addrs: granuleAddresses(real, x_ptr, n),
    y_addrs: granuleAddresses(real, y_ptr, n),
    x: byteAccesses(real, phaseOf(clk, 1), { prev: e.x_prev, stamp: e.x_stamp }),
    y: byteAccesses(real, phaseOf(clk, 0), { prev: e.y_prev, stamp: e.y_stamp }),
  };
}

/** The call's message and its accesses: x becomes `result`. */
function finish(real: Air, o: Operands, id: number | Poly, result: FieldOpCells['result']): void {
  receiveCall(real, o.clk, id, addressLimbs(o.x_ptr), addressLimbs(o.y_ptr));
  readGranules(real, phaseOf(o.clk, 0), o.y_addrs, granuleAccesses(o.y));
  writeGranules(real, phaseOf(o.clk, 1), o.x_addrs, granuleAccesses(o.x), toLimbs(result));
}

/** What x op y = cells.result says where one of `flags` is 1 and names the operation. */
function selected(
  air: Air,
  field: GadgetField,
  flags: readonly (readonly [flag: Poly, op: 'add' | 'sub' | 'mul'])[],
  [x, y]: readonly [Digits, Digits],
  cells: FieldOpCells,
): void {
  const each = flags.map(([flag, op]) =>
    coefficientsOf(equationOf<Digits>(op, cells.result, [x, y])).map(c => flag.mul(c)),
  );
  const longest = Math.max(...each.map(({ length }) => length));
  const coefficients = Array.from({ length: longest }, (_, k) => sum(each.flatMap(one => one[k] ?? [])));
  vanishes(air, field, coefficients, constantBytes(field.modulus.value, field), cells);
}

export function fpOpAssign(name: TowerName): Chip {
  const field = GADGET_FIELDS[name];
  const { bytes } = field;
  const fields = { ...operandFields(bytes / 8), op: 2, ...fieldOpFields(['output'], field) };
  return sp1(`${name}FpOpAssign`, fields, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const o = operands(real, e, bytes);
    const [is_add, is_sub, is_mul] = [air.flag(e.op.eq(0)), air.flag(e.op.eq(1)), air.flag(e.op.eq(2))];
    air.equal(sum([is_add, is_sub, is_mul]), 1, 'one operation');
    const output = fieldOpCells(real, e, 'output');
    const flags = [
      [is_add, 'add'],
      [is_sub, 'sub'],
      [is_mul, 'mul'],
    ] as const;
    air.later(() => selected(air, field, flags, [o.x.bytes, o.y.bytes], output));
    const output_range = fieldLt(real, output.result, constantBytes(field.modulus.value, field));
    const id = flags.map(([flag, op]) =>
      flag.mul(SYSCALL_ID[`${upper(name)}_FP_${op.toUpperCase() as Uppercase<typeof op>}`]),
    );
    finish(real, o, sum(id), output.result);
    padAs(air, () => formulaEvent(field, fieldOp('output', 'add'), { x: 0n, y: 0n }), output, output_range);
    air.pad(is_add, 1);
    return {
      is_real,
      ...o.clk,
      is_add,
      is_sub,
      is_mul,
      x_ptr: o.x_ptr,
      y_ptr: o.y_ptr,
      x_addrs: o.x_addrs,
      y_addrs: o.y_addrs,
      x_access: o.x.cells,
      y_access: o.y.cells,
      output,
      output_range,
    };
  });
}

export function fp2AddSubAssign(name: TowerName): Chip {
  const field = GADGET_FIELDS[name];
  const { bytes } = field;
  const fields = { ...operandFields(bytes / 4), op: 2, ...fieldOpFields(['c0', 'c1'], field) };
  return sp1(`${name}Fp2AddSubAssign`, fields, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const o = operands(real, e, 2 * bytes);
    const is_add = air.flag(e.op.eq(0));
    const component = (name: 'c0' | 'c1', from: number): FieldOpCells => {
      const cells = fieldOpCells(real, e, name);
      const flags = [
        [is_add, 'add'],
        [is_add.not(), 'sub'],
      ] as const;
      const [x, y] = [o.x.bytes, o.y.bytes].map(all => all.slice(from, from + bytes)) as [Poly[], Poly[]];
      air.later(() => selected(air, field, flags, [x, y], cells));
      return cells;
    };
    const [c0, c1] = [component('c0', 0), component('c1', bytes)];
    const modulus = constantBytes(field.modulus.value, field);
    const [c0_range, c1_range] = [fieldLt(real, c0.result, modulus), fieldLt(real, c1.result, modulus)];
    const [add, sub] = [SYSCALL_ID[`${upper(name)}_FP2_ADD`], SYSCALL_ID[`${upper(name)}_FP2_SUB`]];
    finish(real, o, is_add.mul(add).add(is_add.not().mul(sub)), [...c0.result, ...c1.result]);
    const zeros = { x: 0n, y: 0n };
    const padding = (): Event => ({
      ...formulaEvent(field, fieldOp('c0', 'add'), zeros),
      ...formulaEvent(field, fieldOp('c1', 'add'), zeros),
    });
    padAs(air, padding, c0, c1, c0_range, c1_range);
    air.pad(is_add, 1);
    return {
      is_real,
      ...o.clk,
      is_add,
      x_ptr: o.x_ptr,
      y_ptr: o.y_ptr,
      x_addrs: o.x_addrs,
      y_addrs: o.y_addrs,
      x_access: o.x.cells,
      y_access: o.y.cells,
      c0,
      c1,
      c0_range,
      c1_range,
    };
  });
}

export function fp2MulAssign(name: TowerName): Chip {
  const field = GADGET_FIELDS[name];
  const { bytes } = field;
  const names = TOWER_MUL.steps.map(step => step.name);
  const fields = { ...operandFields(bytes / 4), ...fieldOpFields(names, field) };
  return sp1(`${name}Fp2MulAssign`, fields, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const o = operands(real, e, 2 * bytes);
    const inputs = {
      x_0: o.x.bytes.slice(0, bytes),
      x_1: o.x.bytes.slice(bytes),
      y_0: o.y.bytes.slice(0, bytes),
      y_1: o.y.bytes.slice(bytes),
    };
    const steps = fieldSteps(air, real, field, TOWER_MUL.steps, inputs, e);
    const modulus = constantBytes(field.modulus.value, field);
    const [c0_range, c1_range] = [fieldLt(real, steps.c0.result, modulus), fieldLt(real, steps.c1.result, modulus)];
    finish(real, o, SYSCALL_ID[`${upper(name)}_FP2_MUL`], [...steps.c0.result, ...steps.c1.result]);
    const zeros = { x_0: 0n, x_1: 0n, y_0: 0n, y_1: 0n };
    padAs(air, () => formulaEvent(field, TOWER_MUL, zeros), steps, c0_range, c1_range);
    return {
      is_real,
      ...o.clk,
      x_ptr: o.x_ptr,
      y_ptr: o.y_ptr,
      x_addrs: o.x_addrs,
      y_addrs: o.y_addrs,
      x_access: o.x.cells,
      y_access: o.y.cells,
      a0_mul_b0: steps.a0_mul_b0,
      a1_mul_b1: steps.a1_mul_b1,
      a0_mul_b1: steps.a0_mul_b1,
      a1_mul_b0: steps.a1_mul_b0,
      c0: steps.c0,
      c1: steps.c1,
      c0_range,
      c1_range,
    };
  });
}
