// The doublewords that a program's image gives a value: no initial event is made of them.

import type { Elf } from '../../../../../codegen/elf/elf.ts';
import { GranuleSet } from '../cut/granules.ts';

const DOUBLEWORD = 8;

/** Addresses of the doublewords of all segments, cleared memory included. */
export function imageGranules({ segments }: Elf): GranuleSet {
  const granules = new GranuleSet();
  for (const { address, memoryBytes } of segments) {
    const first = Math.floor(address / DOUBLEWORD) * DOUBLEWORD;
    for (let at = first; at < address + memoryBytes; at += DOUBLEWORD) granules.add(at);
  }
  return granules;
}
