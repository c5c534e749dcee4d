// Additions and doublings on short Weierstrass curves, in place: P := P + Q, P := 2 P.
// Reference: sp1:crates/core/machine/src/syscall/precompiles/weierstrass, SP1 6.4.0.

import { GADGET_FIELDS, type GadgetField } from '../../../../runtime/curves/gadget-field.ts';
import type { Chip } from '../../chip.ts';
import type { Event } from '../../event.ts';
import { word } from '../../word.ts';
import { sp1 } from '../air.ts';
import { fieldLt } from '../gadgets/field-lt.ts';
import { constantBytes, fieldOpFields, fieldSteps } from '../gadgets/field-op.ts';
import { granuleAddresses, syscallAddress } from '../gadgets/syscall-address.ts';
import { SYSCALL_ID } from '../syscalls.ts';
import { addressLimbs, clkCells, padAs, phaseOf, receiveCall } from './blocks.ts';
import { formulaEvent } from './formula-events.ts';
import { CURVE_ADD, curveDouble } from './formulas.ts';
import { byteAccesses, granuleAccesses, readGranules, toLimbs, writeGranules } from './granules.ts';

export type CurveName = 'Secp256k1' | 'Secp256r1' | 'Bn254' | 'Bls12381';

/** The coefficient a of y² = x³ + a x + b. */
export function curveA(name: CurveName): bigint {
  return name === 'Secp256r1' ? GADGET_FIELDS[name].modulus.value - 3n : 0n;
}

/** Granules of a point. */
export const pointGranules = ({ bytes }: GadgetField): number => bytes / 4;

export function curveAdd(name: CurveName): Chip {
  const field = GADGET_FIELDS[name];
  const n = pointGranules(field);
  const names = CURVE_ADD.steps.map(step => step.name);
  const fields = {
    ...{ clk: 48, p: 48, q: 48 },
    ...({ p_prev: [64, n], p_stamp: [48, n], q_prev: [64, n], q_stamp: [48, n] } as const),
    ...fieldOpFields(names, field),
  };
  return sp1(`${name}AddAssign`, fields, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const clk = clkCells(air, e.clk);
    const [p_ptr, q_ptr] = [syscallAddress(real, e.p, 2 * field.bytes), syscallAddress(real, e.q, 2 * field.bytes)];
    const [p_addrs, q_addrs] = [granuleAddresses(real, p_ptr, n), granuleAddresses(real, q_ptr, n)];
    const p = byteAccesses(real, phaseOf(clk, 1), { prev: e.p_prev, stamp: e.p_stamp });
    const q = byteAccesses(real, phaseOf(clk, 0), { prev: e.q_prev, stamp: e.q_stamp });
    const inputs = {
      p_x: p.bytes.slice(0, field.bytes),
      p_y: p.bytes.slice(field.bytes),
      q_x: q.bytes.slice(0, field.bytes),
      q_y: q.bytes.slice(field.bytes),
    };
    const steps = fieldSteps(air, real, field, CURVE_ADD.steps, inputs, e);
    const modulus = constantBytes(field.modulus.value, field);
    const x3_range = fieldLt(real, steps.x3_ins.result, modulus);
    const y3_range = fieldLt(real, steps.y3_ins.result, modulus);
    receiveCall(real, clk, SYSCALL_ID[`${upper(name)}_ADD`], addressLimbs(p_ptr), addressLimbs(q_ptr));
    readGranules(real, phaseOf(clk, 0), q_addrs, granuleAccesses(q));
    const sum = toLimbs([...steps.x3_ins.result, ...steps.y3_ins.result]);
    writeGranules(real, phaseOf(clk, 1), p_addrs, granuleAccesses(p), sum);
    // Q is not P, so that there is a slope: what was there is read from these cells.
    padAs(air, () => additionPadding(field), steps, x3_range, y3_range, q.cells[0]!, q.cells[n / 2]!);
    return {
      is_real,
      ...clk,
      p_ptr,
      q_ptr,
      p_addrs,
      q_addrs,
      p_access: p.cells,
      q_access: q.cells,
      slope_denominator: steps.slope_denominator,
      inverse_check: steps.inverse_check,
      slope_numerator: steps.slope_numerator,
      slope: steps.slope,
      slope_squared: steps.slope_squared,
      p_x_plus_q_x: steps.p_x_plus_q_x,
      x3_ins: steps.x3_ins,
      p_x_minus_x: steps.p_x_minus_x,
      y3_ins: steps.y3_ins,
      slope_times_p_x_minus_x: steps.slope_times_p_x_minus_x,
      x3_range,
      y3_range,
    };
  });
}

