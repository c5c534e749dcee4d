/**
 * The public names of the package. Nothing here needs Node: bundled for a page, it runs in a browser.
 *
 * @module
 */

/** Executables as data: segments, symbols, notes. Throws `ELF_INVALID` or `ELF_UNSUPPORTED`. */
export { type Elf, type ElfSymbol, type Note, parseElf, type Segment, type SymbolKind } from '../codegen/elf.ts';
/** A chunk of a minimal trace, as read from its bytes. Throws `TRACE_INVALID`. */
export { type ChunkHeader, type MemRead, TraceChunk } from '../runtime/chunk.ts';
/** What a caller did wrong is thrown as a `JitExecError` with a stable `code`; `ERROR_CODES` has each in words. */
export { ERROR_CODES, type ErrorCode, JitExecError } from '../runtime/errors.ts';
/** What a guest did, faults and limits included, is an `Exit` value; `FAULT_CAUSES` has each cause in words. */
export { type Exit, FAULT_CAUSES, type FaultCause, type LimitName } from '../runtime/exit.ts';
/** The JavaScript generated for one function of the guest. */
export { type DumpOptions, dumpFunction } from './dump.ts';
/** Runs an executable to its end, in the calling thread. */
export { type ExecuteOptions, execute, type RunResult } from './execute.ts';
/** The guest machine that `machine: 'auto'` stands for. */
export { chooseMachine } from './machine/choose.ts';
/** Runs an executable of SP1 and hands out the chunks of its minimal trace. */
export { DEFAULT_CHUNK_ENTRIES, type TracedChunk, type TraceOptions, type TraceResult, trace } from './trace.ts';
