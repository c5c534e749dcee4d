// All of a guest's memory: a linear memory for each address space, read and written in cells.

import { assert } from '../errors.ts';
import { type AddressSpace, checkSpaces } from './address-spaces.ts';
import { LinearMemory } from './linear-memory.ts';

/** A byte of the initial image: of an address space, by the index of the byte, not of the cell. */
export type ImageByte = readonly [space: number, byte: number, value: number];

export class AddressMap {
  readonly spaces: readonly AddressSpace[];
  readonly memories: readonly LinearMemory[];

  constructor(spaces: readonly AddressSpace[]) {
    checkSpaces(spaces);
    this.spaces = spaces;
    this.memories = spaces.map(({ cells, cellBytes }) => new LinearMemory(cells * cellBytes));
  }

  /** Grows with each write to any of the memories. */
  get revision(): number {
    return this.memories.reduce((sum, { revision }) => sum + revision, 0);
  }

  #place(space: number, pointer: number, cells: number): { memory: LinearMemory; offset: number; bytes: number } {
    const config = this.spaces[space];
    assert(config !== undefined && space > 0, `openvm: no address space ${space}`);
    const { cellBytes } = config;
    return { memory: this.memories[space]!, offset: pointer * cellBytes, bytes: cells * cellBytes };
  }

  load(image: Iterable<ImageByte>): void {
    for (const [space, byte, value] of image) this.memories[space]!.write(byte, Uint8Array.of(value));
  }

  /** The bytes of so many cells. */
  read(space: number, pointer: number, cells: number): Uint8Array {
    const { memory, offset, bytes } = this.#place(space, pointer, cells);
    return memory.read(offset, bytes);
  }

  /** Bytes of whole cells. */
  write(space: number, pointer: number, values: Uint8Array): void {
    const { cellBytes } = this.spaces[space]!;
    assert(values.length % cellBytes === 0, 'openvm: part of a cell');
    const { memory, offset } = this.#place(space, pointer, values.length / cellBytes);
    memory.write(offset, values);
  }

  /** Writes, and gives what was there. */
  swap(space: number, pointer: number, values: Uint8Array): Uint8Array {
    const before = this.read(space, pointer, values.length / this.spaces[space]!.cellBytes);
    this.write(space, pointer, values);
    return before;
  }

  /** Zeros, and then the image. */
  reset(image: Iterable<ImageByte>): void {
    for (const memory of this.memories) memory.clear();
    this.load(image);
  }
}

/** Cells as numbers: unsigned integers, low byte first. Those of field elements are canonical here, not Montgomery's form. */
export function cellsOfBytes(bytes: Uint8Array, cellBytes: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cell = (at: number): number => {
    if (cellBytes === 4) return view.getUint32(at, true);
    return cellBytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
  };
  return Array.from({ length: bytes.length / cellBytes }, (_, i) => cell(i * cellBytes));
}
