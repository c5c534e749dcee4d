// 256-bit integers: x := x y mod m, and sums and products with what is above 2^256.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/{uint256,uint256_ops}, SP1 6.4.0.

import { WIDE_BYTES, WIDE_OFFSET, WIDE_WITNESSES } from '../../../../runtime/curves/gadget-256.ts';
import type { Air } from '../../air.ts';
import type { Chip, Layout } from '../../chip.ts';
import { type Cell, poly, sum } from '../../poly.ts';
import { type Word, word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { fieldLt } from '../gadgets/field-lt.ts';
import {
  coefficientsOf,
  type Digits,
  type FieldOpCells,
  type FieldShape,
  fieldOpCells,
  fieldOpFields,
  vanishes,
} from '../gadgets/field-op.ts';
import {
  type AddressCells,
  granuleAddresses,
  type SyscallAddress,
  syscallAddress,
} from '../gadgets/syscall-address.ts';
import { isZeroCells } from '../gadgets/zero.ts';
import { type AccessCells, accessNow, readAt } from '../memory.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, type Clk, clkCells, phaseOf, receiveCall } from './blocks.ts';
import { accesses, byteAccesses, granuleAccesses, readGranules, toLimbs, writeGranules } from './granules.ts';

const SHAPE: FieldShape = { bytes: WIDE_BYTES, witnesses: WIDE_WITNESSES, offset: WIDE_OFFSET };
/** Granules of a number. */
const N = 4;

/** Padding rows keep the equation, which is of all rows: a quotient of 0. */
function padWitness(air: Air, { witness }: FieldOpCells): void {
  for (const cell of witness) air.pad(cell, WIDE_OFFSET);
}

const MUL_FIELDS = {
  ...{ clk: 48, x: 48, y: 48 },
  ...({ x_prev: [64, N], x_stamp: [48, N], y_prev: [64, N], y_stamp: [48, N] } as const),
  ...({ modulus_prev: [64, N], modulus_stamp: [48, N] } as const),
  ...fieldOpFields(['output'], SHAPE),
};

export const uint256MulModChip: Chip = sp1('Uint256MulMod', MUL_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const x_ptr = syscallAddress(real, e.x, WIDE_BYTES);
  const y_ptr = syscallAddress(real, e.y, 2 * WIDE_BYTES);
  const x_addrs = granuleAddresses(real, x_ptr, N);
  const y_and_modulus_addrs = granuleAddresses(real, y_ptr, 2 * N);
  const x = byteAccesses(real, phaseOf(clk, 1), { prev: e.x_prev, stamp: e.x_stamp });
  const y = byteAccesses(real, phaseOf(clk, 0), { prev: e.y_prev, stamp: e.y_stamp });
  const modulus = byteAccesses(real, phaseOf(clk, 0), { prev: e.modulus_prev, stamp: e.modulus_stamp });
  const modulus_is_zero = isZeroCells(real, sum(modulus.bytes));
  const modulus_is_not_zero = air.flag(modulus_is_zero.result.not().word);
  air.equal(modulus_is_not_zero, is_real.sub(modulus_is_zero.result), 'a modulus or 2^256');
  const output = fieldOpCells(real, e, 'output');
  air.later(() => {
    const equation = { products: [[x.bytes, y.bytes]], plus: [], minus: output.result, isRemainder: true } as const;
    vanishes(air, SHAPE, coefficientsOf(equation), [...modulus.bytes, modulus_is_zero.result], output);
  });
  const isAsked = modulus_is_not_zero.word;
  const output_range_check = fieldLt(air.only(modulus_is_not_zero), output.result, modulus.bytes, isAsked);
  receiveCall(real, clk, SYSCALL_ID.UINT256_MUL, addressLimbs(x_ptr), addressLimbs(y_ptr));
  readGranules(real, phaseOf(clk, 0), y_and_modulus_addrs, [...granuleAccesses(y), ...granuleAccesses(modulus)]);
  writeGranules(real, phaseOf(clk, 1), x_addrs, granuleAccesses(x), toLimbs(output.result));
  padWitness(air, output);
  return {
    ...clk,
    x_ptr,
    y_ptr,
    x_addrs,
    y_and_modulus_addrs,
    x_memory: x.cells,
    y_memory: y.cells,
    modulus_memory: modulus.cells,
    modulus_is_zero,
    modulus_is_not_zero,
    output,
    output_range_check,
    is_real,
  };
});

const PLACES = ['a', 'b', 'c', 'd', 'e'] as const;
type Place = (typeof PLACES)[number];
/** Registers whose values are the third to fifth pointer; they are read as memory is. */
const REGISTERS = { c: 12, d: 13, e: 14 } as const;

const OPS_FIELDS = {
  ...{ clk: 48, is_mul: 1, a: 48, b: 48, c: 48, d: 48, e: 48 },
  ...{ c_register_stamp: 48, d_register_stamp: 48, e_register_stamp: 48 },
  ...({ a_prev: [64, N], b_prev: [64, N], c_prev: [64, N], d_prev: [64, N], e_prev: [64, N] } as const),
  ...({ a_stamp: [48, N], b_stamp: [48, N], c_stamp: [48, N], d_stamp: [48, N], e_stamp: [48, N] } as const),
  ...fieldOpFields(['field_op'], SHAPE),
};

