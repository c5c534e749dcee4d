// The verb: runs a guest to its end.

import { isa } from '../codegen/isa/index.ts';
import { makeText } from '../codegen/program/predecode.ts';
import { CLK_PER_INSTRUCTION } from '../runtime/abi.ts';
import { JitExecError } from '../runtime/errors.ts';
import type { Exit } from '../runtime/exit.ts';
import type { Execution } from './engine/execution.ts';
import { Executor, type ExecutorOptions, type TraceOptions } from './engine/executor.ts';
import { canGenerate } from './engine/interpreters.ts';
import type { CycleSpan } from './engine/machine.ts';
import { type MemoryPeaks, peaksOf } from './engine/memory-use.ts';
import { loadGuest, makeMachine } from './machine/guest.ts';
import { sp1UserMode } from './machine/sp1/elf.ts';
import { Accountant, type RunReport } from './machine/sp1/report/accountant.ts';
import { UserExecutor } from './machine/sp1/user/user-executor.ts';

export type Engine = 'js' | 'wasm' | 'interpreter';

export interface ExecuteOptions {
  /** Name of the program in messages and argv[0]. */
  readonly name?: string;
  readonly machine?: 'auto' | 'bare' | 'sp1';
  /** On sp1: whether to run a program although SP1 would not load it for words in its text that it does not decode. */
  readonly lenient?: boolean;
  /** On sp1: how zeros are filled in where they begin inside a doubleword, as up to 6.8 or, unless given, from 6.9 on. */
  readonly sp1Version?: '6.4' | '6.10';
  readonly engine?: 'auto' | Engine;
  readonly args?: readonly string[];
  /** Input buffers, in order. */
  readonly inputs?: readonly Uint8Array[];
  readonly maxCycles?: number;
  /** Bytes of guest memory, in pages of 64 KiB that were stored to, image and stack included: a run that needs more ends. */
  readonly maxMemory?: number;
  /** Makes `peaks` of the result also where there is no `maxMemory`. */
  readonly countMemory?: boolean;
  /** Wall-clock time for the guest from the host; otherwise its clock follows the instruction count. */
  readonly realTime?: boolean;
  readonly stdin?: (max: number) => Uint8Array;
  readonly stdout?: (bytes: Uint8Array) => void;
  readonly stderr?: (bytes: Uint8Array) => void;
  /** Entries of a loop or function before it is compiled. */
  readonly hot?: number;
  /** Makes `report` of the result: machine sp1, programs without untrusted code, the interpreter. */
  readonly report?: boolean;
  /** Word 0 of a shared array: 1 stops the run as interrupted, 2 as timed out. */
  readonly interrupt?: Int32Array;
}

export interface RunResult {
  readonly machine: 'bare' | 'sp1';
  readonly engine: Engine;
  readonly exit: Exit;
  /** Where the exit's pc is, as `fib+0x10`, if a symbol covers it. */
  readonly symbol?: string;
  /** Instructions that count for the guest (on sp1, unconstrained ones do not). */
  readonly instructions: number;
  readonly clk?: number;
  readonly publicValues: Uint8Array;
  readonly syscalls: Readonly<Record<string, number>>;
  /** On sp1, what cycle-tracker lines of the guest enclose, in order of their ends. */
  readonly cycleSpans?: readonly CycleSpan[];
  readonly report?: RunReport;
  /** Where `maxMemory`, `countMemory` or `report` was given. */
  readonly peaks?: MemoryPeaks;
  readonly seconds: number;
  readonly mips: number;
  /** On sp1, whose rules of loading were followed. */
  readonly sp1Version?: '6.4' | '6.10';
  /** What is wrong with the file without stopping it. */
  readonly warnings: readonly string[];
  /** x0 … x31 at the end, unsigned, below 2^xlen. */
  readonly registers: readonly bigint[];
}

/** The fastest engine that the host allows, or the one asked for. @throws JitExecError where the host forbids that. */
function chooseEngine(wanted: 'auto' | Engine): Engine {
  const hasWebAssembly = typeof WebAssembly === 'object';
  if (wanted === 'wasm' && !hasWebAssembly)
    throw new JitExecError('ENVIRONMENT', 'engine wasm: the host has no WebAssembly');
  if (wanted === 'js' && !canGenerate()) {
    throw new JitExecError('ENVIRONMENT', 'engine js: the host forbids generated code');
  }
  if (wanted !== 'auto') return wanted;
  if (hasWebAssembly) return 'wasm';
  return canGenerate() ? 'js' : 'interpreter';
}

