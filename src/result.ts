// What became of a run: the fields that a library user reads, and the JSON object of the command's contract.

import type { Exit } from '../runtime/exit.ts';
import type { BacktraceFrame } from './engine/ending/backtrace.ts';
import type { Peaks } from './engine/ending/memory-use.ts';
import type { CycleSpan, SpanTotal } from './engine/machine.ts';
import type { MachineName } from './machine/guest.ts';
import type { RunReport } from './machine/sp1/report/run-report.ts';
import { type CallTree, type FunctionTotal, functionTotals } from './profile/call-tree.ts';
import { VERSION } from './version.ts';

/** What executes the guest: generated JavaScript, generated WebAssembly, or nothing that is generated. */
export type Engine = 'js' | 'wasm' | 'interpreter';

/** The fields of a result. */
export interface RunData {
  /** The machine that ran the guest. */
  readonly machine: MachineName;
  /** The engine that ran it, where `auto` was asked for. */
  readonly engine: Engine;
  /** How the run ended: a halt, a fault of the guest, a limit, an interrupt, or something unsupported. */
  readonly exit: Exit;
  /** Where the exit's pc is, as `fib+0x10`, if a symbol covers it, by its name in the source (names of Rust without their hash). It may hold control characters. */
  readonly symbol?: string;
  /** Of a guest that panicked, faulted or was stopped: who called whom, the innermost first; at most 64 frames. */
  readonly backtrace?: readonly BacktraceFrame[];
  /** Instructions that count for the guest (on sp1, unconstrained ones do not). */
  readonly instructions: number;
  /** On sp1, the clock at the end: 8 for each instruction and 256 more for each system call, from 1 on. */
  readonly clk?: number;
  /** What an sp1 guest committed: the bytes that it wrote to descriptor 13. Empty on bare. */
  readonly publicValues: Uint8Array;
  /** System calls by name, as `unknown 66` those that the machine does not have. */
  readonly syscalls: Readonly<Record<string, number>>;
  /** On sp1, what cycle-tracker lines of the guest enclose, in order of their ends. */
  readonly cycleSpans?: readonly CycleSpan[];
  /** The same by name and by the spans around them, each after those around it. */
  readonly spans?: readonly SpanTotal[];
  /** What option `report` asks for. */
  readonly report?: RunReport;
  /** What option `profile` asks for. */
  readonly callTree?: CallTree;
  /** Most memory used, where `maxMemory`, `countMemory` or `report` was given. */
  readonly peaks?: Peaks;
  /** On sp1, whose rules of loading were followed. */
  readonly sp1Version?: '6.4' | '6.10';
  /** What is wrong with the file without stopping it. */
  readonly warnings: readonly string[];
  /** Input buffers of which the guest left something unread. */
  readonly unreadInputs: number;
  /** The last 2 KiB that the guest wrote to standard error, as text: a panic's message is there. */
  readonly stderrTail: string;
  /** Wall-clock time of the run, without reading the program. */
  readonly seconds: number;
  /** Millions of instructions per second. */
  readonly mips: number;
  /** x0 … x31 at the end, unsigned, below 2^xlen. */
  readonly registers: readonly bigint[];
}

export interface RunResult extends RunData {
  /** The object that `jit-exec --json` prints. `seconds` and `mips` are its only fields that differ from run to run. */
  toJSON(): RunJson;
}

/** An exit as JSON has it: addresses are hexadecimal, codes unsigned. */
export interface ExitJson {
  readonly kind: Exit['kind'];
  readonly code?: number;
  readonly pc: string;
  readonly symbol?: string;
  readonly cause?: string;
  readonly address?: string;
  readonly detail?: string;
  readonly limit?: string;
  readonly feature?: string;
}

