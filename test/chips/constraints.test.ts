// The fast checker finds the rows that the slow one finds.

import { describe, expect, it } from 'vitest';
import { polyEvaluator } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { constraintPlan } from '../../codegen/chips/constraints.ts';
import { evaluateRow, paddingRow } from '../../codegen/chips/evaluate.ts';
import { readsOf } from '../../codegen/chips/poly-text.ts';
import { functionName } from '../../codegen/chips/print-text.ts';
import { printWasm } from '../../codegen/chips/print-wasm.ts';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { honestEvents } from './honest.ts';

/** Rows with what the slow checker says of them, constraints only. */
function checked(chip: Chip): { cells: readonly number[]; isBroken: boolean }[] {
  const [honest, other] = honestEvents(chip, 2, 3).map(event => evaluateRow(chip, event).cells) as [number[], number[]];
  const mutants = chip.columns.map(({ index }) => honest.with(index, chip.field.add(honest[index]!, 1)));
  return [honest, other, [...paddingRow(chip)], ...mutants].map(cells => {
    const evaluate = polyEvaluator(chip, { cells });
    const own = chip.constraints.filter(({ poly }) => !readsOf(poly).isNext && !readsOf(poly).isPublic);
    return { cells, isBroken: own.some(({ poly }) => evaluate(poly) !== 0) };
  });
}

describe.each(['Add', 'Lt', 'Mul', 'StoreByte', 'Branch'])('constraints of %s', name => {
  it('are broken on the same rows, four at once and one by one', () => {
    const chip = sp1Chip(name);
    const rows = checked(chip);
    const stride = 4 * Math.ceil(rows.length / 4 + 1);
    const memory = new WebAssembly.Memory({ initial: 4 });
    const cells = new Uint32Array(memory.buffer);
    const plan = constraintPlan(chip);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(printWasm([plan], { min: 1 })), {
      env: { memory },
    });
    for (const [row, { cells: values }] of rows.entries())
      for (const [i, x] of values.entries()) cells[i * stride + row] = x;
    const check = exports[functionName(plan)] as (...parameters: number[]) => void;
    check(0, 0, 4 * stride, 0, 0, rows.length);
    const violated = cells.subarray(chip.columns.length * stride, chip.columns.length * stride + rows.length);
    expect([...violated]).toEqual(rows.map(({ isBroken }) => (isBroken ? 1 : 0)));
    expect(violated.slice(0, 3)).toEqual(Uint32Array.of(0, 0, 0));
    expect(violated.some(x => x === 1)).toBe(true);
  });
});
