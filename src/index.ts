/**
 * The public names of the package. Nothing here needs Node: bundled for a page, it runs in a browser.
 *
 * @module
 */

/** Executables as data: segments, symbols, notes. Throws `ELF_INVALID` or `ELF_UNSUPPORTED`. */
export { type Elf, type ElfSymbol, type Note, parseElf, type Segment, type SymbolKind } from '../codegen/elf/elf.ts';
/** What a caller did wrong is thrown as a `JitExecError` with a stable `code`; `ERROR_CODES` has each in words. */
export { ERROR_CODES, type ErrorCode, JitExecError } from '../runtime/errors.ts';
/** What a guest did, faults, limits and unsupported instructions included, is an `Exit`; `FAULT_CAUSES` has each cause in words. */
export { type Exit, FAULT_CAUSES, type FaultCause, type LimitName } from '../runtime/exit.ts';
/** A chunk of a minimal trace, as read from its bytes. Throws `TRACE_INVALID`. */
export { type ChunkHeader, type MemRead, TraceChunk } from '../runtime/trace/chunk.ts';
/** Raw chunks have one of two headers: of 288 bytes up to SP1 6.0.2, of 304 bytes in 6.4. */
export type { ChunkLayout } from '../runtime/trace/chunk-layout.ts';
export type { CodeStore } from './engine/code/saved-plan.ts';
/** What `execute` adds to its result. */
export type { BacktraceFrame, FoundBy } from './engine/ending/backtrace.ts';
export type { Peaks } from './engine/ending/memory-use.ts';
export type { CycleSpan, KeyValue, SpanTotal } from './engine/machine.ts';
/** The guest machine that `machine: 'auto'` stands for. */
export { chooseMachine } from './machine/choose.ts';
export type { RunReport } from './machine/sp1/report/run-report.ts';
/** Reads an executable once, to be run often: what earlier runs have decoded and compiled is used again. */
export {
  type GuestRunOptions,
  type GuestTraceOptions,
  type PortableGuest,
  type PreparedGuest,
  type PrepareOptions,
  prepare,
} from './prepare.ts';
/** What option `profile` makes, and the formats that others read. */
export {
  type CallNode,
  type CallTree,
  type FunctionTotal,
  functionTotals,
  type ProfileWeight,
} from './profile/call-tree.ts';
export { cpuProfile } from './profile/formats/cpuprofile.ts';
export { firefoxProfile } from './profile/formats/firefox.ts';
export { foldedStacks } from './profile/formats/folded.ts';
export { pprofProfile } from './profile/formats/pprof.ts';
/** The fields of a result, and its JSON: the object of `jit-exec --json`. */
export type { Digest, ExitJson, Provenance, RunData, RunJson } from './result.ts';
/** The JavaScript generated for one function of the guest, by name or address. Throws `USAGE` where there is none. */
export { type DumpOptions, dumpFunction } from './verbs/dump.ts';
/** Runs an executable to its end, in the calling thread, on the fastest engine that the host has unless told which. */
export { type Engine, type ExecuteOptions, execute, type RunResult } from './verbs/execute.ts';
/**
 * Runs an executable of SP1 and hands out the chunks of its minimal trace, byte for byte those of SP1 6.4's executor.
 * Throws `ELF_UNSUPPORTED` for another machine, `USAGE` for a chunk size that does not fit in memory.
 */
export {
  DEFAULT_CHUNK_ENTRIES,
  type TraceData,
  type TracedChunk,
  type TraceOptions,
  type TraceResult,
  trace,
} from './verbs/trace.ts';
