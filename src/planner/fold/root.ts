// The canonical root of a set: a Merkle tree over its sorted items, the same for whoever made it in whichever order.
// Reference: ix:crates/ixon (merkle.rs).

import { HASHES, type HashName } from './hash.ts';
import { ITEM_BYTES, type ItemSet } from './item-set.ts';
import { sha256Root } from './sha256-root.ts';

/** The root of an empty set, and what an odd node is paired with. */
export const NO_ROOT: Uint8Array = new Uint8Array(ITEM_BYTES);

export function canonicalRoot(set: ItemSet, hash: HashName): Uint8Array {
  if (set.size === 0) return NO_ROOT;
  if (hash === 'sha256') return sha256Root(set.words);
  const digest = HASHES[hash];
  const leaf = new Uint8Array(1 + ITEM_BYTES);
  let level: Uint8Array[] = Array.from({ length: set.size }, (_, i) => {
    leaf.set(set.item(i), 1);
    return digest(leaf);
  });
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(joined(level[i]!, level[i + 1] ?? NO_ROOT, hash));
    level = above;
  }
  return level[0]!;
}

export function joined(left: Uint8Array, right: Uint8Array, hash: HashName): Uint8Array {
  const node = new Uint8Array(1 + 2 * ITEM_BYTES);
  node[0] = 1;
  node.set(left, 1);
  node.set(right, 1 + ITEM_BYTES);
  return HASHES[hash](node);
}
