// What a guest machine is to the executor: a memory map, a start state, and what its environment calls do.

import type { Elf } from '../../codegen/elf/elf.ts';
import type { IsaName } from '../../codegen/isa/index.ts';
import type { Instruction } from '../../codegen/isa/instruction.ts';
import type { AddressRange, Program } from '../../codegen/program/program.ts';
import type { Exit, FaultCause } from '../../runtime/exit.ts';
import type { GuestMemory, MemoryPlan } from '../../runtime/memory/memory.ts';
import type { AccessObserver } from '../../runtime/trace/observer.ts';

/** The hart as an environment call sees it. */
export interface Hart {
  readonly memory: GuestMemory;
  /** Told of what the call does to memory; undefined where nobody is. */
  readonly observer: AccessObserver | undefined;
  /** Instructions executed so far, the environment call itself included. */
  readonly instructions: number;
  /** Address of the environment call. */
  readonly pc: number;
  /** Present where the program runs untrusted code. */
  readonly user?: UserHart;
  /** How the run ends at this environment call where somebody asked it to end: what waits or takes long must look. */
  stopRequest(): Exit | undefined;
  /** Starts unconstrained execution: what follows is undone by `leaveUnconstrained`. */
  enterUnconstrained(): void;
  /** Restores registers and memory as they were; the next instruction is the one after the entry. */
  leaveUnconstrained(): void;
}

export type Fault = Extract<Exit, { readonly kind: 'fault' }>;

/** An entry of the store that a guest of openvm loads hints from. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** What a guest marked as one: instructions between its two marks. */
export interface CycleSpan {
  readonly name: string;
  readonly instructions: number;
  /** What the observer's measure came to between them, where it has one. */
  readonly cells?: number;
}

/** Spans of one name within the same others, summed. */
export interface SpanTotal {
  /** The names of those around it and its own, the outermost first, joined by ` > `. */
  readonly name: string;
  /** How many are around it. */
  readonly depth: number;
  readonly count: number;
  /** In all of them, what is in spans within them included. */
  readonly instructions: number;
  readonly cells?: number;
  /** Calls by name, if there were any. */
  readonly precompiles?: Readonly<Record<string, number>>;
}

/** Goes on (undefined) or ends the run. */
export type EcallResult = undefined | Exit;

/** What an environment call may do besides on a hart that runs untrusted code. */
export interface UserHart {
  /** Where page permissions may be changed. */
  readonly untrusted: AddressRange;
  /** Traces and stamps the pages of n doublewords up to the first that lacks a permission; that failure's code, or 0. */
  checkPages(address: number, n: number, need: number, clk: number): number;
  setPermission(address: number, permission: number, clk: number): void;
  /** Goes on at the trap handler, or ends the run where there is none. */
  trap(code: number, clk: number): EcallResult;
  /** Goes on at the pc high:low. */
  jump(low: number, high: number): void;
}

export interface Machine {
  readonly name: 'bare' | 'sp1' | 'openvm';
  readonly isa: IsaName;
  /** Of the system that it follows, where that has several which differ. */
  readonly version?: '6.4' | '6.10';
  /** Whether a misaligned load or store is a fault. */
  readonly alignedOnly: boolean;
  /** Whether misaligned words, if they are not plain accesses, are those without the address's low bits, and no fault. */
  readonly dropsLowBits?: boolean;
  /** Instructions of the set that this machine refuses to execute. */
  refuses(instruction: Instruction): boolean;
  memoryPlan(): MemoryPlan;
  /** Writes the image and the start state. */
  start(hart: Hart): void;
  ecall(hart: Hart): EcallResult;
  /** Saves what it keeps for the guest besides memory; gives what restores it, as often as it is wanted. */
  save?(): () => void;
  /** More about a fault than its cause says. */
  explain?(cause: FaultCause, hart: Hart, address?: bigint): string | undefined;
  /** A fault by the machine's own name for it. */
  faultAs?(fault: Fault): Exit;
  /** Where the stack starts to grow down from, and where the image ends. */
  readonly stackTop?: number;
  readonly imageEnd?: number;
  /** End of the memory that the guest has asked for, on machines where it asks. */
  readonly heapEnd?: number;
  /** Calls by name so far. */
  readonly syscalls: Record<string, number>;
  /** Spans that the guest marked, on machines with such marks, in order of their ends. */
  readonly cycleSpans?: readonly CycleSpan[];
  readonly spanTotals?: readonly SpanTotal[];
  /** Input buffers of which something is left. */
  readonly unreadInputs?: number;
  /** Bytes that the guest has made public. */
  readonly publicBytes: Uint8Array;
  /** Of a traced run, inputs that the host stored in memory, on machines where traces do not have them. */
  readonly hinted?: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** On machines with a clock: clk = clkOffset + 8 × instructions executed. */
  readonly clkOffset?: number;
  /** Instructions that do not count for the guest, being undone. */
  readonly uncounted?: number;
}

export interface MachineInput {
  readonly elf: Elf;
  readonly program: Program;
  readonly args: readonly string[];
  readonly inputs: readonly Uint8Array[];
  /** Most bytes of guest pages that may be stored to; Infinity where they are only counted, undefined where they are not. */
  readonly maxMemory: number | undefined;
  readonly realTime: boolean;
  /** On openvm, what the guest may ask for by key. */
  readonly keyValues: readonly KeyValue[];
  /** Whose rules `sp1` loads a program by; its default unless given. */
  readonly sp1Version?: '6.4' | '6.10' | undefined;
  readonly stdin: (max: number) => Uint8Array;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
  /** Told of each span as it ends, and how many there are around it. */
  readonly onSpan?: ((span: CycleSpan, depth: number) => void) | undefined;
}

const DISCARD = (): void => undefined;

/** What a machine is given where nobody says more: nothing, without a limit. */
export const noInput = (elf: Elf, program: Program, sp1Version?: MachineInput['sp1Version']): MachineInput => ({
  elf,
  program,
  sp1Version,
  args: [],
  inputs: [],
  maxMemory: undefined,
  realTime: false,
  keyValues: [],
  stdin: () => new Uint8Array(0),
  stdout: DISCARD,
  stderr: DISCARD,
});
