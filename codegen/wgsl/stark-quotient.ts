// An AIR's constraints, folded, over what vanishes on the trace's domain, in WGSL: a thread a row of the quotient's domain, printed
// from a key's nodes. Words are in Montgomery's form; elements of the extension are vec4.

import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { Kernel } from '../../runtime/gpu/device.ts';
import { type AirNodes, extensionNodes, type KeyNode, reachableNodes } from '../stark/nodes.ts';
import { invariantPlaces } from '../stark/row-nodes.ts';
import type { LaneForm } from './lanes.ts';
import { kernel } from './module.ts';
import { fieldText } from './montgomery.ts';

/** X^4 of the extension, in Montgomery's form. */
const W = babyBear.mul(11, babyBear.r);

const SUMS = `fn eadd(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> { let s = a + b; return min(s, s - vec4(P)); }
fn esub(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> { let d = a - b; return min(d, d + vec4(P)); }
fn escale(a: vec4<u32>, k: u32) -> vec4<u32> { return vec4(fmul(a.x, k), fmul(a.y, k), fmul(a.z, k), fmul(a.w, k)); }
`;

/** Products of the extension: written out, or a loop over words, each time with X times more of the other factor. */
const PRODUCTS: Readonly<Record<LaneForm, string>> = {
  written: `fn emul(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  let high = vec3(
    fadd(fadd(fmul(a.y, b.w), fmul(a.z, b.z)), fmul(a.w, b.y)),
    fadd(fmul(a.z, b.w), fmul(a.w, b.z)),
    fmul(a.w, b.w));
  let x = fadd(fmul(a.x, b.x), fmul(${W}u, high.x));
  let y = fadd(fadd(fmul(a.x, b.y), fmul(a.y, b.x)), fmul(${W}u, high.y));
  let z = fadd(fadd(fadd(fmul(a.x, b.z), fmul(a.y, b.y)), fmul(a.z, b.x)), fmul(${W}u, high.z));
  let w = fadd(fadd(fmul(a.x, b.w), fmul(a.y, b.z)), fadd(fmul(a.z, b.y), fmul(a.w, b.x)));
  return vec4(x, y, z, w);
}
`,
  loop: `fn emul(a: vec4<u32>, b: vec4<u32>) -> vec4<u32> {
  var shifted = b;
  var sum = vec4<u32>();
  for (var i = 0u; i < 4u; i++) {
    sum = eadd(sum, escale(shifted, a[i]));
    shifted = vec4(fmul(${W}u, shifted.w), shifted.xyz);
  }
  return sum;
}
`,
};

/** Parts of what a row is computed from, in the order of their buffers; each is columns one after the other. */
export interface QuotientParts {
  readonly main: readonly boolean[];
  readonly preprocessed: boolean;
  readonly permutation: boolean;
  /** Of the quotient's domain: first, last, transition. */
  readonly selectors: boolean;
  /** Places of what is the same on every row. */
  readonly invariants: number;
}

/** An AIR's parts with how its columns are extended for quotients. */
export interface QuotientShape {
  readonly parts: QuotientParts;
  readonly quotientDegree: number;
  readonly blowup: number;
}

/** Words of `constants`: 1/Z by row modulo four, then a power of α for each constraint, then what is the same on every row. */
export const POWERS_AT = 4;
export const invariantsAt = ({ constraints }: AirNodes): number => POWERS_AT + 4 * constraints.length;

/** Which parts an AIR's constraints know. */
export function quotientParts(air: AirNodes, mains: number): QuotientParts {
  const wanted = reachableNodes(air.nodes, air.constraints);
  const known = [...wanted].map(i => air.nodes[i]!);
  const has = (...kinds: KeyNode[0][]): boolean => known.some(([kind]) => kinds.includes(kind));
  return {
    main: Array.from({ length: mains }, (_, part) => known.some(node => node[0] === 'm' && node[1] === part)),
    preprocessed: has('p'),
    permutation: has('a'),
    selectors: has('first', 'last', 'trans'),
    invariants: invariantPlaces(air.nodes, wanted).length,
  };
}

/**
 * Buffers: parts that are known, constants, out (chunks one after the other, four columns each). Immediate: rows of an extended
 * column.
 */