/** Some bytes, by what tells them from others. */
export interface Digest {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** What a run was made of. */
export interface Provenance {
  readonly program: Pick<Digest, 'sha256'>;
  readonly inputs: readonly Digest[];
}

/** Schema 1 of `jit-exec --json`. */
export interface RunJson extends Provenance {
  readonly schema: 1;
  /** Of jit-exec. */
  readonly version: string;
  readonly machine: RunData['machine'];
  readonly sp1Version?: '6.4' | '6.10';
  readonly engine: Engine;
  readonly exit: ExitJson;
  readonly backtrace?: RunData['backtrace'];
  readonly instructions: number;
  readonly clk?: number;
  /** Hexadecimal. */
  readonly publicValues: string;
  readonly publicValuesSha256: string;
  readonly syscalls: RunData['syscalls'];
  readonly cycleSpans?: RunData['cycleSpans'];
  /** `mean` is of instructions, `share` their part of the run's. */
  readonly spans?: readonly (SpanTotal & { readonly mean: number; readonly share: number })[];
  readonly report?: RunReport;
  /** Of a run with a profile, the heaviest first. */
  readonly functions?: readonly FunctionTotal[];
  readonly peaks?: Peaks;
  readonly unreadInputs: number;
  readonly seconds: number;
  readonly mips: number;
}

const hexOf = (value: bigint): string => `0x${value.toString(16)}`;

/** `symbol` is what covers exit.pc, if anything does. */
export function exitJson(exit: Exit, symbol: string | undefined): ExitJson {
  const { kind } = exit;
  const place = { pc: hexOf(exit.pc), ...(symbol === undefined ? {} : { symbol }) };
  const detail = 'detail' in exit && exit.detail !== undefined ? { detail: exit.detail } : {};
  switch (kind) {
    case 'halted':
      return { kind, code: exit.code >>> 0, ...place };
    case 'fault': {
      const address = exit.address === undefined ? {} : { address: hexOf(exit.address) };
      return { kind, ...place, cause: exit.cause, ...address, ...detail };
    }
    case 'limit':
      return { kind, ...place, limit: exit.limit, ...detail };
    case 'unsupported':
      return { kind, ...place, feature: exit.feature };
    case 'interrupted':
      return { kind, ...place };
  }
}

const hexBytes = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

/** `publicValuesSha256` is hexadecimal. */
export function runJson(result: RunData, provenance: Provenance, publicValuesSha256: string): RunJson {
  const { machine, engine, exit, symbol, instructions, clk, publicValues, syscalls, cycleSpans, report, peaks } =
    result;
  return {
    schema: 1,
    version: VERSION,
    ...provenance,
    machine,
    ...(result.sp1Version === undefined ? {} : { sp1Version: result.sp1Version }),
    engine,
    exit: exitJson(exit, symbol),
    ...(result.backtrace === undefined ? {} : { backtrace: result.backtrace }),
    instructions,
    ...(clk === undefined ? {} : { clk }),
    publicValues: hexBytes(publicValues),
    publicValuesSha256,
    syscalls,
    ...(cycleSpans === undefined ? {} : { cycleSpans, spans: spansOf(result) }),
    ...(report === undefined ? {} : { report }),
    ...(result.callTree === undefined ? {} : { functions: functionTotals(result.callTree) }),
    ...(peaks === undefined ? {} : { peaks }),
    unreadInputs: result.unreadInputs,
    seconds: result.seconds,
    mips: result.mips,
  };
}

const spansOf = ({ spans = [], instructions }: RunData): NonNullable<RunJson['spans']> =>
  spans.map(span => ({
    ...span,
    mean: span.instructions / span.count,
    share: instructions === 0 ? 0 : span.instructions / instructions,
  }));

/** What the result was made of, in full: hashed when somebody asks. */
export interface Sources {
  readonly program: Uint8Array;
  readonly inputs: readonly Uint8Array[];
}

export type Sha256 = (bytes: Uint8Array) => string;

export function provenanceOf({ program, inputs }: Sources, sha256: Sha256): Provenance {
  return {
    program: { sha256: sha256(program) },
    inputs: inputs.map(bytes => ({ bytes: bytes.length, sha256: sha256(bytes) })),
  };
}

/** The fields with `toJSON`, which is not one of them: results can be compared, and sent to other threads without it. */
export function asResult<R extends RunData, J extends object>(data: R, toJSON: () => J): R & { toJSON(): J } {
  return Object.defineProperty(data, 'toJSON', { value: toJSON }) as R & { toJSON(): J };
}
