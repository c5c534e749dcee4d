// Number-theoretic transforms over BabyBear in WGSL, a layer a dispatch and a butterfly a thread: columns of `words` values lie one
// after the other, words in Montgomery's form. Powers of the root of order 2 h are at h of their table.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { Kernel } from '../../runtime/gpu/device.ts';
import { kernel } from './module.ts';
import { fieldText } from './montgomery.ts';

const { add, sub, mul } = babyBear;
const R_INVERSE = babyBear.inverse(babyBear.r);
/** What `fmul` gives. */
const product = (a: number, b: number): number => mul(mul(a, b), R_INVERSE);

const PLACE = `  let half = immediate(1u);
  let words = immediate(2u);
  let i = thread % (words / 2u);
  let j = i % half;
  let at = thread / (words / 2u) * words + i / half * 2u * half + j;
`;

/** Where butterfly `thread` is, and its twiddle. */
function place(thread: number, half: number, words: number): { readonly at: number; readonly factor: number } {
  const i = thread % (words / 2);
  const j = i % half;
  const at = Math.floor(thread / (words / 2)) * words + Math.floor(i / half) * 2 * half + j;
  return { at, factor: half + j };
}

/** Values in natural order become coefficients in bit-reversed order, from the widest layer on. Immediates: half, words. */
export const layerToCoefficients: Kernel = kernel({
  name: 'stark, a layer to coefficients',
  buffers: { values: 'write', factors: 'read' },
  declarations: fieldText(babyBear),
  body: `${PLACE}  let a = values[at];
  let b = values[at + half];
  values[at] = fadd(a, b);
  values[at + half] = fmul(fsub(a, b), factors[half + j]);
`,
  host({ buffers: [values, factors], threads, immediates: [half, words] }) {
    for (let thread = 0; thread < threads; thread++) {
      const { at, factor } = place(thread, half!, words!);
      const [a, b] = [values![at]!, values![at + half!]!];
      values![at] = add(a, b);
      values![at + half!] = product(sub(a, b), factors![factor]!);
    }
  },
});

/** Coefficients in bit-reversed order become values in natural order, from the narrowest layer on. Immediates: half, words. */
export const layerToValues: Kernel = kernel({
  name: 'stark, a layer to values',
  buffers: { values: 'write', factors: 'read' },
  declarations: fieldText(babyBear),
  body: `${PLACE}  let a = values[at];
  let b = fmul(values[at + half], factors[half + j]);
  values[at] = fadd(a, b);
  values[at + half] = fsub(a, b);
`,
  host({ buffers: [values, factors], threads, immediates: [half, words] }) {
    for (let thread = 0; thread < threads; thread++) {
      const { at, factor } = place(thread, half!, words!);
      const [a, b] = [values![at]!, product(values![at + half!]!, factors![factor]!)];
      values![at] = add(a, b);
      values![at + half!] = sub(a, b);
    }
  },
});

/**
 * Coefficients times their scales, and zeros between them, behind the first layer to values, which repeats each; a thread a
 * coefficient. Immediate: words of a column of coefficients.
 */
export const spreadCoefficients: Kernel = kernel({
  name: 'stark, coefficients spread',
  buffers: { coefficients: 'read', values: 'write', scales: 'read' },
  declarations: fieldText(babyBear),
  body: `  let x = fmul(coefficients[thread], scales[thread % immediate(1u)]);
  values[2u * thread] = x;
  values[2u * thread + 1u] = x;
`,
  host({ buffers: [coefficients, values, scales], threads, immediates: [words] }) {
    for (let thread = 0; thread < threads; thread++)
      values!.fill(product(coefficients![thread]!, scales![thread % words!]!), 2 * thread, 2 * thread + 2);
  },
});
