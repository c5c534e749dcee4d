// Poseidon2 over KoalaBear of width 16 in WGSL: rounds are a loop; lanes.ts says what lanes are. Elements are in Montgomery's form. Constants come from a buffer, which a loop may index.
// Reference: https://eprint.iacr.org/2023/323; parameters in runtime/hashes/poseidon2.ts.

import { koalaBear } from '../../runtime/fields/koala-bear.ts';
import { POSEIDON2_EXTERNAL as EXTERNAL, POSEIDON2_INTERNAL as INTERNAL } from '../../runtime/hashes/poseidon2.ts';
import { eachLane, type LaneForm } from './lanes.ts';

const WIDTH = 16;
const LANES = Array.from({ length: WIDTH }, (_, i) => i);
const HALF_EXTERNAL_ROUNDS = 4;
const INTERNAL_ROUNDS = INTERNAL.length;
const ROUNDS = 2 * HALF_EXTERNAL_ROUNDS + INTERNAL_ROUNDS;
/** Powers of two by which the internal matrix multiplies lanes 1 to 15. */
const POWERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15];

/** What the buffer `constants` begins with: 16 words for each external round, then a word for each internal one. */
export function poseidon2Constants(): Uint32Array {
  const { mul, r } = koalaBear;
  return Uint32Array.from([...EXTERNAL, ...INTERNAL], c => mul(c, r));
}

export const POSEIDON2_CONSTANTS: number = EXTERNAL.length + INTERNAL.length;

/**
 * `fn NAME(state: array<u32, 16>) -> array<u32, 16>`. With `store`, which gives a statement for a column (an expression)
 * and a value in Montgomery's form, every value that has a column is stored.
 */
export function permutationText(
  name: string,
  lanes: LaneForm,
  store?: (column: string, value: string) => string,
): string {
  const each = (statement: (lane: string) => string): string => eachLane(lanes, WIDTH, statement);
  const storeState = (first: string): string =>
    store === undefined ? '' : each(i => store(`${first} + ${i}`, `s[${i}]`));
  const externalColumns = '(round - select(0u, 20u, round >= 24u)) * 16u';
  return `fn ${name}(input: array<u32, 16>) -> array<u32, 16> {
  var s = input;
  ${storeState('0u')}
  s = externalLayer(s);
  for (var round = 0u; round < ${ROUNDS}u; round++) {
    if (round < ${HALF_EXTERNAL_ROUNDS}u || round >= ${HALF_EXTERNAL_ROUNDS + INTERNAL_ROUNDS}u) {
      ${store === undefined ? '' : `if (round > 0u) { ${storeState(externalColumns)} }`}
      let c = (round - select(0u, ${INTERNAL_ROUNDS}u, round >= ${HALF_EXTERNAL_ROUNDS + INTERNAL_ROUNDS}u)) * ${WIDTH}u;
      ${each(i => `s[${i}] = cube(fadd(s[${i}], constants[c + ${i}]));`)}
      s = externalLayer(s);
    } else {
      ${store === undefined ? '' : `if (round == ${HALF_EXTERNAL_ROUNDS}u) { ${storeState('128u')} }`}
      s[0] = cube(fadd(s[0], constants[${EXTERNAL.length - HALF_EXTERNAL_ROUNDS}u + round]));
      s = internalLayer(s);
      ${store === undefined ? '' : `if (round < 23u) { ${store('140u + round', 's[0]')} }`}
    }
  }
  ${storeState('163u')}
  return s;
}
`;
}

/** circ(2 M, M, M, M) with M = circ(2, 3, 1, 1). */
export function externalText(): string {
  const blocks = [0, 4, 8, 12].map(b => `  let t${b} = block(vec4(s[${b}], s[${b + 1}], s[${b + 2}], s[${b + 3}]));\n`);
  const lanes = LANES.map(i => `fadd(t${i & 12}[${i & 3}], sum[${i & 3}])`);
  return `fn fadd4(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> { let s = a + b; return min(s, s - vec4(P)); }
fn block(x: vec4<u32>) -> vec4<u32> {
  let pairs = fadd(fadd(x.x, x.y), fadd(x.z, x.w));
  let next = x.yzwx;
  return fadd4(fadd4(vec4(pairs), x), fadd4(next, next));
}
fn externalLayer(s: array<u32, 16>) -> array<u32, 16> {
${blocks.join('')}  let sum = fadd4(fadd4(t0, t4), fadd4(t8, t12));
  return array<u32, 16>(${lanes.join(', ')});
}
`;
}

/** Lane i becomes (sum + d_i s_i) / 2^32, with d = -2 and powers of two: products that are shifts. */
function internalText(form: LaneForm): string {
  if (form === 'loop') return internalLoop;
  const sums = LANES.slice(1).map(i => `s[${i}]`);
  const lanes = POWERS.map((k, i) => {
    const lane = `s[${i + 1}]`;
    return `fadd(sum, ${k === 0 ? `reduce(${lane}, 0u)` : `reduce(${lane} << ${k}u, ${lane} >> ${32 - k}u)`})`;
  });
  const total = sums.reduce((a, b) => `fadd(${a}, ${b})`, 's[0]');
  return `fn internalLayer(s: array<u32, 16>) -> array<u32, 16> {
  let sum = reduce(${total}, 0u);
  return array<u32, 16>(fsub(sum, reduce(s[0] << 1u, s[0] >> 31u)), ${lanes.join(', ')});
}
`;
}

/** The same; a shift by 32 is none, hence two. */
const internalLoop = `fn internalLayer(s: array<u32, 16>) -> array<u32, 16> {
  var total = s[0];
  for (var i = 1u; i < 16u; i++) { total = fadd(total, s[i]); }
  let sum = reduce(total, 0u);
  var result: array<u32, 16>;
  result[0] = fsub(sum, reduce(s[0] << 1u, s[0] >> 31u));
  for (var i = 1u; i < 16u; i++) {
    let k = i - select(1u, 0u, i == 15u);
    result[i] = fadd(sum, reduce(s[i] << k, (s[i] >> (31u - k)) >> 1u));
  }
  return result;
}
`;

/** What permutations stand on; `fieldText` comes before, and a binding `constants`. */
export function poseidon2Text(lanes: LaneForm): string {
  return `fn cube(a: u32) -> u32 { return fmul(fmul(a, a), a); }
${externalText()}${internalText(lanes)}`;
}
