// Memory at a segment's edges: chunks that it touched, the tree above them, and blocks that were split or merged.
// Reference: openvm:crates/vm/src/system/memory/{persistent,merkle/air,adapter/air}.rs, v1.4.0.

import { babyBear } from '../../../runtime/fields/baby-bear.ts';
import { CHUNK, SPACE_HEIGHT } from '../../../runtime/openvm/address-spaces.ts';
import { TREE_HEIGHT } from '../../../runtime/openvm/memory-tree.ts';
import type { Air } from '../air.ts';
import type { Chip } from '../chip.ts';
import { type Cell, type Poly, poly, publicValue } from '../poly.ts';
import type { Word } from '../word.ts';
import { FIELD_BITS, openvm } from './air.ts';
import { compressionBus, memoryBus, merkleBus } from './buses.ts';
import { checkLimbs, composed, limbsBelow } from './memory.ts';

/** Of the tree of one address space. */
const ADDRESS_HEIGHT = TREE_HEIGHT - SPACE_HEIGHT;

const HASH = [FIELD_BITS.element, CHUNK] as const;

/** 1 of what there was before the segment, −1 of what there is behind it. */
function direction(air: Air, isFinal: Word): Cell {
  const cell = air.cell(isFinal.choose(babyBear.modulus - 1, 1));
  air.equal(cell, cell.mul(cell).mul(cell), 'a direction is −1, 0 or 1');
  return cell;
}

const CHUNK_FIELDS = {
  ...{ is_final: 1, address_space: 8, leaf_label: 27, timestamp: FIELD_BITS.timestamp },
  ...{ values: [FIELD_BITS.element, CHUNK] as const, hash: HASH },
} as const;

/** A chunk as it was, and as it is. */
export const boundaryChip: Chip = openvm('Boundary', CHUNK_FIELDS, (air, e) => {
  const expand_direction = direction(air, e.is_final);
  const [address_space, leaf_label] = [air.cell(e.address_space), air.cell(e.leaf_label)];
  const [values, hash] = [air.cells(e.values), air.cells(e.hash)];
  const timestamp = air.cell(e.timestamp);
  air.only(expand_direction).zero(expand_direction.add(1).mul(timestamp), 'what there was is of time 0');
  const sent = air.only(expand_direction);
  sent.send(merkleBus, [expand_direction, 0, address_space.sub(1), leaf_label, hash]);
  const zeros = new Array<number>(CHUNK).fill(0);
  air.only(expand_direction.mul(expand_direction)).send(compressionBus, [values, zeros, hash]);
  sent.send(memoryBus(CHUNK), [address_space, leaf_label.mul(CHUNK), values, timestamp]);
  return { expand_direction, address_space, leaf_label, values, hash, timestamp };
});

const NODE = {
  ...{ is_final: 1, height: 5, is_root: 1, as_label: 3, address_label: 26 },
  ...{ left_different: 1, right_different: 1, parent: HASH, left: HASH, right: HASH },
} as const;

/** A node of the tree above touched chunks, as it was and as it is: the roots first, then lower and lower. */
export const merkleChip: Chip = openvm('Merkle', NODE, (air, e) => {
  const expand_direction = direction(air, e.is_final);
  const height_section = air.cell(e.height.eq(ADDRESS_HEIGHT).or(e.height.ltU(ADDRESS_HEIGHT)).xor(1));
  const parent_height = air.cell(e.height);
  const is_root = air.cell(e.is_root);
  const [parent_as_label, parent_address_label] = [air.cell(e.as_label), air.cell(e.address_label)];
  const [parent_hash, left_child_hash, right_child_hash] = [e.parent, e.left, e.right].map(ws => air.cells(ws)) as [
    Cell[],
    Cell[],
    Cell[],
  ];
  const different = [air.flag(e.left_different), air.flag(e.right_different)] as const;
  const [left_direction_different, right_direction_different] = different;
  for (const flag of different) {
    air.only(expand_direction.add(1)).zero(flag, 'only what there is has children that stayed');
  }
  treeOrder(air, { expand_direction, height_section, parent_height, is_root });
  for (let i = 0; i < CHUNK; i++) {
    air.on('first').equal(parent_hash[i]!, publicValue(i), 'the root before');
    air.on('first').equal(parent_hash[i]!.next, publicValue(CHUNK + i), 'the root behind');
  }
  const labels = [parent_as_label, parent_address_label] as const;
  const below = air.only(is_root.not().mul(expand_direction));
  below.send(merkleBus, [expand_direction, parent_height, ...labels, parent_hash]);
  const space = parent_as_label.mul(height_section.add(1));
  const address = parent_address_label.mul(poly(2).sub(height_section));
  const above = air.only(expand_direction);
  const child = (i: 0 | 1, as: Poly, label: Poly, hash: readonly Cell[]): void =>
    above.receive(merkleBus, [expand_direction.add(different[i].mul(2)), parent_height.sub(1), as, label, hash]);
  child(0, space, address, left_child_hash);
  child(1, space.add(height_section), address.add(1).sub(height_section), right_child_hash);
  const hashed = air.only(expand_direction.mul(expand_direction));
  hashed.send(compressionBus, [left_child_hash, right_child_hash, parent_hash]);
  return {
    ...{ expand_direction, height_section, parent_height, is_root, parent_as_label, parent_address_label },
    ...{ parent_hash, left_child_hash, right_child_hash, left_direction_different, right_direction_different },
  };
});