const upper = <Name extends string>(name: Name): Uppercase<Name> => name.toUpperCase() as Uppercase<Name>;

/** P = (0, 0) and Q = (1, 1), read at clock 1 for the first time. */
function additionPadding(field: GadgetField): Event {
  const n = pointGranules(field);
  const ones = Array.from({ length: n }, (_, i) => (i % (n / 2) === 0 ? 1n : 0n));
  const steps = formulaEvent(field, CURVE_ADD, { p_x: 0n, p_y: 0n, q_x: 1n, q_y: 1n });
  return { ...steps, clk: 1n, q_prev: ones, q_stamp: ones.map(() => 0n) };
}

export function curveDoubling(name: CurveName): Chip {
  const field = GADGET_FIELDS[name];
  const n = pointGranules(field);
  const formula = curveDouble(curveA(name));
  const names = formula.steps.map(step => step.name);
  const fields = {
    ...{ clk: 48, p: 48 },
    ...({ p_prev: [64, n], p_stamp: [48, n] } as const),
    ...fieldOpFields(names, field),
  };
  return sp1(`${name}DoubleAssign`, fields, (air, e) => {
    const is_real = air.flag(word(1));
    const real = air.when(is_real);
    const clk = clkCells(air, e.clk);
    const p_ptr = syscallAddress(real, e.p, 2 * field.bytes);
    const p_addrs = granuleAddresses(real, p_ptr, n);
    const p = byteAccesses(real, phaseOf(clk, 0), { prev: e.p_prev, stamp: e.p_stamp });
    const inputs = { p_x: p.bytes.slice(0, field.bytes), p_y: p.bytes.slice(field.bytes) };
    const steps = fieldSteps(air, real, field, formula.steps, inputs, e);
    const modulus = constantBytes(field.modulus.value, field);
    const x3_range = fieldLt(real, steps.x3_ins.result, modulus);
    const y3_range = fieldLt(real, steps.y3_ins.result, modulus);
    receiveCall(real, clk, SYSCALL_ID[`${upper(name)}_DOUBLE`], addressLimbs(p_ptr));
    const double = toLimbs([...steps.x3_ins.result, ...steps.y3_ins.result]);
    writeGranules(real, phaseOf(clk, 0), p_addrs, granuleAccesses(p), double);
    // y is not 0, so that there is a slope.
    padAs(air, () => doublingPadding(field, curveA(name)), steps, x3_range, y3_range, p.cells[n / 2]!);
    return {
      is_real,
      ...clk,
      p_ptr,
      p_addrs,
      p_access: p.cells,
      slope_denominator: steps.slope_denominator,
      slope_numerator: steps.slope_numerator,
      slope: steps.slope,
      p_x_squared: steps.p_x_squared,
      p_x_squared_times_3: steps.p_x_squared_times_3,
      slope_squared: steps.slope_squared,
      p_x_plus_p_x: steps.p_x_plus_p_x,
      x3_ins: steps.x3_ins,
      p_x_minus_x: steps.p_x_minus_x,
      y3_ins: steps.y3_ins,
      slope_times_p_x_minus_x: steps.slope_times_p_x_minus_x,
      x3_range,
      y3_range,
    };
  });
}

/** P = (0, 1), accessed at clock 1 for the first time. */
function doublingPadding(field: GadgetField, a: bigint): Event {
  const n = pointGranules(field);
  const prev = Array.from({ length: n }, (_, i) => (i === n / 2 ? 1n : 0n));
  const steps = formulaEvent(field, curveDouble(a), { p_x: 0n, p_y: 1n });
  return { ...steps, clk: 1n, p_prev: prev, p_stamp: prev.map(() => 0n) };
}