type Pointer = { readonly ptr: SyscallAddress; readonly addrs: readonly AddressCells[] };

function pointer(real: Air, at: Word): Pointer {
  const ptr = syscallAddress(real, at, WIDE_BYTES);
  return { ptr, addrs: granuleAddresses(real, ptr, N) };
}

/** A pointer's register, read at the call's clock. */
function pointerRegister(real: Air, clk: Clk, { ptr }: Pointer, register: number, stamp: Word): AccessCells {
  const now = phaseOf(clk, 0);
  const before = accessNow(real, now, ptr.addr.word, stamp);
  for (const [i, limb] of before.prev_value.cells.entries()) {
    real.equal(limb, ptr.addr.cells[i] ?? 0, 'the pointer is in its register');
  }
  readAt(real, now, [register, 0, 0], before);
  return before;
}

export const uint256OpsChip: Chip = sp1('Uint256Ops', OPS_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const [is_add, is_mul] = [air.flag(e.is_mul.eq(0)), air.flag(e.is_mul)];
  air.equal(is_add.add(is_mul), is_real, 'one operation');
  const pointers = Object.fromEntries(PLACES.map(place => [place, pointer(real, e[place])])) as Record<Place, Pointer>;
  const register = (place: keyof typeof REGISTERS): AccessCells =>
    pointerRegister(real, clk, pointers[place], REGISTERS[place], e[`${place}_register_stamp`]);
  const [c_ptr_memory, d_ptr_memory, e_ptr_memory] = [register('c'), register('d'), register('e')];
  const before = (place: Place) => ({ prev: e[`${place}_prev`], stamp: e[`${place}_stamp`] });
  const a = byteAccesses(real, phaseOf(clk, 0), before('a'));
  const b = byteAccesses(real, phaseOf(clk, 1), before('b'));
  const c = byteAccesses(real, phaseOf(clk, 2), before('c'));
  const d_memory = accesses(real, phaseOf(clk, 3), before('d'));
  const e_memory = accesses(real, phaseOf(clk, 4), before('e'));
  const field_op = fieldOpCells(real, e, 'field_op');
  air.later(() => sumOrProduct(air, is_add, is_mul, [a.bytes, b.bytes, c.bytes], field_op));
  const id = is_add.mul(SYSCALL_ID.UINT256_ADD_CARRY).add(is_mul.mul(SYSCALL_ID.UINT256_MUL_CARRY));
  receiveCall(real, clk, id, addressLimbs(pointers.a.ptr), addressLimbs(pointers.b.ptr));
  readGranules(real, phaseOf(clk, 0), pointers.a.addrs, granuleAccesses(a));
  readGranules(real, phaseOf(clk, 1), pointers.b.addrs, granuleAccesses(b));
  readGranules(real, phaseOf(clk, 2), pointers.c.addrs, granuleAccesses(c));
  writeGranules(real, phaseOf(clk, 3), pointers.d.addrs, d_memory, toLimbs(field_op.result));
  writeGranules(real, phaseOf(clk, 4), pointers.e.addrs, e_memory, toLimbs(field_op.carry));
  padWitness(air, field_op);
  return {
    ...clk,
    a_ptr: pointers.a.ptr,
    a_addrs: pointers.a.addrs,
    b_ptr: pointers.b.ptr,
    b_addrs: pointers.b.addrs,
    c_ptr: pointers.c.ptr,
    c_ptr_memory,
    c_addrs: pointers.c.addrs,
    d_ptr: pointers.d.ptr,
    d_ptr_memory,
    d_addrs: pointers.d.addrs,
    e_ptr: pointers.e.ptr,
    e_ptr_memory,
    e_addrs: pointers.e.addrs,
    a_memory: a.cells,
    b_memory: b.cells,
    c_memory: c.cells,
    d_memory,
    e_memory,
    field_op,
    is_add,
    is_mul,
    is_real,
  } satisfies Record<string, Layout>;
});

/** a + b + c or a b + c = result + 2^256 carry. */
function sumOrProduct(
  air: Air,
  is_add: Cell,
  is_mul: Cell,
  [a, b, c]: readonly [Digits, Digits, Digits],
  cells: FieldOpCells,
): void {
  const right = { minus: cells.result, isRemainder: true } as const;
  const total = coefficientsOf({ products: [], plus: [a, b, c], ...right });
  const product = coefficientsOf({ products: [[a, b]], plus: [c], ...right });
  const coefficients = product.map((one, k) => is_mul.mul(one).add(is_add.mul(total[k] ?? 0)));
  const power = [...new Array<number>(WIDE_BYTES).fill(0), 1].map(digit => poly(digit));
  vanishes(air, SHAPE, coefficients, power, cells);
}
