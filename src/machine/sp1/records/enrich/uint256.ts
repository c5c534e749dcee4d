// Events of the chips of 256-bit integers.

import { placesOf } from '../../../../../codegen/chips/sp1/precompiles/formula-events.ts';
import { uint256MulModChip, uint256OpsChip } from '../../../../../codegen/chips/sp1/precompiles/uint256.ts';
import { carryCells, mulModCells } from '../../../../../runtime/curves/gadget-256.ts';
import { offsetOf, putU64 } from './call.ts';
import { callCopier, type Enricher, precompileNamed } from './enricher.ts';

export function uint256MulEnricher(): Enricher {
  const chip = uint256MulModChip;
  const y = { prev: 'y_prev', stamp: 'y_stamp' };
  const modulus = { prev: 'modulus_prev', stamp: 'modulus_stamp' };
  const x = { prev: 'x_prev', stamp: 'x_stamp' };
  const copy = callCopier(chip, precompileNamed('UINT256_MUL'), ['x', 'y'], [[y, modulus], [x]]);
  const place = placesOf(chip.event, ['output']).get('output')!;
  const word = (name: string): number => offsetOf(chip.event, name) >> 2;
  const [xAt, yAt, modulusAt] = [word('x_prev'), word('y_prev'), word('modulus_prev')];
  return {
    chip,
    rows: 1,
    enrich(call, struct, at) {
      copy(call, struct, at);
      const base = at >> 2;
      mulModCells(struct.i32, base + xAt, base + yAt, base + modulusAt, struct, at, place);
      return undefined;
    },
  };
}

const PLACES = ['a', 'b', 'c', 'd', 'e'];

export function uint256OpsEnricher(): Enricher {
  const chip = uint256OpsChip;
  const { code: mul } = precompileNamed('UINT256_MUL_CARRY');
  const fields = PLACES.map(name => [{ prev: `${name}_prev`, stamp: `${name}_stamp` }]);
  const copy = callCopier(chip, precompileNamed('UINT256_ADD_CARRY'), PLACES, fields);
  const place = placesOf(chip.event, ['field_op']).get('field_op')!;
  const operands = ['a_prev', 'b_prev', 'c_prev'].map(name => offsetOf(chip.event, name) >> 2);
  const stamps = ['c', 'd', 'e'].map(name => offsetOf(chip.event, `${name}_register_stamp`));
  const isMul = offsetOf(chip.event, 'is_mul');
  return {
    chip,
    rows: 1,
    enrich(call, struct, at) {
      copy(call, struct, at);
      for (const [i, stamp] of stamps.entries()) putU64(struct, at + stamp, call.registerClks[i]!);
      const isProduct = call.code === mul;
      struct.u8[at + isMul] = isProduct ? 1 : 0;
      const [a, b, c] = operands.map(word => (at >> 2) + word) as [number, number, number];
      carryCells(struct.i32, [a, b, c], isProduct, struct, at, place);
      return undefined;
    },
  };
}
