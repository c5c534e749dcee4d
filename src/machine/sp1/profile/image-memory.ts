// What memory begins with where the executable says so, asked tuple by tuple: a run assumes some hundred thousand of them, and a set
// of all that there are takes longer to make than the rest of a run that is reused.

import type { Elf } from '../../../../codegen/elf/elf.ts';
import { HIGH } from '../../../../runtime/layout.ts';
import type { InitialMemory } from '../../../planner/store/fold-run.ts';

const DOUBLEWORD = 8;

const swapped = (word: number): number =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;

/** Tuples at clk 0 of the doublewords of all segments, cleared memory included. */
export function imageMemory({ segments }: Elf): InitialMemory {
  const byteAt = (address: number): number => {
    for (const { address: start, fileBytes } of segments)
      if (address >= start && address < start + fileBytes.length) return fileBytes[address - start]!;
    return 0;
  };
  const isWithin = (address: number): boolean =>
    segments.some(({ address: start, memoryBytes }) => address + DOUBLEWORD > start && address < start + memoryBytes);
  const wordAt = (address: number): number => {
    let word = 0;
    for (let i = 0; i < 4; i++) word = (word << 8) | byteAt(address + i);
    return word >>> 0;
  };
  return {
    has(words, at) {
      const address = swapped(words[at + 1]!) * HIGH + swapped(words[at]!);
      const isInitial = words[at + 2] === 0 && words[at + 3] === 0 && words[at + 6] === 0 && words[at + 7] === 0;
      return (
        isInitial &&
        address % DOUBLEWORD === 0 &&
        isWithin(address) &&
        words[at + 4] === wordAt(address) &&
        words[at + 5] === wordAt(address + 4)
      );
    },
  };
}
