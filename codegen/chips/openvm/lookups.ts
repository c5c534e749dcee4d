// The tables that OpenVM's lookups ask, their slots of multiplicities, and what is asked.
// Reference: openvm:crates/circuits/primitives/src/{var_range,bitwise_op_lookup,range_tuple}, v1.4.0.

import { assert } from '../../../runtime/errors.ts';
import type { Air, Bus, LookupTable } from '../air.ts';
import type { PolyLike } from '../poly.ts';
import { firstOf, type Word, word } from '../word.ts';

type Value = PolyLike;

const BYTE_PAIRS = 65_536;
/** Numbers of up to so many bits are in VarRange. */
export const MAX_RANGE_BITS = 17;
const RANGE_ROWS = 2 ** (MAX_RANGE_BITS + 1);
/** Of the second element of RangeTuple; the first one is a byte. */
const TUPLE_RADIX = 2048;

/** Multiplicities: pairs of bytes in range, pairs of bytes with their xor, VarRange's rows, RangeTuple's. */
export const SLOT_OF: Readonly<Record<'bytes' | 'xor' | 'range' | 'tuple', number>> = {
  bytes: 0,
  xor: BYTE_PAIRS,
  range: 2 * BYTE_PAIRS,
  tuple: 2 * BYTE_PAIRS + RANGE_ROWS,
};
export const OPENVM_SLOTS: number = SLOT_OF.tuple + 256 * TUPLE_RADIX;

const bitwiseTable: LookupTable = {
  slot: message => {
    const [x, y, , operation] = message as [Word, Word, Word, Word];
    assert(operation.constant !== undefined, 'chips: a lookup must be known to be a range or a xor');
    return x
      .mul(256)
      .add(y)
      .add(operation.constant === 1n ? SLOT_OF.xor : SLOT_OF.bytes);
  },
  has: message => {
    const [x, y, z, operation] = message as [Word, Word, Word, Word];
    const isRight = firstOf(
      [
        [operation.eq(0), z.eq(0)],
        [operation.eq(1), z.eq(x.xor(y))],
      ],
      0,
    );
    return x.ltU(256).and(y.ltU(256)).and(isRight);
  },
};

const rangeTable: LookupTable = {
  slot: message => {
    const [value, bits] = message as [Word, Word];
    return word(1).shl(bits.bits(0, 5)).add(value).add(SLOT_OF.range);
  },
  has: message => {
    const [value, bits] = message as [Word, Word];
    return bits.ltU(MAX_RANGE_BITS + 1).and(value.ltU(word(1).shl(bits.bits(0, 5))));
  },
};

const tupleTable: LookupTable = {
  slot: message => {
    const [x, y] = message as [Word, Word];
    return x.mul(TUPLE_RADIX).add(y).add(SLOT_OF.tuple);
  },
  has: message => {
    const [x, y] = message as [Word, Word];
    return x.ltU(256).and(y.ltU(TUPLE_RADIX));
  },
};

export const bitwiseBus: Bus<readonly [x: Value, y: Value, z: Value, operation: Value]> = {
  name: 'Bitwise',
  arity: 4,
  table: bitwiseTable,
};
export const rangeBus: Bus<readonly [value: Value, bits: Value]> = { name: 'VarRange', arity: 2, table: rangeTable };
export const tupleBus: Bus<readonly [x: Value, y: Value]> = { name: 'RangeTuple', arity: 2, table: tupleTable };

/** `x` fits in `bits` bits, at most 17. */
export function range(air: Air, x: Value, bits: Value): void {
  air.send(rangeBus, [x, bits]);
}

/** Both are bytes. */
export function bytes(air: Air, x: Value, y: Value): void {
  air.send(bitwiseBus, [x, y, 0, 0]);
}

/** Both are bytes, and z is x xor y. */
export function xor(air: Air, x: Value, y: Value, z: Value): void {
  air.send(bitwiseBus, [x, y, z, 1]);
}
