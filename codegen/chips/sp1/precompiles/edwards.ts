// Points of edwards25519, in place: P := P + Q, and x from y.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/edwards and operations/field/field_sqrt.rs, SP1 6.4.0.

import { GADGET_FIELDS } from '../../../../runtime/curves/gadget-field.ts';
import type { Air } from '../../air.ts';
import type { Chip } from '../../chip.ts';
import type { Event } from '../../event.ts';
import type { Cell } from '../../poly.ts';
import { word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { BYTE_OP, byteBus, u8s } from '../bytes.ts';
import { type FieldLt, fieldLt } from '../gadgets/field-lt.ts';
import { constantBytes, type FieldOpCells, fieldOpFields, fieldSteps } from '../gadgets/field-op.ts';
import { granuleAddresses, syscallAddress } from '../gadgets/syscall-address.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, clkCells, padAs, phaseOf, receiveCall } from './blocks.ts';
import { formulaEvent } from './formula-events.ts';
import { EDWARDS_ADD, EDWARDS_DECOMPRESS } from './formulas.ts';
import { accesses, byteAccesses, granuleAccesses, readGranules, toLimbs, writeGranules } from './granules.ts';

const FIELD = GADGET_FIELDS.Ed25519;
const MODULUS = constantBytes(FIELD.modulus.value, FIELD);
const BYTES = FIELD.bytes;
const POINT = 8;

const ADD_FIELDS = {
  ...{ clk: 48, p: 48, q: 48 },
  ...({ p_prev: [64, POINT], p_stamp: [48, POINT], q_prev: [64, POINT], q_stamp: [48, POINT] } as const),
  ...fieldOpFields(
    EDWARDS_ADD.steps.map(step => step.name),
    FIELD,
  ),
};

export const edAddAssignChip: Chip = sp1('EdAddAssign', ADD_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const [p_ptr, q_ptr] = [syscallAddress(real, e.p, 2 * BYTES), syscallAddress(real, e.q, 2 * BYTES)];
  const p_addrs_add = granuleAddresses(real, p_ptr, POINT);
  const q_addrs_add = granuleAddresses(real, q_ptr, POINT);
  const p = byteAccesses(real, phaseOf(clk, 1), { prev: e.p_prev, stamp: e.p_stamp });
  const q = byteAccesses(real, phaseOf(clk, 0), { prev: e.q_prev, stamp: e.q_stamp });
  const inputs = {
    p_x: p.bytes.slice(0, BYTES),
    p_y: p.bytes.slice(BYTES),
    q_x: q.bytes.slice(0, BYTES),
    q_y: q.bytes.slice(BYTES),
  };
  const steps = fieldSteps(air, real, FIELD, EDWARDS_ADD.steps, inputs, e);
  const x3_range = fieldLt(real, steps.x3_ins.result, MODULUS);
  const y3_range = fieldLt(real, steps.y3_ins.result, MODULUS);
  receiveCall(real, clk, SYSCALL_ID.ED_ADD, addressLimbs(p_ptr), addressLimbs(q_ptr));
  readGranules(real, phaseOf(clk, 0), q_addrs_add, granuleAccesses(q));
  const sum = toLimbs([...steps.x3_ins.result, ...steps.y3_ins.result]);
  writeGranules(real, phaseOf(clk, 1), p_addrs_add, granuleAccesses(p), sum);
  const zeros = { p_x: 0n, p_y: 0n, q_x: 0n, q_y: 0n };
  padAs(air, () => formulaEvent(FIELD, EDWARDS_ADD, zeros), steps, x3_range, y3_range);
  return {
    is_real,
    ...clk,
    p_ptr,
    q_ptr,
    p_addrs_add,
    q_addrs_add,
    p_access: p.cells,
    q_access: q.cells,
    x3_numerator: steps.x3_numerator,
    y3_numerator: steps.y3_numerator,
    x1_mul_y1: steps.x1_mul_y1,
    x2_mul_y2: steps.x2_mul_y2,
    f: steps.f,
    d_mul_f: steps.d_mul_f,
    x3_ins: steps.x3_ins,
    y3_ins: steps.y3_ins,
    x3_range,
    y3_range,
  };
});

