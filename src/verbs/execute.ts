// The verb: runs a guest to its end.

import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import { JitExecError } from '../../runtime/errors.ts';
import type { Exit } from '../../runtime/exit.ts';
import { sha256Hex } from '../../runtime/hashes/sha256.ts';
import type { KeptCode } from '../engine/code/kept-code.ts';
import { backtraceOf } from '../engine/ending/backtrace.ts';
import { peaksOf } from '../engine/ending/memory-use.ts';
import type { Execution, ExecutorOptions } from '../engine/execution.ts';
import { Executor } from '../engine/executor.ts';
import { canGenerate } from '../engine/interpreters.ts';
import type { CycleSpan, KeyValue } from '../engine/machine.ts';
import type { Observation } from '../engine/observation.ts';
import { type Guest, loadGuest, type MachineName, makeMachine } from '../machine/guest.ts';
import { sp1UserMode } from '../machine/sp1/elf.ts';
import { liveReport } from '../machine/sp1/report/live-report.ts';
import type { RunReport } from '../machine/sp1/report/run-report.ts';
import { UserExecutor } from '../machine/sp1/user/user-executor.ts';
import { Tail } from '../machine/tail.ts';
import { checkCall, EXECUTE_OPTIONS } from '../options.ts';
import type { ProfileWeight } from '../profile/call-tree.ts';
import { observeProfile } from '../profile/observe-profile.ts';
import { plainReport } from '../profile/plain-report.ts';
import { callTree, followedOf } from '../profile/profiler.ts';
import { asResult, type Engine, provenanceOf, type RunData, type RunJson, type RunResult, runJson } from '../result.ts';

export type { Engine, RunData, RunJson, RunResult } from '../result.ts';