export function quotientKernel(
  air: AirNodes,
  name: string,
  shape: QuotientShape,
  lanes: LaneForm,
  host: Kernel['host'],
): Kernel {
  const { parts, quotientDegree: chunks, blowup } = shape;
  const buffers: Record<string, 'read' | 'write'> = {};
  for (const [i, isKnown] of parts.main.entries()) if (isKnown) buffers[`main${i}`] = 'read';
  for (const part of ['preprocessed', 'permutation', 'selectors'] as const) if (parts[part]) buffers[part] = 'read';
  buffers.constants = 'read';
  buffers.out = 'write';
  return kernel({
    name: `stark, quotient of ${name}`,
    buffers,
    declarations: `${fieldText(babyBear)}${SUMS}${PRODUCTS[lanes]}`,
    body: `  let size = immediate(1u);
  let row0 = thread * ${blowup / chunks}u;
  let row1 = (row0 + ${blowup}u) % size;
${nodeLines(air).join('\n')}
  var sum = vec4<u32>();
${foldLines(air, lanes).join('\n')}
  sum = escale(sum, constants[thread & 3u]);
  let height = threads / ${chunks}u;
  let to = thread % ${chunks}u * 4u * height + thread / ${chunks}u;
  for (var i = 0u; i < 4u; i++) { out[to + i * height] = sum[i]; }
`,
    host,
  });
}

const elementAt = (buffer: string, at: string): string =>
  `vec4(${[0, 1, 2, 3].map(i => `${buffer}[${at} + ${i}u]`).join(', ')})`;

/** A node as an element. */
const elementOf = (i: number, isExtension: readonly boolean[]): string =>
  isExtension[i] ? `n${i}` : `vec4(n${i}, 0u, 0u, 0u)`;

/** A `let` for each node that constraints need. */
function nodeLines(air: AirNodes): string[] {
  const { nodes, constraints } = air;
  const wanted = reachableNodes(nodes, constraints);
  const isExtension = extensionNodes(nodes);
  const first = invariantsAt(air);
  const places = new Map(invariantPlaces(nodes, wanted).map((node, place) => [node, first + 4 * place]));
  return [...nodes.keys()]
    .filter(i => wanted.has(i))
    .map(i => {
      const place = places.get(i);
      if (place === undefined) return `  let n${i} = ${nodeText(nodes[i]!, isExtension)};`;
      return `  let n${i} = ${isExtension[i] ? elementAt('constants', `${place}u`) : `constants[${place}u]`};`;
    });
}

function nodeText(node: KeyNode, isExtension: readonly boolean[]): string {
  switch (node[0]) {
    case 'm':
      return `main${node[1]}[${node[3]}u * size + row${node[2]}]`;
    case 'p':
      return `preprocessed[${node[2]}u * size + row${node[1]}]`;
    case 'a': {
      const words = [0, 1, 2, 3].map(i => `permutation[${4 * node[2] + i}u * size + row${node[1]}]`);
      return `vec4(${words.join(', ')})`;
    }
    case 'first':
      return 'selectors[thread]';
    case 'last':
      return 'selectors[threads + thread]';
    case 'trans':
      return 'selectors[2u * threads + thread]';
    case 'neg':
      return isExtension[node[1]] ? `esub(vec4<u32>(), n${node[1]})` : `fneg(n${node[1]})`;
    case '+':
    case '-':
    case '*':
      return operationText(node, isExtension);
    default:
      throw new Error(`bug in jit-exec: ${node[0]} depends on no row`);
  }
}

function operationText(
  [op, a, b]: readonly ['+' | '-' | '*', number, number],
  isExtension: readonly boolean[],
): string {
  const name = { '+': 'add', '-': 'sub', '*': 'mul' }[op];
  if (!isExtension[a] && !isExtension[b]) return `f${name}(n${a}, n${b})`;
  if (op === '*' && !isExtension[b]) return `escale(n${a}, n${b})`;
  if (op === '*' && !isExtension[a]) return `escale(n${b}, n${a})`;
  return `e${name}(${elementOf(a, isExtension)}, ${elementOf(b, isExtension)})`;
}

/** Σ constraint · power. */
function foldLines({ nodes, constraints }: AirNodes, lanes: LaneForm): string[] {
  const isExtension = extensionNodes(nodes);
  if (lanes === 'loop') {
    const elements = constraints.map(node => elementOf(node, isExtension));
    const list = `array<vec4<u32>, ${constraints.length}>(${elements.join(', ')})`;
    return [
      `  var folded = ${list};`,
      `  for (var i = 0u; i < ${constraints.length}u; i++) {`,
      `    sum = eadd(sum, emul(folded[i], ${elementAt('constants', `${POWERS_AT}u + 4u * i`)}));`,
      '  }',
    ];
  }
  return constraints.map((node, i) => {
    const power = elementAt('constants', `${POWERS_AT + 4 * i}u`);
    const product = isExtension[node] ? `emul(n${node}, ${power})` : `escale(${power}, n${node})`;
    return `  sum = eadd(sum, ${product});`;
  });
}
