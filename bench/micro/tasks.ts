// What the micro-benchmarks call: every precompile, and kernels that exist in JavaScript and in WebAssembly, in both.

import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 as k1 } from '@noble/curves/secp256k1.js';
import { arithmetic64 } from '../../runtime/arithmetic.ts';
import { secp256k1, secp256r1 } from '../../runtime/curves/weierstrass.ts';
import { keccakPermute as keccakInJavaScript } from '../../runtime/hashes/keccak.ts';
import { PAGE_BYTES } from '../../runtime/layout.ts';
import {
  type LiftMessages,
  laneKernel,
  liftInJavaScript,
  liftInLanes,
  POINT_WORDS,
} from '../../src/machine/sp1/records/memory/lift-messages.ts';
import {
  type PointSums,
  sumsInJavaScript,
  sumsInWebAssembly,
} from '../../src/machine/sp1/records/memory/point-sums.ts';
import { type CurveFunctions, curveInJavaScript, curveInWebAssembly } from '../../src/machine/sp1/syscalls/curves.ts';
import { permuteInWebAssembly } from '../../src/machine/sp1/syscalls/keccak.ts';
import { PRECOMPILES, type Precompile } from '../../src/machine/sp1/syscalls/precompiles.ts';
import { proverTasks } from './prover-tasks.ts';

export interface Task {
  readonly name: string;
  /** One call. */
  readonly run: () => void;
}

interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}
interface Group {
  readonly BASE: { toAffine(): Affine; double(): { toAffine(): Affine } };
}

/** By what the names of their rows begin with. */
const GROUPS: Readonly<Record<string, Group>> = {
  SECP256K1: k1.Point,
  SECP256R1: p256.Point,
  BN254: bn254.G1.Point,
  BLS12381: bls12_381.G1.Point,
  ED: ed25519.Point,
};

const wordsOf = (value: bigint, words: number): number[] =>
  Array.from({ length: words }, (_, i) => Number(BigInt.asIntN(32, value >> BigInt(32 * i))));

/** x, then y. */
const point = ({ x, y }: Affine, words: number): Int32Array =>
  Int32Array.from([...wordsOf(x, words / 2), ...wordsOf(y, words / 2)]);

/** The base point of a group, and its double. */
const points = ({ BASE }: Group, words: number): [Int32Array, Int32Array] => [
  point(BASE.toAffine(), words),
  point(BASE.double().toAffine(), words),
];

/** Words below every modulus, by a linear congruential generator, so that two builds get the same. */
function numbers(words: number, seed: number): Int32Array {
  let state = seed;
  const made = Int32Array.from({ length: words }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state;
  });
  made[words - 1]! &= 0x0fff_ffff;
  return made;
}

function operandsOf({ name, accesses }: Precompile): Int32Array[] {
  const isOfPoints = /^[^_]+_(ADD|DOUBLE)$/.test(name);
  const group = GROUPS[name.split('_')[0]!];
  if (isOfPoints && group !== undefined) return points(group, 2 * accesses[0]!.granules);
  const operands: Int32Array[] = [];
  for (const { operand, granules } of accesses) operands[operand] ??= numbers(2 * granules, operand + 1);
  if (name === 'ED_DECOMPRESS') operands[0]!.set(wordsOf(ed25519.Point.BASE.toAffine().y, 8));
  return operands;
}

function precompile(row: Precompile): Task {
  const operands = operandsOf(row);
  const refusal = row.compute(operands, 0);
  if (refusal !== undefined) throw new Error(`${row.name}: ${refusal}`);
  return { name: row.name.toLowerCase(), run: () => void row.compute(operands, 0) };
}

function curve(name: string, group: Group, { add, double }: CurveFunctions): Task[] {
  const [p, q] = points(group, 16);
  return [
    { name: `${name} add`, run: () => void add(p, q) },
    { name: `${name} double`, run: () => void double(p) },
  ];
}

const TILE = 256;

/** Other messages each time: how many hashes one needs differs. */
function global(name: string, lift: LiftMessages, { addTo }: PointSums): Task[] {
  let address = 0;
  const messages = (): Uint32Array =>
    Uint32Array.from(Array.from({ length: TILE }, () => [0, 0, 8 * (address++ & 0x1fff), 1, 0, 0, 0, 0, 1]).flat());
  const { points } = lift(messages());
  return [
    { name: `global lift of ${TILE} in ${name}`, run: () => void lift(messages()) },
    { name: `global sum in ${name}`, run: () => addTo(points.slice(0, POINT_WORDS), points, POINT_WORDS) },
  ];
}

const lanes = numbers(50, 3);
const { divU64, mulhS64 } = arithmetic64(new Int32Array(PAGE_BYTES / 4));
const [a, b] = [numbers(2, 4), numbers(2, 5)];

export const TASKS: readonly Task[] = [
  ...proverTasks(),
  ...PRECOMPILES.map(precompile),
  { name: 'keccak in JavaScript', run: () => keccakInJavaScript(lanes) },
  ...[permuteInWebAssembly()].flatMap(permute =>
    permute === undefined ? [] : [{ name: 'keccak in WebAssembly', run: () => permute(lanes) }],
  ),
  ...Object.entries({ secp256k1, secp256r1 }).flatMap(([name, which]) => [
    ...curve(`${name} in JavaScript`, GROUPS[name.toUpperCase()]!, curveInJavaScript(which)),
    ...[curveInWebAssembly(which)].flatMap(c =>
      c === undefined ? [] : curve(`${name} in WebAssembly`, GROUPS[name.toUpperCase()]!, c),
    ),
  ]),
  ...global('JavaScript', liftInJavaScript, sumsInJavaScript),
  ...[laneKernel()].flatMap(kernel => {
    const sums = sumsInWebAssembly();
    return kernel === undefined || sums === undefined ? [] : global('WebAssembly', liftInLanes(kernel), sums);
  }),
  { name: 'divU64 in JavaScript', run: () => void divU64(a[0]!, a[1]!, b[0]!, b[1]!) },
  { name: 'mulhS64 in JavaScript', run: () => void mulhS64(a[0]!, a[1]!, b[0]!, b[1]!) },
];