export interface ExecuteOptions {
  /** Name of the program in messages and argv[0]; `program.elf` unless given. */
  readonly name?: string;
  /** The guest machine; `auto`, the default, tells it from the file. */
  readonly machine?: 'auto' | MachineName;
  /** On sp1: whether to run a program although SP1 would not load it for words in its text that it does not decode. */
  readonly lenient?: boolean;
  /** On sp1: how zeros are filled in where they begin inside a doubleword, as up to 6.8 or, unless given, from 6.9 on. */
  readonly sp1Version?: '6.4' | '6.10';
  /** What hot code is compiled to; `auto`, the default, is the fastest that the host allows. */
  readonly engine?: 'auto' | Engine;
  /** The guest's arguments behind its name, on bare. */
  readonly args?: readonly string[];
  /** Input buffers, in order: what sp1 guests read one by one, and what comes before `stdin` on bare. */
  readonly inputs?: readonly Uint8Array[];
  /** On openvm, what the guest may load hints from, by key. */
  readonly keyValues?: readonly KeyValue[];
  /** Instructions after which the run ends with limit `cycles`; no limit unless given. */
  readonly maxCycles?: number;
  /** Bytes of guest memory, in pages of 64 KiB that were stored to, image and stack included: more end the run with limit `memory`. */
  readonly maxMemory?: number;
  /** Makes `peaks` of the result also where there is no `maxMemory`. */
  readonly countMemory?: boolean;
  /** Wall-clock time for the guest from the host; otherwise its clock follows the instruction count. */
  readonly realTime?: boolean;
  /** Gives at most `max` bytes of standard input, none at its end or where `interrupt` stops the run; at its end unless given. */
  readonly stdin?: (max: number) => Uint8Array;
  /** Takes what the guest writes to standard output, in pieces of at most 64 KiB, valid during the call; dropped unless given. */
  readonly stdout?: (bytes: Uint8Array) => void;
  /** The same of standard error, whose end is in the result in any case. */
  readonly stderr?: (bytes: Uint8Array) => void;
  /** On sp1, told of each span between cycle-tracker lines as it ends, and how many there are around it. */
  readonly onSpan?: (span: CycleSpan, depth: number) => void;
  /** Entries of a loop or function before it is compiled; 2000 unless given. */
  readonly hot?: number;
  /**
   * Makes `report` and `callTree` of the result, of programs without untrusted code: `true` refuses those, `'auto'` runs them
   * without. Engine `interpreter` makes no `callTree` on sp1, and has the gas of runs of any length.
   */
  readonly report?: boolean | 'auto';
  /** Makes `callTree` of the result, by this weight: exact. Not of programs with untrusted code. */
  readonly profile?: ProfileWeight;
  /**
   * A shared array. Another thread stops the run by its word 0: 1 as interrupted, 2 as timed out. Words 2 and 3, where it
   * has them, are told the instructions executed so far (low, high) some times a second.
   */
  readonly interrupt?: Int32Array;
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

/** Reads an executable. @throws JitExecError where it is malformed. */
export function guestOf(bytes: Uint8Array, options: ExecuteOptions): Guest {
  const { name = 'program.elf', machine = 'auto', lenient } = options;
  return loadGuest(bytes, name, machine, { lenient });
}

/** Options with what earlier runs of the program have left. */
export type KeepingOptions = ExecuteOptions & { readonly kept?: KeptCode | undefined };

/** The executor of a guest in its start state. */
export function executionOf(guest: Guest, options: KeepingOptions = {}, observe?: Observation): Execution {
  const isCounted = options.countMemory === true || isReported(guest, options);
  const maxMemory = options.maxMemory ?? (isCounted ? Number.POSITIVE_INFINITY : undefined);
  const machine = makeMachine(guest, { ...options, maxMemory });
  const userMode = guest.machine === 'sp1' ? sp1UserMode(guest.elf) : undefined;
  const executorOptions: ExecutorOptions = {
    maxCycles: options.maxCycles ?? Number.POSITIVE_INFINITY,
    engine: chooseEngine(options.engine ?? 'auto'),
    interrupt: options.interrupt,
    hot: options.hot,
    kept: options.kept,
    observe,
  };
  if (userMode !== undefined) return new UserExecutor(guest.program, machine, userMode, executorOptions);
  return new Executor(guest.program, machine, executorOptions);
}

/** Why a guest has no report. */
function reportRefusal({ elf, machine }: Guest): JitExecError | undefined {
  if (machine !== 'sp1' || sp1UserMode(elf) === undefined) return undefined;
  return new JitExecError('ELF_UNSUPPORTED', 'report: programs that run untrusted code are not supported yet');
}

const isReported = (guest: Guest, { report }: ExecuteOptions): boolean =>
  report === true || (report === 'auto' && reportRefusal(guest) === undefined);

interface PreparedRun {
  readonly executor: Execution;
  /** After the run, whose clk is given where there is one. */
  readonly report?: ((exit: Exit, clk: number) => RunReport) | undefined;
}

/** The executor that the options ask for. */
function preparedRun(guest: Guest, options: KeepingOptions): PreparedRun {
  const { profile } = options;
  if (!isReported(guest, options))
    return {
      executor: executionOf(guest, options, profile === undefined ? undefined : observeProfile(guest, profile)),
    };
  const refusal = reportRefusal(guest);
  if (refusal !== undefined) throw refusal;
  if (profile !== undefined && profile !== 'instructions')
    throw new JitExecError('USAGE', `profile: beside a report it is by instructions, got ${profile}`);
  if (guest.machine !== 'sp1') {
    const { observe, report } = plainReport(guest.program);
    const executor = executionOf(guest, options, observe);
    return { executor, report: () => report(executor.machine) };
  }
  const { observe, report } = liveReport(guest);
  return { executor: executionOf(guest, options, observe), report: (exit, clk) => report(exit.kind === 'halted', clk) };
}

/** The end of what `options.stderr` is told, and the options that tell it. */
export function withTail<O extends ExecuteOptions>(options: O): { readonly tail: Tail; readonly options: O } {
  const tail = new Tail();
  const stderr = (bytes: Uint8Array): void => {
    tail.push(bytes);
    options.stderr?.(bytes);
  };
  return { tail, options: { ...options, stderr } };
}

/** On machines with a clock. */
const clkOf = ({ machine: { clkOffset }, instructions }: Execution): number | undefined =>
  clkOffset === undefined ? undefined : clkOffset + CLK_PER_INSTRUCTION * instructions;

/** What became of a run that ended by `exit` after `seconds`. */
export function resultOf(
  executor: Execution,
  exit: Exit,
  seconds: number,
  tail: Tail = new Tail(),
  profile?: ProfileWeight,
): RunData {
  const { machine, program } = executor;
  const pc = Number(exit.pc);
  const instructions = executor.instructions - (machine.uncounted ?? 0);
  const peaks = peaksOf(executor.memory, machine);
  const frames = backtraceOf(executor, exit);
  const clk = clkOf(executor);
  const calls = followedOf(executor.observer);
  return {
    machine: machine.name,
    engine: executor.options.engine,
    exit,
    ...(program.symbolAt(pc) === undefined ? {} : { symbol: program.describeAddress(pc) }),
    ...(frames === undefined ? {} : { backtrace: frames }),
    instructions,
    ...(clk === undefined ? {} : { clk }),
    publicValues: machine.publicBytes,
    syscalls: machine.syscalls,
    ...(machine.cycleSpans === undefined ? {} : { cycleSpans: machine.cycleSpans, spans: machine.spanTotals ?? [] }),
    ...(calls === undefined ? {} : { callTree: callTree(calls, program, profile) }),
    ...(peaks === undefined ? {} : { peaks }),
    ...(machine.version === undefined ? {} : { sp1Version: machine.version }),
    unreadInputs: machine.unreadInputs ?? 0,
    stderrTail: tail.text,
    warnings: program.warnings,
    seconds,
    mips: instructions / seconds / 1e6,
    registers: Array.from({ length: 32 }, (_, r) => executor.memory.readRegister(r)),
  };
}

/** Runs without looking at the options: for callers who have. */
export function executeChecked(bytes: Uint8Array, given: KeepingOptions): RunData {
  return executeGuest(guestOf(bytes, given), given);
}

/** The same of a guest that was loaded. */
export function executeGuest(guest: Guest, given: KeepingOptions): RunData {
  const { tail, options } = withTail(given);
  const { executor, report } = preparedRun(guest, options);
  const start = performance.now();
  const exit = executor.run();
  const seconds = (performance.now() - start) / 1000;
  executor.saveCode?.();
  if (report === undefined) return resultOf(executor, exit, seconds, tail, options.profile);
  // It takes the last counts, which the result is divided by.
  const reported = report(exit, clkOf(executor) ?? 0);
  return { ...resultOf(executor, exit, seconds, tail), report: reported };
}

/** The JSON object of a result. */
export function jsonOf(result: RunData, program: Uint8Array, inputs: readonly Uint8Array[] = []): RunJson {
  return runJson(result, provenanceOf({ program, inputs }, sha256Hex), sha256Hex(result.publicValues));
}

/**
 * Runs a RISC-V executable to its end.
 * @throws JitExecError for a malformed executable or an option that is not allowed; what the guest does wrong is in `exit`.
 */
export function execute(bytes: Uint8Array, options: ExecuteOptions = {}): RunResult {
  checkCall('execute', bytes, options, EXECUTE_OPTIONS);
  const result = executeChecked(bytes, options);
  return asResult(result, () => jsonOf(result, bytes, options.inputs));
}
