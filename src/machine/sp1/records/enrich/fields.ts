// Events of chips that compute in wide fields: curves and towers.

import type { Chip } from '../../../../../codegen/chips/chip.ts';
import { edAddAssignChip, edDecompressChip } from '../../../../../codegen/chips/sp1/precompiles/edwards.ts';
import { placesOf } from '../../../../../codegen/chips/sp1/precompiles/formula-events.ts';
import {
  CURVE_ADD,
  curveDouble,
  EDWARDS_ADD,
  EDWARDS_DECOMPRESS,
  type Formula,
  fieldOp,
  TOWER_MUL,
} from '../../../../../codegen/chips/sp1/precompiles/formulas.ts';
import type { TowerName } from '../../../../../codegen/chips/sp1/precompiles/tower.ts';
import { type CurveName, curveA } from '../../../../../codegen/chips/sp1/precompiles/weierstrass.ts';
import { fieldProgram, type Struct } from '../../../../../runtime/curves/field-program.ts';
import { GADGET_FIELDS, type GadgetField, loadElement } from '../../../../../runtime/curves/gadget-field.ts';
import { type GranuleFields, offsetOf, type PrecompileCall } from './call.ts';
import { callCopier, type Enricher, precompileNamed } from './enricher.ts';

/** Where an input of a formula is: the list that has it and its place there, in elements. */
type Inputs = Readonly<Record<string, readonly [list: string, element: number]>>;

interface Runner {
  run(struct: Struct, at: number): string | undefined;
}

/** Runs a formula on an event whose lists of granules are filled. */
function formulaRunner(chip: Chip, field: GadgetField, formula: Formula<string>, inputs: Inputs): Runner {
  const names = formula.steps.map(({ name }) => name);
  const program = fieldProgram(field, formula.inputs, formula.steps, placesOf(chip.event, names));
  const loads = formula.inputs.map(name => {
    const [list, element] = inputs[name]!;
    return { element: program.inputs.get(name)!, offset: offsetOf(chip.event, list) + element * field.bytes };
  });
  return {
    run(struct, at) {
      for (const { element, offset } of loads) loadElement(field, struct.i32, (at + offset) >> 2, element);
      return program.run(struct, at);
    },
  };
}

const granules = (name: string): readonly GranuleFields[] => [{ prev: `${name}_prev`, stamp: `${name}_stamp` }];
const POINTS: Inputs = { p_x: ['p_prev', 0], p_y: ['p_prev', 1], q_x: ['q_prev', 0], q_y: ['q_prev', 1] };

function oneRow(
  chip: Chip,
  name: string,
  pointers: string[],
  fields: (readonly GranuleFields[])[],
  runner: Runner,
): Enricher {
  const copy = callCopier(chip, precompileNamed(name), pointers, fields);
  return {
    chip,
    rows: 1,
    enrich(call, struct, at) {
      copy(call, struct, at);
      return runner.run(struct, at);
    },
  };
}

export function curveAddEnricher(chip: Chip, name: CurveName): Enricher {
  const runner = formulaRunner(chip, GADGET_FIELDS[name], CURVE_ADD, POINTS);
  return oneRow(chip, `${name.toUpperCase()}_ADD`, ['p', 'q'], [granules('q'), granules('p')], runner);
}

export function curveDoubleEnricher(chip: Chip, name: CurveName): Enricher {
  const runner = formulaRunner(chip, GADGET_FIELDS[name], curveDouble(curveA(name)), POINTS);
  return oneRow(chip, `${name.toUpperCase()}_DOUBLE`, ['p'], [granules('p')], runner);
}

export function edAddEnricher(): Enricher {
  const runner = formulaRunner(edAddAssignChip, GADGET_FIELDS.Ed25519, EDWARDS_ADD, POINTS);
  return oneRow(edAddAssignChip, 'ED_ADD', ['p', 'q'], [granules('q'), granules('p')], runner);
}

export function edDecompressEnricher(): Enricher {
  const chip = edDecompressChip;
  const runner = formulaRunner(chip, GADGET_FIELDS.Ed25519, EDWARDS_DECOMPRESS, { y: ['y_prev', 0] });
  const x = [{ prev: 'x_prev', stamp: 'x_stamp', next: 'x_new' }];
  const row = oneRow(chip, 'ED_DECOMPRESS', ['ptr'], [granules('y'), x], runner);
  const sign = offsetOf(chip.event, 'sign');
  return {
    ...row,
    enrich(call, struct, at) {
      struct.u8[at + sign] = call.args[1]!;
      return row.enrich(call, struct, at);
    },
  };
}

/** Three or two calls with codes that follow each other. */
function byOperation(chip: Chip, name: string, runners: readonly Runner[]): Enricher {
  const { code: base } = precompileNamed(`${name}_ADD`);
  const copy = callCopier(chip, precompileNamed(`${name}_ADD`), ['x', 'y'], [granules('y'), granules('x')]);
  const op = offsetOf(chip.event, 'op');
  return {
    chip,
    rows: 1,
    enrich(call: PrecompileCall, struct, at) {
      copy(call, struct, at);
      struct.u8[at + op] = call.code - base;
      return runners[call.code - base]!.run(struct, at);
    },
  };
}

const OPERATIONS = ['add', 'sub', 'mul'] as const;

export function fpOpEnricher(chip: Chip, name: TowerName): Enricher {
  const runners = OPERATIONS.map(op =>
    formulaRunner(chip, GADGET_FIELDS[name], fieldOp('output', op), { x: ['x_prev', 0], y: ['y_prev', 0] }),
  );
  return byOperation(chip, `${name.toUpperCase()}_FP`, runners);
}

export function fp2AddSubEnricher(chip: Chip, name: TowerName): Enricher {
  const runners = (['add', 'sub'] as const).map(op => {
    const steps = [...fieldOp('c0', op, 'x_0', 'y_0').steps, ...fieldOp('c1', op, 'x_1', 'y_1').steps];
    return formulaRunner(chip, GADGET_FIELDS[name], { inputs: TOWER_MUL.inputs, steps }, TOWER_INPUTS);
  });
  return byOperation(chip, `${name.toUpperCase()}_FP2`, runners);
}

const TOWER_INPUTS: Inputs = { x_0: ['x_prev', 0], x_1: ['x_prev', 1], y_0: ['y_prev', 0], y_1: ['y_prev', 1] };

export function fp2MulEnricher(chip: Chip, name: TowerName): Enricher {
  const runner = formulaRunner(chip, GADGET_FIELDS[name], TOWER_MUL, TOWER_INPUTS);
  return oneRow(chip, `${name.toUpperCase()}_FP2_MUL`, ['x', 'y'], [granules('y'), granules('x')], runner);
}
