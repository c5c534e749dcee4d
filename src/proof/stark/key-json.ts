// A verifying key as serde writes it in JSON (`MultiStarkVerifyingKey`), or as the package ships keys: the same content on
// canonical words, with nodes as lists (key.ts), a fraction of the size.

import type { KeyInteraction, KeyNode } from '../../../codegen/stark/nodes.ts';
import { P } from '../../../runtime/fields/baby-bear.ts';
import { DIGEST_WORDS, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import { type JsonValue, parseJson } from './json-value.ts';
import { type AirKey, type HeightConstraint, unsoundness, type VerifyingKey } from './key.ts';

const SELECTORS: Readonly<Record<string, KeyNode>> = {
  IsFirstRow: ['first'],
  IsLastRow: ['last'],
  IsTransition: ['trans'],
};
const OPERATIONS = { Add: '+', Sub: '-', Mul: '*' } as const;
const SCALARS = { Public: 'pub', Challenge: 'ch', Exposed: 'ex' } as const;

/** The verifying key in a JSON text. Throws PROOF_INVALID where it is malformed. */
export function readVerifyingKey(text: string): VerifyingKey {
  const root = parseJson(text, 'key');
  return root.has('inner') ? serdeKey(root) : shippedKey(root);
}

function serdeKey(root: JsonValue): VerifyingKey {
  const inner = root.get('inner');
  return {
    airs: inner.get('per_air').list(serdeAir),
    heightConstraints: inner.get('trace_height_constraints').list(heightConstraint),
    preHash: root.get('pre_hash').digest(),
  };
}

function shippedKey(root: JsonValue): VerifyingKey {
  return {
    airs: root.get('airs').list(shippedAir),
    heightConstraints: root.get('trace_height_constraints').list(heightConstraint),
    preHash: canonicalDigest(root.get('pre_hash')),
  };
}

function heightConstraint(value: JsonValue): HeightConstraint {
  return {
    coefficients: value.get('coefficients').list(one => one.count()),
    threshold: value.get('threshold').count(),
  };
}

const canonicalDigest = (value: JsonValue): TreeDigest => {
  const words = value.list(word => word.below(P));
  if (words.length !== DIGEST_WORDS) throw value.wrong(`${DIGEST_WORDS} words`);
  return words;
};

function sound(value: JsonValue, key: AirKey): AirKey {
  const wrong = unsoundness(key);
  if (wrong !== undefined) throw value.wrong(`a sound key; ${wrong}`);
  return key;
}

function preprocessed(
  value: JsonValue,
  width: number | undefined,
  commitment: TreeDigest | undefined,
): AirKey['preprocessed'] {
  if (width !== undefined && commitment !== undefined) return { width, commitment };
  if (width === undefined && commitment === undefined) return undefined;
  throw value.wrong('a commitment where there are preprocessed columns, and only there');
}

function serdeAir(value: JsonValue): AirKey {
  const params = value.get('params');
  const width = params.get('width');
  const symbolic = value.get('symbolic_constraints');
  const dag = symbolic.get('constraints');
  return sound(value, {
    name: value.path,
    preprocessed: preprocessed(
      value,
      width.get('preprocessed').optional(one => one.count()),
      value.get('preprocessed_data').optional(data => data.get('commit').digest()),
    ),
    cachedWidths: width.get('cached_mains').list(one => one.count()),
    commonWidth: width.get('common_main').count(),
    permutationWidth: width.get('after_challenge').list(one => one.count())[0] ?? 0,
    publicValues: params.get('num_public_values').count(),
    quotientDegree: value.get('quotient_degree').count(),
    nodes: dag.get('nodes').list(node),
    constraints: dag.get('constraint_idx').list(one => one.count()),
    interactions: symbolic.get('interactions').list(serdeInteraction),
  });
}

const serdeInteraction = (value: JsonValue): KeyInteraction => ({
  bus: value.get('bus_index').count(),
  count: value.get('count').count(),
  weight: value.get('count_weight').count(),
  message: value.get('message').list(one => one.count()),
});

function shippedInteraction(value: JsonValue): KeyInteraction {
  const parts = value.list(one => one);
  if (parts.length !== 4) throw value.wrong('an interaction: bus, count, weight, message');
  const [bus, count, weight] = parts.slice(0, 3).map(one => one.count()) as [number, number, number];
  return { bus, count, weight, message: parts[3]!.list(one => one.count()) };
}

function shippedAir(value: JsonValue): AirKey {
  return sound(value, {
    name: value.get('name').text(),
    preprocessed: preprocessed(
      value,
      value.get('preprocessed_width').optional(one => one.count()),
      value.get('preprocessed_commit').optional(canonicalDigest),
    ),
    cachedWidths: value.get('cached_widths').list(one => one.count()),
    commonWidth: value.get('common_width').count(),
    permutationWidth: value.get('permutation_width_ext').count(),
    publicValues: value.get('num_public_values').count(),
    quotientDegree: value.get('quotient_degree').count(),
    nodes: value.get('nodes').list(shippedNode),
    constraints: value.get('constraint_idx').list(one => one.count()),
    interactions: value.get('interactions').list(shippedInteraction),
  });
}

/** Numbers behind each kind of node. */
const ARITY: Readonly<Record<KeyNode[0], number>> = {
  ...{ m: 3, p: 2, a: 2, pub: 1, ch: 1, ex: 1, c: 1, first: 0, last: 0, trans: 0, neg: 1 },
  ...{ '+': 2, '-': 2, '*': 2 },
};

function shippedNode(value: JsonValue): KeyNode {
  const [kind, ...rest] = value.list(one => one);
  const name = kind?.text() ?? '';
  if (!Object.hasOwn(ARITY, name) || ARITY[name as KeyNode[0]] !== rest.length)
    throw value.wrong('a node of constraints');
  return [name, ...rest.map(one => one.count())] as unknown as KeyNode;
}

function node(value: JsonValue): KeyNode {
  const { raw } = value;
  if (typeof raw === 'string' && Object.hasOwn(SELECTORS, raw)) return SELECTORS[raw]!;
  for (const [name, operation] of Object.entries(OPERATIONS))
    if (value.has(name)) {
      const of = value.get(name);
      return [operation, of.get('left_idx').count(), of.get('right_idx').count()];
    }
  if (value.has('Neg')) return ['neg', value.get('Neg').get('idx').count()];
  if (value.has('Constant')) return ['c', value.get('Constant').word()];
  if (value.has('Variable')) return variable(value.get('Variable'));
  throw value.wrong('a node of constraints');
}

function variable(value: JsonValue): KeyNode {
  const entry = value.get('entry');
  const index = value.get('index').count();
  if (typeof entry.raw === 'string' && Object.hasOwn(SCALARS, entry.raw))
    return [SCALARS[entry.raw as keyof typeof SCALARS], index];
  const offset = (of: JsonValue): number => of.get('offset').count();
  if (entry.has('Main')) {
    const main = entry.get('Main');
    return ['m', main.get('part_index').count(), offset(main), index];
  }
  if (entry.has('Preprocessed')) return ['p', offset(entry.get('Preprocessed')), index];
  if (entry.has('Permutation')) return ['a', offset(entry.get('Permutation')), index];
  throw entry.wrong('a column, a public value, a challenge or an exposed value');
}
