// The Merkle tree over all of a guest's memory, kept from segment to segment. Subtrees of zeros are not there.
// Reference: openvm:crates/vm/src/system/memory/merkle/tree.rs, v1.4.0.
//
//   node 1 is the root, 2k and 2k + 1 are below k; a leaf is the hash of a chunk of 8 cells, under 3 bits of address space

import { compress, compressAll, DIGEST_WORDS, type TreeDigest } from '../hashes/baby-bear-tree.ts';
import { type AddressMap, cellsOfBytes } from './address-map.ts';
import { CHUNK, POINTER_BITS, SPACE_HEIGHT } from './address-spaces.ts';
import { PAGE_SHIFT } from './linear-memory.ts';

const SPACE_LEAVES: number = 2 ** POINTER_BITS / CHUNK;
export const TREE_HEIGHT: number = SPACE_HEIGHT + Math.log2(SPACE_LEAVES);
const FIRST_LEAF: number = 2 ** TREE_HEIGHT;
const ZEROS: TreeDigest = Array.from({ length: DIGEST_WORDS }, () => 0);

/** Of 8 cells. */
export const hashChunk = (values: readonly number[]): TreeDigest => compress(values, ZEROS);

const hashChunks = (chunks: readonly Chunk[]): TreeDigest[] =>
  compressAll(
    chunks.map(({ values }) => values),
    chunks.map(() => ZEROS),
  );

let zeroDigests: TreeDigest[] | undefined;

/** By height: the digest of a subtree of zeros. */
export function zeroDigest(height: number): TreeDigest {
  zeroDigests ??= [hashChunk(ZEROS)];
  for (let h = zeroDigests.length; h <= height; h++)
    zeroDigests.push(compress(zeroDigests[h - 1]!, zeroDigests[h - 1]!));
  return zeroDigests[height]!;
}

/** A chunk that was touched, with its cells at the end. */
export interface Chunk {
  readonly space: number;
  readonly pointer: number;
  readonly values: readonly number[];
}

export const leafOf = (space: number, pointer: number): number =>
  FIRST_LEAF + (space - 1) * SPACE_LEAVES + pointer / CHUNK;

/** A node and what is below it. */
export interface Parent {
  readonly parent: TreeDigest;
  readonly left: TreeDigest;
  readonly right: TreeDigest;
}

/** A node above chunks that were touched. */
export interface ChangedNode {
  readonly node: number;
  readonly height: number;
  readonly before: Parent;
  readonly after: Parent;
  /** Nothing below was touched on that side. */
  readonly leftStays: boolean;
  readonly rightStays: boolean;
}

export interface ChangedLeaf {
  readonly node: number;
  readonly before: TreeDigest;
  readonly after: TreeDigest;
}

/** What a segment changed: roots, chunks by address, nodes by height and number. */
export interface TreeChange {
  readonly before: TreeDigest;
  readonly after: TreeDigest;
  readonly leaves: readonly ChangedLeaf[];
  readonly nodes: readonly ChangedNode[];
}

/** By node, before a change and after. */
type Layer = Map<number, { readonly before: TreeDigest; readonly after: TreeDigest }>;

export class MemoryTree {
  /** Nodes that are not those of zeros, by number. */
  readonly #nodes = new Map<number, TreeDigest>();

  /** The tree of a memory. */
  static of(memory: AddressMap): MemoryTree {
    const tree = new MemoryTree();
    tree.#set([...nonZeroChunks(memory)]);
    return tree;
  }

  get root(): TreeDigest {
    return this.node(1);
  }

  node(node: number): TreeDigest {
    return this.#nodes.get(node) ?? zeroDigest(TREE_HEIGHT - Math.floor(Math.log2(node)));
  }

  /** Digests beside the way from a node to the root. */
  siblings(from: number): TreeDigest[] {
    const siblings: TreeDigest[] = [];
    for (let node = from; node > 1; node = Math.floor(node / 2))
      siblings.push(this.node(node % 2 === 0 ? node + 1 : node - 1));
    return siblings;
  }

