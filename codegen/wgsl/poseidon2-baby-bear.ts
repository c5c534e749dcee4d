// Poseidon2 over BabyBear of width 16 in WGSL, and as rows of OpenVM's AIR: rounds are a loop; lanes.ts says what lanes are.
// Elements are in Montgomery's form. Constants come from a buffer, which a loop may index.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { Kernel } from '../../runtime/gpu/device.ts';
import { BABY_BEAR_POSEIDON2 as CONSTANTS, WIDTH } from '../../runtime/hashes/poseidon2-baby-bear.ts';
import { eachLane, type LaneForm } from './lanes.ts';
import { kernel } from './module.ts';
import { fieldText, type Reduction } from './montgomery.ts';
import { externalText } from './poseidon2.ts';

const { external: EXTERNAL, internal: INTERNAL, diagonal: DIAGONAL } = CONSTANTS;
const HALF = EXTERNAL.length / WIDTH / 2;
const ROUNDS = 2 * HALF + INTERNAL.length;
const INTERNAL_AT = EXTERNAL.length;
const DIAGONAL_AT = INTERNAL_AT + INTERNAL.length;

/** What the buffer `constants` holds: 16 words for each external round, a word for each internal one, the diagonal. */
export const poseidon2BabyBearConstants = (): Uint32Array =>
  Uint32Array.from([...EXTERNAL, ...INTERNAL, ...DIAGONAL], word => babyBear.mul(word, babyBear.r));

/** What a permutation tells of its rounds: statements with the number of the round, a lane, what its S-box takes. */
interface Told {
  /** The cube of what lane `lane` of external round `round` takes. */
  readonly cube: (round: string, lane: string, value: string) => string;
  /** Lane `lane` behind external round `round`. */
  readonly state: (round: string, lane: string) => string;
  readonly innerCube: (round: string, value: string) => string;
  readonly innerSeventh: (round: string, value: string) => string;
}

const QUIET: Told = { cube: () => '', state: () => '', innerCube: () => '', innerSeventh: () => '' };

/** `fn NAME(state: array<u32, 16>) -> array<u32, 16>` with what it stands on; a binding `constants` comes before. */
export function babyBearPermutation(
  name: string,
  lanes: LaneForm,
  reduction: Reduction = 'multiply',
  told: Told = QUIET,
): string {
  const each = (statement: (lane: string) => string): string => eachLane(lanes, WIDTH, statement);
  const sum = each(i => `total = fadd(total, s[${i}]);`);
  return `${fieldText(babyBear, reduction)}${externalText()}
fn ${name}(input: array<u32, 16>) -> array<u32, 16> {
  var s = externalLayer(input);
  for (var step = 0u; step < ${ROUNDS}u; step++) {
    if (step < ${HALF}u || step >= ${HALF + INTERNAL.length}u) {
      let round = step - select(0u, ${INTERNAL.length}u, step >= ${HALF}u);
      ${each(i => `{ let x = fadd(s[${i}], constants[round * ${WIDTH}u + ${i}]); let c = fmul(fmul(x, x), x); ${told.cube('round', i, 'c')} s[${i}] = fmul(fmul(c, c), x); }`)}
      s = externalLayer(s);
      ${each(i => told.state('round', i))}
    } else {
      let round = step - ${HALF}u;
      let x = fadd(s[0], constants[${INTERNAL_AT}u + round]);
      let c = fmul(fmul(x, x), x);
      ${told.innerCube('round', 'c')}
      s[0] = fmul(fmul(c, c), x);
      ${told.innerSeventh('round', 's[0]')}
      var total = 0u;
      ${sum}
      ${each(i => `s[${i}] = fadd(total, fmul(s[${i}], constants[${DIAGONAL_AT}u + ${i}]));`)}
    }
  }
  return s;
}
`;
}

/** Columns of the AIR: `export`, the input, 32 for each external round, 2 for each internal one, `mult`. */
const FIRST_ROUNDS = 1 + WIDTH;
const INNER_ROUNDS = FIRST_ROUNDS + 2 * WIDTH * HALF;
const LAST_ROUNDS = INNER_ROUNDS + 2 * INTERNAL.length;
export const POSEIDON2_AIR_COLUMNS: number = LAST_ROUNDS + 2 * WIDTH * HALF + 1;

const externalColumn = (round: string): string =>
  `(${FIRST_ROUNDS}u + ${2 * WIDTH}u * ${round} + select(0u, ${LAST_ROUNDS - INNER_ROUNDS}u, ${round} >= ${HALF}u))`;
const store = (column: string, value: string): string => `columns[cell + (${column}) * stride] = ${value};`;
const innerColumn = (round: string, at: number): string => `${INNER_ROUNDS + at}u + 2u * ${round}`;

/**
 * Rows of OpenVM's AIR, a thread a row, padding rows too; buffers: events (16 words and how often, `eventWords` a row), columns,
 * constants. Immediates are those of a chip: rows, stride, first cell, first event. `host`: the same on the host.
 */
export const poseidon2AirKernel = (lanes: LaneForm, eventWords: number, host: Kernel['host']): Kernel =>
  kernel({
    name: 'openvm_Poseidon2',
    buffers: { events: 'read', columns: 'write', constants: 'read' },
    declarations: `var<private> cell: u32;
var<private> stride: u32;
${babyBearPermutation('permute', lanes, 'multiply', {
  cube: (round, lane, value) => store(`${externalColumn(round)} + ${lane}`, `fromMontgomery(${value})`),
  state: (round, lane) => store(`${externalColumn(round)} + ${WIDTH}u + ${lane}`, `fromMontgomery(s[${lane}])`),
  innerCube: (round, value) => store(innerColumn(round, 0), `fromMontgomery(${value})`),
  innerSeventh: (round, value) => store(innerColumn(round, 1), `fromMontgomery(${value})`),
})}`,
    body: `  let rows = immediate(1u);
  stride = immediate(2u);
  cell = immediate(3u) + thread;
  let event = immediate(4u) + thread * ${eventWords}u;
  ${store('0u', '1u')}
  var input: array<u32, 16>;
  var count = 0u;
  if (thread < rows) {
    for (var i = 0u; i < 16u; i++) { input[i] = events[event + i]; }
    count = events[event + 16u];
  }
  for (var i = 0u; i < 16u; i++) {
    ${store('1u + i', 'input[i]')}
    input[i] = toMontgomery(input[i]);
  }
  _ = permute(input);
  ${store(`${POSEIDON2_AIR_COLUMNS - 1}u`, 'count')}
`,
    host,
  });
