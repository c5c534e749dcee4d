// The sums of an AIR's messages, row by row: each message m on bus b is count / (α + Σ β^j m_j + β^k (b + 1)) with k its length.

import { interactionChunks } from '../../../../codegen/stark/log-up.ts';
import { type KeyInteraction, messageNodes } from '../../../../codegen/stark/nodes.ts';
import {
  add,
  type Extension,
  inverse,
  mul as multiply,
  ONE,
  ofBase,
  ZERO,
} from '../../../../runtime/fields/baby-bear-extension.ts';
import { nodeValue } from '../../stark/constraints.ts';
import type { Adjacent } from '../../stark/proof.ts';
import type { Statement } from '../backend.ts';
import type { PlainMatrix } from './matrix.ts';

/** What no message depends on. */
const NO_SELECTORS = { first: ZERO, last: ZERO, trans: ZERO };

/** By column, then by row: one for each chunk of messages, and the running sum of all of them. */
export function permutationRows(statement: Statement<PlainMatrix>): Extension[][] {
  const { key, logHeight, challenges } = statement;
  const chunks = interactionChunks(key);
  const columns: Extension[][] = [...chunks, []].map(() => []);
  let total = ZERO;
  for (let row = 0; row < 2 ** logHeight; row++) {
    const values = nodesAt(statement, row);
    for (const [c, chunk] of chunks.entries()) {
      const sum = chunk.reduce((s, i) => add(s, fraction(key.interactions[i]!, values, challenges)), ZERO);
      columns[c]!.push(sum);
      total = add(total, sum);
    }
    columns.at(-1)!.push(total);
  }
  return columns;
}

function fraction(
  { bus, count, message }: KeyInteraction,
  values: readonly Extension[],
  [alpha, beta]: readonly Extension[],
): Extension {
  const terms = [...message.map(node => values[node]!), ofBase(bus + 1)];
  let [denominator, weight] = [alpha!, ONE];
  for (const term of terms) {
    denominator = add(denominator, multiply(weight, term));
    weight = multiply(weight, beta!);
  }
  return multiply(values[count]!, inverse(denominator));
}

/** The nodes that messages are made of. */
function nodesAt({ key, preprocessed, main, challenges }: Statement<PlainMatrix>, row: number): Extension[] {
  const adjacent = ({ columns }: PlainMatrix): Adjacent => ({
    local: columns.map(column => ofBase(column[row]!)),
    next: columns.map(column => ofBase(column[(row + 1) % column.length]!)),
  });
  const air = {
    preprocessed: preprocessed && adjacent(preprocessed),
    main: main.map(adjacent),
    permutation: undefined,
    publicValues: [],
    challenges,
    exposed: [],
  };
  const wanted = messageNodes(key);
  const values: Extension[] = [];
  for (const [i, node] of key.nodes.entries())
    values.push(wanted.has(i) ? nodeValue(node, values, air, NO_SELECTORS) : ZERO);
  return values;
}
