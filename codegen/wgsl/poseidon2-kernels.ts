// Kernels of Poseidon2: a permutation a thread, of states that lie by lanes, alone or with the columns of its row.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import type { Kernel } from '../../runtime/gpu/device.ts';
import { poseidon2Permute } from '../../runtime/hashes/poseidon2.ts';
import type { LaneForm } from './lanes.ts';
import { kernel } from './module.ts';
import { fieldText, type Reduction } from './montgomery.ts';
import { permutationText, poseidon2Text } from './poseidon2.ts';

const WIDTH = 16;

/**
 * Lane i of state t is the word i · stride + t, canonical, in place; the immediate is the stride.
 * Buffers: states, constants.
 */
export function permuteKernel(lanes: LaneForm, reduction: Reduction = 'multiply'): Kernel {
  return kernel({
    name: `poseidon2, lanes ${lanes}, reducing by ${reduction}`,
    buffers: { states: 'write', constants: 'read' },
    declarations: `${fieldText(koalaBear, reduction)}${poseidon2Text(lanes)}${permutationText('permute', lanes)}`,
    body: `  let stride = immediate(1u);
  var s: array<u32, 16>;
  for (var i = 0u; i < 16u; i++) { s[i] = toMontgomery(states[i * stride + thread]); }
  s = permute(s);
  for (var i = 0u; i < 16u; i++) { states[i * stride + thread] = fromMontgomery(s[i]); }
`,
    host: ({ buffers: [states], threads, immediates: [stride] }) => {
      const x = new Int32Array(WIDTH);
      for (let t = 0; t < threads; t++) {
        for (let i = 0; i < WIDTH; i++) x[i] = states![i * stride! + t]!;
        poseidon2Permute(x);
        for (let i = 0; i < WIDTH; i++) states![i * stride! + t] = x[i]!;
      }
    },
  });
}