  /** Chunks get their cells, without a word of what that changed. */
  #set(chunks: readonly Chunk[]): void {
    let layer = chunks.map(({ space, pointer }) => leafOf(space, pointer));
    for (const [i, digest] of hashChunks(chunks).entries()) this.#nodes.set(layer[i]!, digest);
    while (layer.length > 0 && layer[0] !== 1) {
      layer = [...new Set(layer.map(node => Math.floor(node / 2)))];
      const digests = compressAll(
        layer.map(node => this.node(2 * node)),
        layer.map(node => this.node(2 * node + 1)),
      );
      for (const [i, digest] of digests.entries()) this.#nodes.set(layer[i]!, digest);
    }
  }

  /** Chunks, by address, get the cells that they have at the end of a segment. */
  update(chunks: readonly Chunk[]): TreeChange {
    const before = this.root;
    const hashes = hashChunks(chunks);
    const leaves = chunks.map(({ space, pointer }, i) => {
      const node = leafOf(space, pointer);
      return { node, before: this.node(node), after: hashes[i]! };
    });
    // Where nothing was touched, upstream goes through the tree to its first leaf, which stays.
    const first = { before: this.node(FIRST_LEAF), after: this.node(FIRST_LEAF) };
    let layer: Layer = new Map(leaves.map(leaf => [leaf.node, leaf]));
    if (chunks.length === 0) layer.set(FIRST_LEAF, first);
    const nodes: ChangedNode[] = [];
    for (let height = 1; height <= TREE_HEIGHT; height++) {
      layer = this.#climb(layer, height, nodes);
      if (height === 1 && chunks.length === 0) nodes[0] = { ...nodes[0]!, leftStays: true, rightStays: true };
    }
    for (const { node, after } of leaves) this.#nodes.set(node, after);
    for (const { node, after } of nodes) this.#nodes.set(node, after.parent);
    return { before, after: this.root, leaves, nodes };
  }

  /** The layer above one, whose nodes join the list. */
  #climb(layer: Layer, height: number, nodes: ChangedNode[]): Layer {
    const changed = [...new Set([...layer.keys()].map(child => Math.floor(child / 2)))].map(node => {
      const [left, right] = [layer.get(2 * node), layer.get(2 * node + 1)];
      const old = { left: this.node(2 * node), right: this.node(2 * node + 1) };
      const now = { left: left?.after ?? old.left, right: right?.after ?? old.right };
      return { node, old, now, leftStays: left === undefined, rightStays: right === undefined };
    });
    const parents = compressAll(
      changed.map(({ now }) => now.left),
      changed.map(({ now }) => now.right),
    );
    const above: Layer = new Map();
    for (const [i, { node, old, now, leftStays, rightStays }] of changed.entries()) {
      const before = { parent: this.node(node), ...old };
      const after = { parent: parents[i]!, ...now };
      nodes.push({ node, height, before, after, leftStays, rightStays });
      above.set(node, { before: before.parent, after: after.parent });
    }
    return above;
  }
}

/** Chunks of which not all bytes are zero. */
function* nonZeroChunks({ memories, spaces }: AddressMap): Generator<Chunk> {
  for (const [space, memory] of memories.entries()) {
    const { cellBytes } = spaces[space]!;
    const bytes = CHUNK * cellBytes;
    for (const [n, page] of memory.pages.entries()) {
      if (page === undefined) continue;
      for (let at = 0; at < page.u8.length; at += bytes) {
        const chunk = page.u8.subarray(at, at + bytes);
        if (chunk.some(byte => byte !== 0))
          yield { space, pointer: (n * 2 ** PAGE_SHIFT + at) / cellBytes, values: cellsOfBytes(chunk, cellBytes) };
      }
    }
  }
}
