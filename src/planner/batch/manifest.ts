// The manifest of a batch's shards (.ixes): who is in which, what it loads, and the tree of folds.
// Reference: ix:crates/kernel/src/shard.rs. Stricter: shards are named once each, nothing follows the end, a tree has just them.

import { ByteReader, ByteWriter } from '../bytes.ts';
import { ItemSet } from '../fold/item-set.ts';
import { canonicalRoot } from '../fold/root.ts';
import { type FoldTree, isLeaf, leavesOf } from '../fold/tree.ts';
import { ADDRESS_BYTES, type BatchProfile } from './profile.ts';
import { type BatchShards, shardBlocks } from './shards.ts';

const MAGIC = 'IXES\0\0\0\0';
/** id, heartbeats, own size, cross-ingress, flag, two lengths. */
const LEAST_SHARD_BYTES = 4 + 3 * 8 + 1 + 4 + 4;

export interface ManifestShard {
  readonly id: number;
  readonly heartbeats: bigint;
  readonly ownSize: bigint;
  readonly crossIngress: bigint;
  /** Over the foreign blocks that it uses; informational. */
  readonly assumptionRoot?: Uint8Array | undefined;
  /** Addresses. */
  readonly members: readonly Uint8Array[];
  readonly foreign: readonly Uint8Array[];
}

export interface Manifest {
  readonly crossIngress: bigint;
  readonly shards: readonly ManifestShard[];
  /** Absent in old files. */
  readonly tree?: FoldTree | undefined;
}

export interface ManifestOptions {
  /** Roots of what shards load; upstream writes them where there is anything. */
  readonly hasRoots?: boolean;
}

export function manifestOf(
  profile: BatchProfile,
  made: BatchShards,
  { hasRoots = true }: ManifestOptions = {},
): Manifest {
  const { blocks } = profile;
  const shards = shardBlocks(profile, made).map(({ members, foreign, foreignBytes }, id): ManifestShard => {
    const addresses = foreign.map(block => blocks[block]!.address);
    return {
      id,
      heartbeats: members.reduce((all, block) => all + blocks[block]!.heartbeats, 0n),
      ownSize: BigInt(members.reduce((all, block) => all + blocks[block]!.size, 0)),
      crossIngress: BigInt(foreignBytes),
      assumptionRoot: hasRoots && foreign.length > 0 ? rootOf(addresses) : undefined,
      members: members.map(block => blocks[block]!.address),
      foreign: addresses,
    };
  });
  return { crossIngress: BigInt(made.crossIngress), shards, tree: made.tree };
}

function rootOf(addresses: readonly Uint8Array[]): Uint8Array {
  const items = new Uint8Array(ADDRESS_BYTES * addresses.length);
  for (const [i, address] of addresses.entries()) items.set(address, ADDRESS_BYTES * i);
  return canonicalRoot(ItemSet.of(items), 'blake3');
}

export function isManifest(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) === MAGIC;
}

export function writeManifest({ crossIngress, shards, tree }: Manifest): Uint8Array<ArrayBuffer> {
  const write = new ByteWriter();
  write.latin1(MAGIC);
  write.u128(crossIngress);
  write.u32(shards.length);
  for (const shard of shards) {
    write.u32(shard.id);
    write.u64(shard.heartbeats);
    write.u64(shard.ownSize);
    write.u64(shard.crossIngress);
    write.u8(shard.assumptionRoot === undefined ? 0 : 1);
    if (shard.assumptionRoot !== undefined) write.bytes(shard.assumptionRoot);
    for (const addresses of [shard.members, shard.foreign]) {
      write.u32(addresses.length);
      for (const address of addresses) write.bytes(address);
    }
  }
  write.u8(tree === undefined ? 0 : 1);
  if (tree !== undefined) writeTree(write, tree);
  return write.all;
}

function writeTree(write: ByteWriter, tree: FoldTree): void {
  const open = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    write.u8(isLeaf(node) ? 0 : 1);
    if (isLeaf(node)) write.u32(node);
    else open.push(node[1], node[0]);
  }
}

/** @throws PLAN_INVALID. */
export function readManifest(bytes: Uint8Array, name = 'manifest'): Manifest {
  const read = new ByteReader(bytes, 'PLAN_INVALID', 'manifest', name);
  read.magic(MAGIC);
  const crossIngress = read.u128('cross-ingress');
  const count = read.length('shards', LEAST_SHARD_BYTES);
  const shards = Array.from({ length: count }, () => readShard(read));
  const ids = new Set(shards.map(({ id }) => id));
  if (ids.size < count) throw read.invalid('each shard once', 'a number twice');
  const tree = read.left === 0 || !read.flag('flag of a tree') ? undefined : readTree(read, ids);
  read.end();
  return { crossIngress, shards, tree };
}

function readShard(read: ByteReader): ManifestShard {
  const id = read.u32('shard');
  const heartbeats = read.u64('heartbeats');
  const ownSize = read.u64('own size');
  const crossIngress = read.u64('cross-ingress');
  const assumptionRoot = read.flag('flag of a root') ? read.bytes(ADDRESS_BYTES, 'root') : undefined;
  const addresses = (what: string): Uint8Array[] =>
    Array.from({ length: read.length(what, ADDRESS_BYTES) }, () => read.bytes(ADDRESS_BYTES, what));
  return {
    id,
    heartbeats,
    ownSize,
    crossIngress,
    assumptionRoot,
    members: addresses('members'),
    foreign: addresses('foreign blocks'),
  };
}

/** In preorder, without recursion: depth is as the file likes. A shard that is missing would vanish from the folds. */
function readTree(read: ByteReader, ids: ReadonlySet<number>): FoldTree {
  /** Inner nodes whose subtrees are not all there, with the left one where it is. */
  const open: (FoldTree | undefined)[] = [];
  let inner = 0;
  for (;;) {
    if (read.flag('node')) {
      if (++inner >= ids.size) throw read.invalid(`a tree of ${ids.size} shards`, 'more nodes');
      open.push(undefined);
      continue;
    }
    let node: FoldTree = read.u32('leaf');
    while (open.length > 0 && open.at(-1) !== undefined) node = [open.pop()!, node];
    if (open.length === 0) return checkLeaves(read, node, ids);
    open[open.length - 1] = node;
  }
}

function checkLeaves(read: ByteReader, tree: FoldTree, ids: ReadonlySet<number>): FoldTree {
  const leaves = leavesOf(tree);
  const known = new Set(leaves.filter(id => ids.has(id)));
  if (leaves.length !== ids.size || known.size !== ids.size)
    throw read.invalid('a tree over each shard once', `leaves ${leaves.slice(0, 8).join(' ')}`);
  return tree;
}
