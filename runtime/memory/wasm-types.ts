// WebAssembly's objects by names of our own: theirs are in no type library but the DOM's, which not everybody has.

/** A WebAssembly.Module. */
export type WasmModule = object;

/** A WebAssembly.Memory. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  /** Gives the pages before. */
  grow(pages: number): number;
}

/** A WebAssembly.Table of functions. */
export interface WasmTable {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
  /** Gives the elements before. */
  grow(count: number, value?: unknown): number;
}
