// Address spaces of OpenVM's memory: arrays of cells that know nothing of each other. A pointer is the index of a cell.
// Reference: openvm:crates/vm/src/arch/config.rs (MemoryConfig), v1.4.0.

import { assert } from '../errors.ts';

export interface AddressSpace {
  /** How many cells there are. */
  readonly cells: number;
  readonly cellBytes: 1 | 2 | 4;
  /** Cells that an access has at least, and a multiple of which its pointer is: ALIGN. */
  readonly minBlock: number;
}

/** By number: of immediates (no memory), registers, memory, public values, field elements, and four to spare. */
export const SPACE = { immediates: 0, registers: 1, memory: 2, publicValues: 3, native: 4 } as const;
/** Of the tree over all spaces that have memory. */
export const SPACE_HEIGHT = 3;
export const POINTER_BITS = 29;
export const TIMESTAMP_BITS = 29;
/** Cells of a leaf of the memory tree. */
export const CHUNK = 8;
/** Most cells of an access. */
export const MAX_BLOCK = 32;
/** The public values of a run where nothing else is said. */
export const DEFAULT_PUBLIC_VALUES = 32;
const REGISTER_CELLS = 128;
/** Zeros stand for min_block × cell bytes in one buffer upstream. */
const MAX_BLOCK_BYTES = 8;

/** The spaces of the RV32IM machine; of field elements as many cells as are asked for. */
export function rv32Spaces(publicValues: number = DEFAULT_PUBLIC_VALUES, nativeCells = 0): readonly AddressSpace[] {
  const bytes = (cells: number): AddressSpace => ({ cells, cellBytes: 1, minBlock: 4 });
  const elements = (cells: number): AddressSpace => ({ cells, cellBytes: 4, minBlock: 1 });
  return [
    { cells: 0, cellBytes: 1, minBlock: 1 },
    bytes(REGISTER_CELLS),
    bytes(2 ** POINTER_BITS),
    bytes(publicValues),
    elements(nativeCells),
    ...Array.from({ length: 4 }, () => elements(0)),
  ];
}

/** Whether these can be the spaces of a memory. */
export function checkSpaces(spaces: readonly AddressSpace[]): void {
  assert(spaces[SPACE.immediates]?.cells === 0, 'openvm: address space 0 has no memory');
  assert(spaces.length <= 2 ** SPACE_HEIGHT + 1, 'openvm: too many address spaces');
  for (const { minBlock, cellBytes } of spaces)
    assert(minBlock <= MAX_BLOCK_BYTES && minBlock * cellBytes <= MAX_BLOCK_BYTES, 'openvm: blocks are too large');
}
