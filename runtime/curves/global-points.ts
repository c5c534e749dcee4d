// What a message between SP1's shards is as a point, and where their sum begins.
// Reference: sp1:crates/hypercube/src/septic_curve.rs, SP1 6.4.0. Measured on Node 20 on a busy machine: 118 to 194 µs a
// message; four at a time as WebAssembly (codegen/kernels/lanes/global.ts) 2 to 3 µs.

import { assert } from '../errors.ts';
import { koalaBear } from '../fields/koala-bear.ts';
import { poseidon2Permute } from '../hashes/poseidon2.ts';
import { curveRight, type SepticPoint, septicNegate, septicSquareRoot } from './septic.ts';

const point = (x: readonly number[], y: readonly number[]): SepticPoint => ({ x, y });

/** Sums begin here, so that no honest sum is infinite. Its x are digits of √2. */
export const START_POINT: SepticPoint = point(
  [0x1414213, 0x5623730, 0x9504880, 0x1688724, 0x2096980, 0x7856967, 0x1875376],
  [2020310104, 1513506566, 1843922297, 2003644209, 805967281, 1882435203, 1623804682],
);

/** What padding rows add. Its x are digits of e. */
export const DUMMY_POINT: SepticPoint = point(
  [0x3718281, 0x8284590, 0x4523536, 0x0287471, 0x3526624, 0x9775724, 0x7093699],
  [1250555984, 1592495468, 656721246, 420301347, 2125819749, 819876460, 17687681],
);

/** The last coefficient of y of a received point is at most this, and not 0; that of a sent one its negative. */
export const LARGEST_Y6: number = 63 * 2 ** 24;

export interface Lifted {
  /** Of the received point; a sent one has −y. */
  readonly point: SepticPoint;
  /** How many hashes before were no coordinates. */
  readonly offset: number;
}

/** Eight elements and their kind, hashed with an offset until the hash is the x of a point with a y of known sign. */
export function liftMessage(message: readonly number[], kind: number): Lifted {
  const state = new Int32Array(16);
  for (let offset = 0; offset < 256; offset++) {
    state.fill(0);
    state.set(message);
    state[0] = koalaBear.add(message[0]!, kind * 2 ** 24);
    state[7] = koalaBear.add(message[7]!, offset * 2 ** 16);
    poseidon2Permute(state);
    const x = [...state.subarray(0, 7)];
    const y = septicSquareRoot(curveRight(x));
    if (y === undefined) continue;
    const [top, negative] = [y[6]!, koalaBear.modulus - y[6]!];
    if (top === 0 || Math.min(top, negative) > LARGEST_Y6) continue;
    return { point: { x, y: top <= LARGEST_Y6 ? y : septicNegate(y) }, offset };
  }
  assert(false, 'global: no point in 256 tries');
}
