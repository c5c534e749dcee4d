// Poseidon2 over BabyBear as hashes of rows and of pairs of digests in WGSL: what trees of commitments are made of. Words are in
// Montgomery's form.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { Kernel } from '../../runtime/gpu/device.ts';
import { poseidon2BabyBear, WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import type { LaneForm } from './lanes.ts';
import { kernel } from './module.ts';
import { babyBearPermutation } from './poseidon2-baby-bear.ts';

const RATE = 8;
const { mul, r } = babyBear;
const R_INVERSE = babyBear.inverse(r);

/** Of words in Montgomery's form. */
function permute(state: Int32Array): void {
  for (let i = 0; i < WIDTH; i++) state[i] = mul(state[i]!, R_INVERSE);
  poseidon2BabyBear(state);
  for (let i = 0; i < WIDTH; i++) state[i] = mul(state[i]!, r);
}

/**
 * Takes columns into the states of rows, a thread a row: eight words, then a permutation, and one behind what is left.
 * Buffers: columns, states (word i of row t at i · rows + t), constants. Immediates: columns, words from one to the next, whether
 * they are the first.
 */
export const absorbKernel = (lanes: LaneForm): Kernel =>
  kernel({
    name: `stark, rows hashed, lanes ${lanes}`,
    buffers: { columns: 'read', states: 'write', constants: 'read' },
    declarations: babyBearPermutation('permute', lanes),
    body: `  let stride = immediate(2u);
  var s: array<u32, 16>;
  if (immediate(3u) == 0u) { for (var i = 0u; i < 16u; i++) { s[i] = states[i * threads + thread]; } }
  var filled = 0u;
  for (var column = 0u; column < immediate(1u); column++) {
    s[filled] = columns[column * stride + thread];
    filled++;
    if (filled == 8u) { s = permute(s); filled = 0u; }
  }
  if (filled > 0u) { s = permute(s); }
  for (var i = 0u; i < 16u; i++) { states[i * threads + thread] = s[i]; }
`,
    host({ buffers: [columns, states], threads, immediates: [count, stride, isFirst] }) {
      const s = new Int32Array(WIDTH);
      for (let row = 0; row < threads; row++) {
        for (let i = 0; i < WIDTH; i++) s[i] = isFirst === 1 ? 0 : states![i * threads + row]!;
        for (let column = 0; column < count!; column++) {
          s[column % RATE] = columns![column * stride! + row]!;
          if (column % RATE === RATE - 1 || column === count! - 1) permute(s);
        }
        for (let i = 0; i < WIDTH; i++) states![i * threads + row] = s[i]!;
      }
    },
  });

const reversed = (row: number, bits: number): number => {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result = 2 * result + ((row >>> bit) & 1);
  return result;
};

/** The digests of rows at their bit-reversed numbers, a thread a row. Immediate: log2 of the rows, at least 1. */
export const digestsOfStates: Kernel = kernel({
  name: 'stark, digests of rows',
  buffers: { states: 'read', digests: 'write' },
  body: `  let to = 8u * (reverseBits(thread) >> (32u - immediate(1u)));
  for (var i = 0u; i < 8u; i++) { digests[to + i] = states[i * threads + thread]; }
`,
  host({ buffers: [states, digests], threads, immediates: [bits] }) {
    for (let row = 0; row < threads; row++)
      for (let i = 0; i < RATE; i++) digests![RATE * reversed(row, bits!) + i] = states![i * threads + row]!;
  },
});

/**
 * The digests of pairs, a thread a pair. Buffers: left, right, out, constants; immediates: words before the first left and the
 * first right one, words from one to the next.
 */
export const compressKernel = (lanes: LaneForm): Kernel =>
  kernel({
    name: `stark, pairs compressed, lanes ${lanes}`,
    buffers: { left: 'read', right: 'read', out: 'write', constants: 'read' },
    declarations: babyBearPermutation('permute', lanes),
    body: `  var s: array<u32, 16>;
  let at = thread * immediate(3u);
  for (var i = 0u; i < 8u; i++) {
    s[i] = left[immediate(1u) + at + i];
    s[8u + i] = right[immediate(2u) + at + i];
  }
  s = permute(s);
  for (var i = 0u; i < 8u; i++) { out[8u * thread + i] = s[i]; }
`,
    host({ buffers: [left, right, out], threads, immediates: [fromLeft, fromRight, stride] }) {
      const s = new Int32Array(WIDTH);
      for (let pair = 0; pair < threads; pair++) {
        for (let i = 0; i < RATE; i++) {
          s[i] = left![fromLeft! + pair * stride! + i]!;
          s[RATE + i] = right![fromRight! + pair * stride! + i]!;
        }
        permute(s);
        for (let i = 0; i < RATE; i++) out![RATE * pair + i] = s[i]!;
      }
    },
  });
