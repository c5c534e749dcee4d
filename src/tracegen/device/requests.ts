// What threads that cannot wait for promises tell the one that has a device: where a chip's events are and its columns go, and by
// a word of shared memory, on which they sleep, when they are there.

/** `all`: every chip that a device can fill; `paying`: those that take it less time, the way back included. */
export type GpuPolicy = 'all' | 'paying';

/** Where a chip's events and columns are; bytes in the request's memory. */
export interface RequestedChip {
  readonly name: string;
  /** Structs, as its kernels read them. */
  readonly events: number;
  readonly eventBytes: number;
  /** With padding. */
  readonly rows: number;
  readonly columns: number;
  /** Words from one column to the next. */
  readonly stride: number;
}

export const REPLY = { state: 0, chips: 1, words: 65 } as const;
export const STATE = { asked: 0, done: 1, failed: 2 } as const;

export interface FillRequest {
  readonly memory: SharedArrayBuffer;
  readonly chips: readonly RequestedChip[];
  /** Shared memory for what the chips look up, a word a slot; means nothing unless all went well. */
  readonly counts: Uint32Array;
  /** REPLY: the state, which is notified, and by chip whether it was filled. */
  readonly reply: Int32Array;
}
