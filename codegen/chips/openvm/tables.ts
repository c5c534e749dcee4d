// Tables: preprocessed columns, and how often each row is asked for.
// Reference: openvm:crates/circuits/primitives/src/{bitwise_op_lookup,range_tuple,var_range}, v1.4.0.

import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import { type Chip, table } from '../chip.ts';
import { FIELD_BITS } from './air.ts';
import { bitwiseBus, rangeBus, tupleBus } from './lookups.ts';

const count = FIELD_BITS.element;

/** All pairs of bytes: row 256 x + y. */
export const bitwiseChip: Chip = table(babyBear, 'Bitwise', { row: 16, counts: [count, 2] }, (air, e) => {
  const [x, y] = [air.cell(e.row.byte(1)), air.cell(e.row.byte(0))];
  const xor = air.cell(x.word.xor(y.word));
  const [mult_range, mult_xor] = [air.cell(e.counts[0]!), air.cell(e.counts[1]!)];
  air.only(mult_range).receive(bitwiseBus, [x, y, 0, 0]);
  air.only(mult_xor).receive(bitwiseBus, [x, y, xor, 1]);
  return [
    { x, y, 'x xor y': xor },
    { mult_range, mult_xor },
  ];
});

/** All numbers of up to 17 bits, with how many: row 2^max_bits + value; row 0 is as row 1. */
export const varRangeChip: Chip = table(babyBear, 'VarRange', { value: 17, max_bits: 5, count }, (air, e) => {
  const [value, max_bits, mult] = [air.cell(e.value), air.cell(e.max_bits), air.cell(e.count)];
  air.only(mult).receive(rangeBus, [value, max_bits]);
  return [{ value, max_bits }, { mult }];
});

/** All pairs of a byte and a number of 11 bits: row 2048 v0 + v1. */
export const rangeTupleChip: Chip = table(babyBear, 'RangeTuple', { row: 19, count }, (air, e) => {
  const [v0, v1, mult] = [air.cell(e.row.bits(11, 19)), air.cell(e.row.bits(0, 11)), air.cell(e.count)];
  air.only(mult).receive(tupleBus, [v0, v1]);
  return [{ v0, v1 }, { mult }];
});
