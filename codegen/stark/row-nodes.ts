// Evaluates nodes of a key on four rows of columns: what quotients and permutation traces are printed with.

import { assert } from '../../runtime/errors.ts';
import type { Value } from '../wasm/binary/values.ts';
import type { ExtensionLanes, Words } from './extension-lanes.ts';
import type { Lanes } from './lanes.ts';
import { extensionNodes, invariantNodes, type KeyNode } from './nodes.ts';

/** What a node is on a row: a word, or the four of an element. Both are pushed without computing. */
export type NodeWords = { readonly word: Value } | { readonly words: Words };

/** Where rows are. */
export interface RowSource {
  main(part: number, offset: number, column: number): Value;
  preprocessed(offset: number, column: number): Value;
  /** A word of an extension column. */
  permutation(offset: number, column: number, word: number): Value;
  selector(kind: 'first' | 'last' | 'trans'): Value;
  /** A word of what is the same on every row, by its place among those (`invariantPlaces`). */
  invariant(place: number, word: number): Value;
}

/** Invariant nodes that others on these rows need, in order: who evaluates rows has their values in a table. */
export function invariantPlaces(nodes: readonly KeyNode[], wanted: ReadonlySet<number>): readonly number[] {
  const isInvariant = invariantNodes(nodes);
  return [...nodes.keys()].filter(i => wanted.has(i) && isInvariant[i]);
}

/** Emits the nodes that are wanted, and gives what they are. */
export function emitNodes(
  v: Lanes,
  e: ExtensionLanes,
  nodes: readonly KeyNode[],
  wanted: ReadonlySet<number>,
  source: RowSource,
): ReadonlyMap<number, NodeWords> {
  const isExtension = extensionNodes(nodes);
  const places = new Map(invariantPlaces(nodes, wanted).map((node, place) => [node, place]));
  const known = new Map<number, NodeWords>();
  const kept = (value: Value): NodeWords => {
    const local = v.local();
    v.set(local, value);
    return { word: v.get(local) };
  };
  for (const [i, node] of nodes.entries()) {
    if (!wanted.has(i)) continue;
    const place = places.get(i);
    if (place !== undefined) {
      const word = (k: number): Value => source.invariant(place, k);
      known.set(i, isExtension[i] ? { words: [0, 1, 2, 3].map(word) } : { word: word(0) });
    } else {
      known.set(i, isExtension[i] ? extensionNode(v, e, node, known, source) : kept(baseNode(v, node, known, source)));
    }
  }
  return known;
}

export function nodeWord(value: NodeWords): Value {
  assert('word' in value, 'stark: a node of the extension where a word is expected');
  return value.word;
}

/** The words of an element, or a word as one. */
export const nodeWords = (v: Lanes, value: NodeWords): Words =>
  'words' in value ? value.words : [value.word, v.constant(0), v.constant(0), v.constant(0)];

function baseNode(v: Lanes, node: KeyNode, known: ReadonlyMap<number, NodeWords>, source: RowSource): Value {
  const operand = (i: number): Value => nodeWord(known.get(i)!);
  switch (node[0]) {
    case 'm':
      return source.main(node[1], node[2], node[3]);
    case 'p':
      return source.preprocessed(node[1], node[2]);
    case 'first':
    case 'last':
    case 'trans':
      return source.selector(node[0]);
    case '+':
      return v.add(operand(node[1]), operand(node[2]));
    case '-':
      return v.sub(operand(node[1]), operand(node[2]));
    case '*':
      return v.mul(operand(node[1]), operand(node[2]));
    case 'neg':
      return v.neg(operand(node[1]));
    default:
      throw new Error(`stark: ${node[0]} depends on no row`);
  }
}

function extensionNode(
  v: Lanes,
  e: ExtensionLanes,
  node: KeyNode,
  known: ReadonlyMap<number, NodeWords>,
  source: RowSource,
): NodeWords {
  const to = e.locals();
  const operand = (i: number): Words => nodeWords(v, known.get(i)!);
  if (node[0] === 'a') e.set(to, word => source.permutation(node[1], node[2], word));
  else if (node[0] === '+') e.add(to, operand(node[1]), operand(node[2]));
  else if (node[0] === '-') e.sub(to, operand(node[1]), operand(node[2]));
  else if (node[0] === 'neg')
    e.sub(
      to,
      [0, 0, 0, 0].map(() => v.constant(0)),
      operand(node[1]),
    );
  else {
    assert(node[0] === '*', `stark: ${node[0]} is no element of the extension`);
    const [a, b] = [known.get(node[1])!, known.get(node[2])!];
    if ('word' in b) e.scale(to, nodeWords(v, a), b.word);
    else if ('word' in a) e.scale(to, b.words, a.word);
    else e.mul(to, a.words, b.words);
  }
  return { words: to };
}
