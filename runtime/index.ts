/**
 * What generated code stands on while it runs. Internals by name for tools and tests.
 *
 * @module
 */

export { assert, assertNever, ERROR_CODES, type ErrorCode, JitExecError } from './errors.ts';
export { type Exit, FAULT_CAUSES, type FaultCause, type LimitName } from './exit.ts';
export { CONTROL, ENTRY_BYTES, PAGE_BYTES } from './layout.ts';
export { GuestMemory, type MemoryPlan, UNMAPPED } from './memory/memory.ts';
export { type ChunkHeader, type MemRead, MemReads, TraceChunk } from './trace/chunk.ts';
export { CHUNK_HEADER, CHUNK_HEADER_BYTES, type ChunkLayout } from './trace/chunk-layout.ts';
/** Chunks handed over between threads. */
export { ChunkRing, type ClaimedChunk, RingFailure, type RingHandle, type RingSlots } from './trace/ring.ts';
