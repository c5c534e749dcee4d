// The constraints of one AIR at a point outside its domain, from the values opened there.

import type { KeyNode } from '../../../codegen/stark/nodes.ts';
import { mul, inverse as ofOne, power as powerOf, rootOfUnity } from '../../../runtime/fields/baby-bear.ts';
import {
  add,
  type Extension,
  inverse,
  mul as multiply,
  ONE,
  ofBase,
  power,
  scale,
  sub,
  ZERO,
} from '../../../runtime/fields/baby-bear-extension.ts';
import type { AirKey } from './key.ts';
import type { Adjacent } from './proof.ts';

/** What the nodes of one AIR may refer to. */
export interface AirValues {
  readonly preprocessed: Adjacent | undefined;
  /** Cached mains first, the common one last. */
  readonly main: readonly Adjacent[];
  readonly permutation: Adjacent | undefined;
  readonly publicValues: readonly number[];
  /** α and β of log-up; empty without interactions. */
  readonly challenges: readonly Extension[];
  readonly exposed: readonly Extension[];
}

export interface Selectors {
  readonly first: Extension;
  readonly last: Extension;
  readonly trans: Extension;
}

/** x^n − 1 for the n points of a trace domain. */
export const vanishing = (x: Extension, logHeight: number): Extension => sub(power(x, 2 ** logHeight), ONE);

export function selectorsAt(x: Extension, logHeight: number): Selectors {
  const z = vanishing(x, logHeight);
  const trans = sub(x, ofBase(ofOne(rootOfUnity(logHeight))));
  return { first: multiply(z, inverse(sub(x, ONE))), last: multiply(z, inverse(trans)), trans };
}

/** Columns of extension elements, opened as four columns of the base field each, put together: Σ X^e v_e. */
export function joinColumns(opened: readonly Extension[]): Extension[] {
  const joined: Extension[] = [];
  for (let i = 0; i + 4 <= opened.length; i += 4) joined.push(joinFour(opened.slice(i, i + 4)));
  return joined;
}

function joinFour(values: readonly Extension[]): Extension {
  const unit = (e: number): Extension => [0, 1, 2, 3].map(i => (i === e ? 1 : 0)) as unknown as Extension;
  return values.reduce((sum, value, e) => add(sum, multiply(value, unit(e))), ZERO);
}

/** A node's value; `values` are those of the nodes before it. */
export function nodeValue(
  node: KeyNode,
  values: readonly Extension[],
  air: AirValues,
  selectors: Selectors,
): Extension {
  const at = (trace: Adjacent, offset: number, column: number): Extension =>
    (offset === 0 ? trace.local : trace.next)[column]!;
  switch (node[0]) {
    case 'm':
      return at(air.main[node[1]]!, node[2], node[3]);
    case 'p':
      return at(air.preprocessed!, node[1], node[2]);
    case 'a':
      return at(air.permutation!, node[1], node[2]);
    case 'pub':
      return ofBase(air.publicValues[node[1]]!);
    case 'ch':
      return air.challenges[node[1]]!;
    case 'ex':
      return air.exposed[node[1]]!;
    case 'c':
      return ofBase(node[1]);
    case '+':
      return add(values[node[1]]!, values[node[2]]!);
    case '-':
      return sub(values[node[1]]!, values[node[2]]!);
    case '*':
      return multiply(values[node[1]]!, values[node[2]]!);
    case 'neg':
      return sub(ZERO, values[node[1]]!);
    default:
      return selectors[node[0]];
  }
}

/** All constraints at x, folded by Horner's rule: the first gets the highest power of α. */
export function foldedConstraints(
  key: AirKey,
  logHeight: number,
  x: Extension,
  alpha: Extension,
  air: AirValues,
): Extension {
  const selectors = selectorsAt(x, logHeight);
  const values: Extension[] = [];
  for (const node of key.nodes) values.push(nodeValue(node, values, air, selectors));
  return key.constraints.reduce((sum, node) => add(multiply(sum, alpha), values[node]!), ZERO);
}

/**
 * The quotient at x from its chunks, each the 4 opened columns of a polynomial known on the coset s_c H, s_c = 31 g^c, g the
 * root of the quotient's domain: Σ_c chunk_c Π_(j ≠ c) Z_j(x) / Z_j(s_c) with Z_j(x) = (x / s_j)^n − 1.
 */
export function quotientAt(
  chunks: readonly (readonly Extension[])[],
  logHeight: number,
  x: Extension,
  generator: number,
): Extension {
  const step = rootOfUnity(logHeight + Math.log2(chunks.length));
  const shifts = chunks.map((_, c) => mul(generator, powerOf(step, c)));
  const zero = (j: number, at: Extension): Extension => vanishing(scale(at, ofOne(shifts[j]!)), logHeight);
  let sum = ZERO;
  for (const [c, chunk] of chunks.entries()) {
    let factor = ONE;
    for (const j of shifts.keys())
      if (j !== c) factor = multiply(factor, multiply(zero(j, x), inverse(zero(j, ofBase(shifts[c]!)))));
    sum = add(sum, multiply(factor, joinFour(chunk)));
  }
  return sum;
}

/** Whether the constraints divide by what vanishes on the trace's rows, with that quotient. */
export const holdsAt = (folded: Extension, quotient: Extension, logHeight: number, x: Extension): boolean =>
  multiply(quotient, vanishing(x, logHeight)).every((word, i) => word === folded[i]);