/** Granules of a coordinate. */
const COORDINATE = 4;

const DECOMPRESS_FIELDS = {
  ...{ clk: 48, ptr: 48, sign: 1 },
  ...({ x_prev: [64, COORDINATE], x_stamp: [48, COORDINATE], x_new: [64, COORDINATE] } as const),
  ...({ y_prev: [64, COORDINATE], y_stamp: [48, COORDINATE] } as const),
  ...fieldOpFields(
    EDWARDS_DECOMPRESS.steps.map(step => step.name),
    FIELD,
  ),
};

export type Root = { readonly multiplication: FieldOpCells; readonly range: FieldLt; readonly lsb: Cell };

/** The gadget of a root: its square's result cells have the root instead, which is below the modulus and even. */
function root(real: Air, multiplication: FieldOpCells, square: FieldOpCells): Root {
  const { result } = multiplication;
  const range = fieldLt(real, result, MODULUS);
  const lsb = real.flag(result[0]!.word.bit(0));
  real.send(byteBus, [BYTE_OP.AND, lsb, result[0]!, 1]);
  u8s(real, square.result); // the multiplication's own result, which has no cells here
  return { multiplication, range, lsb };
}

export const edDecompressChip: Chip = sp1('EdDecompress', DECOMPRESS_FIELDS, (air, e) => {
  const is_real = air.flag(word(1));
  const real = air.when(is_real);
  const clk = clkCells(air, e.clk);
  const ptr = syscallAddress(real, e.ptr, 2 * BYTES);
  const read_ptrs = granuleAddresses(real, ptr, COORDINATE, BYTES);
  const addrs = granuleAddresses(real, ptr, COORDINATE);
  const sign = air.flag(e.sign);
  const x_access = accesses(real, phaseOf(clk, 1), { prev: e.x_prev, stamp: e.x_stamp });
  const x_value = e.x_new.map(value => air.limbs(value));
  const y = byteAccesses(real, phaseOf(clk, 0), { prev: e.y_prev, stamp: e.y_stamp });
  const steps = fieldSteps(air, real, FIELD, EDWARDS_DECOMPRESS.steps, { y: y.bytes }, e);
  const neg_x_range = fieldLt(real, steps.neg_x.result, MODULUS);
  const y_range = fieldLt(real, y.bytes, MODULUS);
  const x = root(real, steps.x, steps.u_div_v);
  real.zero(x.lsb, 'the root is even');
  const written = x_value.flatMap(({ cells }) => cells);
  for (const [i, limb] of toLimbs(steps.x.result).entries()) {
    real.when(sign.not()).equal(written[i]!, limb, 'x is the root');
  }
  for (const [i, limb] of toLimbs(steps.neg_x.result).entries()) {
    real.when(sign).equal(written[i]!, limb, 'x is its negative');
  }
  receiveCall(real, clk, SYSCALL_ID.ED_DECOMPRESS, addressLimbs(ptr), [sign, 0, 0]);
  readGranules(real, phaseOf(clk, 0), read_ptrs, granuleAccesses(y));
  writeGranules(real, phaseOf(clk, 1), addrs, x_access, written);
  const padding = (): Event => ({ ...formulaEvent(FIELD, EDWARDS_DECOMPRESS, { y: 0n }), y_prev: [0n, 0n, 0n, 0n] });
  padAs(air, padding, steps, neg_x_range, y_range, x.range, x.lsb);
  return {
    is_real,
    ...clk,
    ptr,
    read_ptrs,
    addrs,
    sign,
    x_access,
    x_value,
    y_access: y.cells,
    neg_x_range,
    y_range,
    yy: steps.yy,
    u: steps.u,
    dyy: steps.dyy,
    v: steps.v,
    u_div_v: steps.u_div_v,
    x,
    neg_x: steps.neg_x,
  };
});
