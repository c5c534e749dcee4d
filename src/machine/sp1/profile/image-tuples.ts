// What memory begins with, as tuples of claims; apart from these, because chips take long to load.

import type { Elf } from '../../../../codegen/elf/elf.ts';
import { ITEM_BYTES, ItemSet } from '../../../planner/fold/item-set.ts';
import { imageGranules } from '../records/memory/image.ts';

/** What memory begins with where the executable says so: tuples at clk 0. */
export function imageTuples(elf: Elf): ItemSet {
  const values = new Map<number, Uint8Array>();
  for (const address of imageGranules(elf)) values.set(address, new Uint8Array(8));
  for (const { address, fileBytes } of elf.segments) {
    for (const [i, byte] of fileBytes.entries()) {
      const at = address + i;
      values.get(at - (at % 8))![at % 8] = byte;
    }
  }
  const tuples = new Uint8Array(ITEM_BYTES * values.size);
  const view = new DataView(tuples.buffer);
  let at = 0;
  for (const [address, value] of values) {
    view.setBigUint64(at, BigInt(address), true);
    tuples.set(value, at + 16);
    at += ITEM_BYTES;
  }
  return ItemSet.of(tuples);
}
