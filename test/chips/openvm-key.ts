// What OpenVM's own key says of a row: its AIRs as graphs of nodes (src/proof/keys, test/vectors/openvm/airs.json.gz), evaluated
// in the field. Nodes of the proof's own columns and challenges are left out.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { CheckedRow } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { OPENVM_CHIPS } from '../../codegen/chips/openvm/index.ts';
import type { KeyNode } from '../../codegen/stark/nodes.ts';
import { babyBear } from '../../runtime/fields/baby-bear.ts';
import type { AirKey } from '../../src/proof/stark/key.ts';
import { readVerifyingKey } from '../../src/proof/stark/key-json.ts';

const file = (name: string): Buffer => readFileSync(new URL(`../../${name}`, import.meta.url));

export interface UpstreamAir {
  readonly name: string;
  /** Cached or preprocessed ones. */
  readonly fixed: readonly string[];
  readonly columns: readonly string[];
  readonly interactions: readonly (readonly [bus: number, count: number, weight: number, message: readonly number[]])[];
  readonly preprocessed_trace: { readonly height: number; readonly sha256: string } | null;
  readonly total_width: number;
}

export const UPSTREAM_AIRS: readonly UpstreamAir[] = JSON.parse(
  gunzipSync(file('test/vectors/openvm/airs.json.gz')).toString(),
).airs;
const KEY = readVerifyingKey(file('src/proof/keys/openvm-1.4.0-rv32im.json').toString());

/** Values of the selectors that upstream multiplies with. */
export interface Selectors {
  readonly first: number;
  readonly last: number;
  readonly trans: number;
}

export const selectorsOf = ({ isFirst, isLast }: CheckedRow): Selectors => ({
  first: Number(isFirst === true),
  last: Number(isLast === true),
  trans: Number(isLast !== true),
});

export interface KeyMessage {
  readonly bus: number;
  readonly count: number;
  readonly message: readonly number[];
}

/** What a key says of a row: the values of its constraints, and its messages with their counts. */
export function ofKey(
  chip: Chip,
  row: CheckedRow,
  selectors: Selectors,
): { constraints: number[]; messages: KeyMessage[] } {
  const id = OPENVM_CHIPS.indexOf(chip);
  const [key, air] = [KEY.airs[id]!, UPSTREAM_AIRS[id]!];
  const values: (number | undefined)[] = [];
  for (const node of key.nodes) values.push(nodeValue(key, chip.fixed, node, values, row, selectors));
  return {
    constraints: key.constraints.map(at => values[at]).filter(value => value !== undefined),
    messages: air.interactions.map(([bus, count, , message]) => ({
      bus,
      count: values[count]!,
      message: message.map(at => values[at]!),
    })),
  };
}

/** Undefined where it depends on the proof. */
function nodeValue(
  key: AirKey,
  fixed: number,
  node: KeyNode,
  values: readonly (number | undefined)[],
  { cells, next, publicValues }: CheckedRow,
  selectors: Selectors,
): number | undefined {
  const at = (offset: number, column: number): number => (offset === 0 ? cells : next!)[column]!;
  const binary = (f: (a: number, b: number) => number, i: number, j: number): number | undefined => {
    const [a, b] = [values[i], values[j]];
    return a === undefined || b === undefined ? undefined : f(a, b);
  };
  switch (node[0]) {
    case 'm': // cached columns, the first of several parts, stand before the others
      return at(node[2], node[3] + (key.cachedWidths.length > 0 && node[1] === 0 ? 0 : fixed));
    case 'p':
      return at(node[1], node[2]);
    case 'pub':
      return publicValues![node[1]]!;
    case 'c':
      return node[1];
    case '+':
      return binary(babyBear.add, node[1], node[2]);
    case '-':
      return binary(babyBear.sub, node[1], node[2]);
    case '*':
      return binary(babyBear.mul, node[1], node[2]);
    case 'neg':
      return values[node[1]] === undefined ? undefined : babyBear.sub(0, values[node[1]]!);
    case 'first':
    case 'last':
    case 'trans':
      return selectors[node[0]];
    default:
      return undefined;
  }
}
