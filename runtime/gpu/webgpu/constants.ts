/// <reference types="@webgpu/types" />
// Flags of the WebGPU specification, which only a page has as globals.

export const USAGE = {
  mapRead: 0x1,
  mapWrite: 0x2,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

export const MAP = { read: 1, write: 2 } as const;

export const COMPUTE_STAGE = 4;

/** What a page's and Dawn's devices want of a uniform's offset at most. */
export const UNIFORM_ALIGNMENT = 256;