/** The executor of a guest in its start state. @throws JitExecError for a malformed executable. */
export function prepare(bytes: Uint8Array, options: ExecuteOptions = {}, trace?: TraceOptions): Execution {
  const guest = loadGuest(bytes, options.name ?? 'program.elf', options.machine ?? 'auto', options);
  const isCounted = options.countMemory === true || options.report === true;
  const maxMemory = options.maxMemory ?? (isCounted ? Number.POSITIVE_INFINITY : undefined);
  const machine = makeMachine(guest, { ...options, maxMemory });
  const userMode = guest.machine === 'sp1' ? sp1UserMode(guest.elf) : undefined;
  const executorOptions: ExecutorOptions = {
    maxCycles: options.maxCycles ?? Number.POSITIVE_INFINITY,
    engine: chooseEngine(options.engine ?? 'auto'),
    interrupt: options.interrupt,
    hot: options.hot,
    trace,
  };
  if (userMode !== undefined) return new UserExecutor(guest.program, machine, userMode, executorOptions);
  return new Executor(guest.program, machine, executorOptions);
}

/**
 * As `prepare`, with an accountant. @throws JitExecError besides for what has no report, or another engine.
 * `gasChunkEntries` is SP1's unless given.
 */
export function prepareCounted(bytes: Uint8Array, options: ExecuteOptions, gasChunkEntries?: number): Execution {
  const { engine = 'auto', name = 'program.elf' } = options;
  if (engine !== 'auto' && engine !== 'interpreter') {
    throw new JitExecError('USAGE', `report: instructions are counted by the interpreter, not by engine ${engine}`);
  }
  const { elf, machine, program } = loadGuest(bytes, name, options.machine ?? 'auto', options);
  if (machine !== 'sp1') throw new JitExecError('ELF_UNSUPPORTED', `report: expected machine sp1, got ${machine}`);
  if (sp1UserMode(elf) !== undefined) {
    throw new JitExecError('ELF_UNSUPPORTED', 'report: programs that run untrusted code are not supported yet');
  }
  const text = makeText(isa('rv64im'), program.textBase, program.text);
  const imageEnd = Math.max(...elf.segments.map(({ address, memoryBytes }) => address + memoryBytes));
  const never = (): never => {
    throw new Error('bug in jit-exec: a report has no trace');
  };
  return prepare(
    bytes,
    { ...options, machine, engine: 'interpreter' },
    {
      threshold: 0,
      slots: 0,
      sink: never,
      makeTracer: memory => new Accountant(memory, { text, imageEnd, gasChunkEntries }),
    },
  );
}

/** What became of a run that ended by `exit` after `seconds`. */
export function resultOf(executor: Execution, exit: Exit, seconds: number): RunResult {
  const { machine, program } = executor;
  const pc = Number(exit.pc);
  const instructions = executor.instructions - (machine.uncounted ?? 0);
  const peaks = peaksOf(executor.memory, machine);
  return {
    machine: machine.name,
    engine: executor.options.engine,
    exit,
    ...(program.symbolAt(pc) === undefined ? {} : { symbol: program.describeAddress(pc) }),
    instructions,
    ...(machine.clkOffset === undefined
      ? {}
      : { clk: machine.clkOffset + CLK_PER_INSTRUCTION * executor.instructions }),
    publicValues: machine.publicBytes,
    syscalls: machine.syscalls,
    ...(machine.cycleSpans === undefined ? {} : { cycleSpans: machine.cycleSpans }),
    ...(executor.tracer instanceof Accountant ? { report: executor.tracer.report(exit, instructions) } : {}),
    ...(peaks === undefined ? {} : { peaks }),
    ...(machine.version === undefined ? {} : { sp1Version: machine.version }),
    warnings: program.warnings,
    seconds,
    mips: instructions / seconds / 1e6,
    registers: Array.from({ length: 32 }, (_, r) => executor.memory.readRegister(r)),
  };
}

/**
 * Runs a RISC-V executable to its end.
 * @throws JitExecError for a malformed executable; what the guest does wrong is in `exit`.
 */
export function execute(bytes: Uint8Array, options: ExecuteOptions = {}): RunResult {
  const executor = options.report === true ? prepareCounted(bytes, options) : prepare(bytes, options);
  const start = performance.now();
  const exit = executor.run();
  return resultOf(executor, exit, (performance.now() - start) / 1000);
}