type Order = Readonly<Record<'expand_direction' | 'height_section' | 'parent_height' | 'is_root', Cell>>;

/** Two roots, then nodes by height, those of address spaces above those of their cells. */
function treeOrder(air: Air, { expand_direction, height_section, parent_height, is_root }: Order): void {
  const [between, first, last] = [air.on('transition'), air.on('first'), air.on('last')];
  for (const cell of [parent_height, height_section, is_root]) {
    const step = cell.sub(cell.next);
    between.zero(step.mul(step.sub(1)), 'falls by 0 or 1');
  }
  first.equal(height_section, 1, 'the root is above address spaces');
  first.equal(is_root, 1, 'the first row is a root');
  first.equal(is_root.next, 1, 'the second row is a root');
  last.zero(height_section, 'the last row is of an address space');
  last.zero(is_root, 'the last row is no root');
  const ends = height_section.sub(height_section.next);
  between.zero(parent_height.sub(ADDRESS_HEIGHT + 1).mul(ends), 'the last height above address spaces');
  between.zero(parent_height.next.sub(ADDRESS_HEIGHT).mul(ends), 'the first height of address spaces');
  const turns = expand_direction.sub(expand_direction.next).sub(2);
  air.only(is_root).zero(is_root.next.mul(turns), 'the root before, then the root behind');
  air.only(is_root).equal(parent_height, TREE_HEIGHT, 'the height of roots');
}

/** Blocks of accesses that adapters split and merge. */
export const ADAPTER_SIZES = [2, 4, 8, 16, 32] as const;
const TIMESTAMP_RANGE = 2 ** FIELD_BITS.timestamp;

/** A block of `n` cells and its halves: one is taken for the other, and is as late as the later half. */
export function accessAdapter(n: number): Chip {
  const fields = {
    ...{ is_split: 1, address_space: 8, pointer: FIELD_BITS.timestamp },
    ...{
      values: [FIELD_BITS.element, n] as const,
      left_timestamp: FIELD_BITS.timestamp,
      right_timestamp: FIELD_BITS.timestamp,
    },
  } as const;
  return openvm(`Adapter${n}`, fields, (air, e) => {
    const [is_valid, is_split] = [air.flag(1), air.flag(e.is_split)];
    const [address_space, pointer] = [air.cell(e.address_space), air.cell(e.pointer)];
    const values = air.cells(e.values);
    const [left_timestamp, right_timestamp] = [air.cell(e.left_timestamp), air.cell(e.right_timestamp)];
    const isLater = e.left_timestamp.ltU(e.right_timestamp);
    const is_right_larger = air.flag(isLater);
    air.bool(is_right_larger);
    air.only(is_split).equal(left_timestamp, right_timestamp, 'halves of a split are of one time');
    const valid = air.when(is_valid);
    const since = right_timestamp.sub(left_timestamp).add(TIMESTAMP_RANGE - 1);
    const lt_aux = limbsBelow(air, since.word);
    valid.equal(since, composed(lt_aux).add(is_right_larger.mul(TIMESTAMP_RANGE)), 'which half is later');
    checkLimbs(valid, lt_aux);
    const later = is_right_larger.mul(right_timestamp).add(is_right_larger.not().mul(left_timestamp));
    const moved = air.only(is_valid.mul(is_split.mul(2).sub(1)));
    moved.receive(memoryBus(n), [address_space, pointer, values, later]);
    const half = (i: 0 | 1, timestamp: Cell): void => {
      const cells = values.slice((i * n) / 2, ((i + 1) * n) / 2);
      moved.send(memoryBus(n / 2), [address_space, pointer.add((i * n) / 2), cells, timestamp]);
    };
    half(0, left_timestamp);
    half(1, right_timestamp);
    const times = { left_timestamp, right_timestamp, is_right_larger, lt_aux };
    return { is_valid, is_split, address_space, pointer, values, ...times };
  });
}
