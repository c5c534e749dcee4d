// Accesses to memory: what was there is received, what is there now is sent, and the access before was earlier.
// Reference: openvm:crates/vm/src/system/memory/offline_checker/bridge.rs and crates/circuits/primitives/src/is_less_than, v1.4.0.

import type { Air } from '../air.ts';
import type { Cell, Limbs, Poly, PolyLike } from '../poly.ts';
import type { Word } from '../word.ts';
import { memoryBus } from './buses.ts';
import { MAX_RANGE_BITS, range } from './lookups.ts';

/** Of timestamps: two limbs. */
const TIMESTAMP_BITS = 29;
const HIGH_BITS = TIMESTAMP_BITS - MAX_RANGE_BITS;

export type Aux = { readonly prev_timestamp: Cell; readonly lt: readonly Cell[] };
export type WriteAux = Aux & { readonly prev_data: Limbs };

/** An access at `now` to the block at `pointer` of `space`. */
export interface Access {
  readonly space: PolyLike;
  readonly pointer: PolyLike;
  readonly now: Poly;
  /** When it was accessed before. */
  readonly prev: Word;
  /** Where it is 0, nothing is accessed, and all cells are 0; the air is that of the rows that access. */
  readonly isAccessed?: Word;
}

/** The block is what it was. */
export function read(air: Air, access: Access, data: readonly PolyLike[]): Aux {
  return move(air, access, data, data);
}

/** The block is `value` from then on. */
export function writeBlock(air: Air, access: Access, prevData: Word, value: readonly PolyLike[]): WriteAux {
  const { isAccessed } = access;
  const prev_data = air.bytes(isAccessed === undefined ? prevData : isAccessed.choose(prevData, 0));
  return { ...move(air, access, prev_data.cells, value), prev_data };
}

export function move(
  air: Air,
  { space, pointer, now, prev, isAccessed }: Access,
  before: readonly PolyLike[],
  after: readonly PolyLike[],
): Aux {
  const where = (w: Word): Word => (isAccessed === undefined ? w : isAccessed.choose(w, 0));
  const prev_timestamp = air.cell(where(prev));
  const since = now.sub(prev_timestamp).sub(1);
  const lt = limbsBelow(air, where(since.word));
  air.equal(since, composed(lt), 'the access before was earlier');
  checkLimbs(air, lt);
  const bus = memoryBus(before.length);
  air.receive(bus, [space, pointer, before, prev_timestamp]);
  air.send(bus, [space, pointer, after, now]);
  return { prev_timestamp, lt };
}

/** Two limbs of a number below 2^29. */
export function limbsBelow(air: Air, w: Word): readonly Cell[] {
  return [air.cell(w.bits(0, MAX_RANGE_BITS)), air.cell(w.bits(MAX_RANGE_BITS, TIMESTAMP_BITS))];
}

export const composed = (lt: readonly Cell[]): Poly => lt[0]!.add(lt[1]!.mul(2 ** MAX_RANGE_BITS));

export function checkLimbs(air: Air, lt: readonly Cell[]): void {
  range(air, lt[0]!, MAX_RANGE_BITS);
  range(air, lt[1]!, HIGH_BITS);
}
