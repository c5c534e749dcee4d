// The verb: runs the instructions of a chunk again from what the chunk says, and compares what it says with what happens.
// The interpreter is the executor's, as WebAssembly where the host has it; loads, stores and system calls take their memory from the entries.

import { isa } from '../../../../codegen/isa/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { predecode } from '../../../../codegen/program/slots.ts';
import { type GuestText, makeText } from '../../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { arithmetic64 } from '../../../../runtime/arithmetic.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { FAULT_CAUSES, type FaultCause } from '../../../../runtime/exit.ts';
import { CONTROL, HIGH } from '../../../../runtime/layout.ts';
import { GuestMemory } from '../../../../runtime/memory/memory.ts';
import { slowAccess } from '../../../../runtime/memory/slow-access.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { jumpOrigin } from '../../../engine/ending/jump-origin.ts';
import { guestViews } from '../../../engine/guest-views.ts';
import { callEntryPoints } from '../../../engine/instrumentation.ts';
import {
  type Interpret,
  type InterpretersAbi,
  makeInterpreter,
  makeWasmInterpreter,
} from '../../../engine/interpreters.ts';
import { noInput } from '../../../engine/machine.ts';
import { slotTables, textNeeds } from '../../../engine/slot-tables.ts';
import { ARGUMENTS, ECALL_INSTRUCTIONS, HALT_PC } from '../abi.ts';
import { type Sp1Version, sp1UserMode } from '../elf.ts';
import { type Sp1Guest, Sp1Machine } from '../machine.ts';
import { ReplayHost } from './replay-host.ts';
import { type Mismatch, type ReplayHistory, ReplayMemory, WINDOW_BYTES } from './replay-memory.ts';

export type { Mismatch, ReplayHistory } from './replay-memory.ts';

const MAX_SLICE = 2 ** 28;

/**
 * How far a chunk took the guest. A last chunk whose entries end before an unconstrained block, where the run was
 * stopped inside it or behind it, ends at the block: its entries do not tell.
 */
export interface ReplayEnd {
  readonly registers: BigUint64Array;
  readonly pc: number;
  readonly clk: number;
  /** Instructions of this chunk; an unconstrained block counts as one. */
  readonly instructions: number;
  /** Low word of a0, unsigned, where the guest halted. */
  readonly exitCode: number | undefined;
  /** Of the system call by which it halted, else where it goes on. */
  readonly exitPc: number;
  /** The run stopped in an unconstrained block, of which the trace has nothing. */
  readonly isInBlock: boolean;
}

/** What an instruction that does not complete ends a run with. */
export type Refusal =
  | { readonly kind: 'fault'; readonly cause: FaultCause; readonly address?: bigint; readonly detail?: string }
  | { readonly kind: 'unsupported'; readonly feature: string };

/** The instruction after the end of a run that stopped. */
export interface Attempt {
  /** Undefined where it completes. */
  readonly refusal: Refusal | undefined;
  /** It is a system call whose outcome is with inputs and hooks, which a trace does not have. */
  readonly asksHost: boolean;
}

/** What goes through the chunks of a run: one for programs whose code is all trusted, one for others. */
export interface RunReplayer {
  readonly host: ReplayHost;
  replay(chunk: TraceChunk, ending?: ChunkEnding): ReplayOutcome;
  /** Tries the next instruction, once, behind the last chunk of a run that did not halt. */
  attempt(): Attempt;
}

/** The first place where the chunk is not what the program does. */
export interface Divergence extends Mismatch {
  /** Instructions of this chunk before it. */
  readonly instruction: number;
  readonly pc: number;
  readonly clk: number;
}

export type ReplayOutcome =
  | { readonly kind: 'agrees'; readonly end: ReplayEnd }
  | { readonly kind: 'diverges'; readonly divergence: Divergence };

export interface ReplayOptions {
  /**
   * `chunk`: each chunk stands alone. `run` (chunks must be all of a run, in order): the entries must besides agree with
   * the image and with what earlier chunks left.
   */
  readonly history: ReplayHistory;
  /** By whose rules the image was loaded; 6.10 unless given. */
  readonly version?: Sp1Version | undefined;
}

export interface ChunkEnding {
  /** The run stopped there without halting: entries of the instruction that failed may follow. */
  readonly stopped?: boolean;
}

/**
 * Replays chunks of one run in ascending order, gaps allowed with history `chunk`. Programs that run untrusted code, whose
 * traces have page permissions besides, are refused with ELF_UNSUPPORTED: see user-replay.ts.
 */
export class Replayer implements RunReplayer {
  readonly host: ReplayHost;
  readonly #replay: ReplayMemory;
  readonly #text: GuestText;
  readonly #program: Program;
  readonly #control: Int32Array;
  readonly #interpret: Interpret;
  /** clk at which the fuel granted is used up. */
  #clkAtEmpty = 0;
  /** End of the last chunk: older stamps must stay distinguishable from this chunk's. */
  #clkReached = 0;
  #ecalls = 0;
  #exitCode: number | undefined;
  #entered = false;
  /** Instructions of the chunks before. */
  #instructionsBefore = 0;
  #clkStart = 0;
  #refusal: Refusal | undefined;
  /** Where the last chunk ended. */
  #at = { slot: 0, clk: 0 };
  #haltPc = 0;
  /** The instruction that does not agree, unless it is an access that was completed. */
  #culprit: { readonly pc: number; readonly clk: number } | undefined;
  /** Jump target outside the text. */
  #outside: number | undefined;

  constructor({ elf, program }: Sp1Guest, { history, version }: ReplayOptions) {
    if (sp1UserMode(elf) !== undefined) {
      throw new JitExecError(
        'ELF_UNSUPPORTED',
        'replay: programs that run untrusted code have no chunks that stand alone',
      );
    }
    const machine = new Sp1Machine(noInput(elf, program, version));
    this.#program = program;
    this.#text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i));
    const needs = { stamps: true, window: WINDOW_BYTES, text: textNeeds(this.#text) };
    const memory = GuestMemory.create(machine.memoryPlan(), needs);
    this.#replay = new ReplayMemory(memory, history);
    this.host = new ReplayHost(this.#replay);
    this.#control = memory.control;
    const tables = slotTables(memory);
    const abi = this.#abi(tables.slots);
    this.#interpret =
      memory.wasm === undefined
        ? makeInterpreter(this.#text.isa, { hot: false, kind: 'traced' }, abi)
        : makeWasmInterpreter({ text: this.#text, memory, tables, hot: 0 }, { hot: false }, 'replay', abi);
    if (history === 'run') {
      const never = (): never => {
        throw new Error('bug in jit-exec: a machine that only starts was asked for more');
      };
      machine.start({
        memory,
        observer: undefined,
        instructions: 0,
        pc: 0,
        stopRequest: never,
        enterUnconstrained: never,
        leaveUnconstrained: never,
      });
    }
    // The interpreter leaves after an access with which a chunk would be full.
    this.#replay.onMismatch = () => {
      this.#control[CONTROL.traceLimit] = 0;
    };
  }

  /** What the replay came to. */
  get memory(): ReplayMemory {
    return this.#replay;
  }

  #abi(slots: Int32Array): InterpretersAbi {
    const { memory } = this.#replay;
    const fault = (cause: FaultCause, lo: number, hi: number): void => {
      const address = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
      this.#refusal = { kind: 'fault', cause, address };
      this.#replay.fail('instruction', 'one that completes', `${FAULT_CAUSES[cause]} 0x${address.toString(16)}`);
    };
    const refuse = (slot: number, refusal: Refusal): number => {
      this.#culprit = { pc: this.#pcOf(slot), clk: this.#clkNow };
      this.#refusal = refusal;
      const found = refusal.kind === 'fault' ? FAULT_CAUSES[refusal.cause] : refusal.feature;
      this.#replay.fail('instruction', 'one that completes', found);
      return slot;
    };
    const illegal = (slot: number): Refusal => {
      const feature = this.#text.unsupportedAt(slot);
      return feature === undefined ? { kind: 'fault', cause: 'illegal-instruction' } : { kind: 'unsupported', feature };
    };
    const outside = (lo: number, hi: number): number => this.#slotAt(lo, hi);
    return {
      ...guestViews(memory, this.#text, undefined),
      P: slots,
      H: new Int32Array(0),
      HOT: 0,
      ...arithmetic64(memory.control),
      ...slowAccess({ memory, xlen: 64, alignedOnly: true, fault, touch: this.#replay.touch }),
      ...callEntryPoints(undefined),
      touch: this.#replay.touch,
      decode: slot => predecode(this.#text, slot, slots),
      ecall: slot => this.#ecall(slot),
      breakpoint: slot => refuse(slot, { kind: 'fault', cause: 'breakpoint' }),
      illegal: slot => refuse(slot, illegal(slot)),
      fetchFault: lo => outside(lo, 0),
      slotOf: outside,
      seen: () => undefined,
    };
  }

  #pcOf(slot: number): number {
    return this.#text.base + (slot << this.#text.slotShift);
  }

  /** The slot at a pc, or -1 after noting that there is none. */
  #slotAt(lo: number, hi: number): number {
    const { base, bytes, slotShift } = this.#text;
    const offset = (lo >>> 0) - base;
    if (hi === 0 && offset >= 0 && offset < bytes.length && offset % (1 << slotShift) === 0)
      return offset >>> slotShift;
    this.#outside = (hi >>> 0) * HIGH + (lo >>> 0);
    return -1;
  }

  /** clk by the fuel last spilled. */
  get #clkNow(): number {
    return this.#clkAtEmpty - CLK_PER_INSTRUCTION * this.#control[CONTROL.fuel]!;
  }

  /** Slot of the next instruction, or its complement where the caller must leave. */
  #ecall(slot: number): number {
    const clk = this.#clkNow - CLK_PER_INSTRUCTION;
    const instructions = this.#instructionsBefore + this.#count(this.#clkNow, this.#clkStart);
    const outcome = this.host.call(clk, instructions);
    if (outcome.kind === 'fault' || outcome.kind === 'unsupported') {
      this.#refusal = outcome.kind === 'fault' ? { ...outcome, cause: 'syscall' } : outcome;
      const found = outcome.kind === 'fault' ? outcome.detail : outcome.feature;
      this.#replay.fail('system call', 'one that succeeds', found);
    }
    if (this.#replay.mismatch !== undefined) {
      this.#culprit = { pc: this.#pcOf(slot), clk };
      return ~slot;
    }
    this.#ecalls++;
    this.#control[CONTROL.fuel]! -= ECALL_INSTRUCTIONS;
    if (outcome.kind === 'halted') {
      this.#exitCode = this.#control[CONTROL.registers + 2 * ARGUMENTS[0]]! >>> 0;
      this.#haltPc = this.#pcOf(slot);
      return ~slot;
    }
    this.#entered = outcome.kind === 'entered unconstrained' && this.#replay.entriesLeft === 0;
    return this.#entered ? ~(slot + 1) : slot + 1;
  }

  /** Runs the chunk from its start to its end. */
  replay(chunk: TraceChunk, { stopped = false }: ChunkEnding = {}): ReplayOutcome {
    this.#begin(chunk);
    const { clkStart, clkEnd } = chunk;
    let slot = this.#slotAt(chunk.pcStart | 0, Math.floor(chunk.pcStart / HIGH));
    let clk = clkStart;
    while (clk < clkEnd && this.#goesOn) {
      this.#replay.fill();
      this.#grant(clk, clkEnd);
      slot = this.#interpret(slot, -1);
      clk = this.#clkNow;
      // A run that stopped in an unconstrained block: the trace does not say how far it went there.
      if (this.#entered && stopped) break;
    }
    if (this.#replay.mismatch !== undefined) return this.#diverges(slot, clkStart);
    const pc = this.#exitCode !== undefined ? HALT_PC : (this.#outside ?? this.#pcOf(slot));
    this.#checkEnd(chunk, clk, stopped);
    if (this.#replay.mismatch !== undefined) {
      this.#culprit = { pc, clk };
      return this.#diverges(slot, clkStart);
    }
    const registers = BigUint64Array.from({ length: 32 }, (_, r) => this.#replay.memory.readRegister(r));
    this.#at = { slot, clk };
    const instructions = this.#count(clk, clkStart);
    this.#instructionsBefore += instructions;
    const exitPc = this.#exitCode === undefined ? pc : this.#haltPc;
    const isInBlock = stopped && this.#entered;
    return {
      kind: 'agrees',
      end: { registers, pc, clk, instructions, exitCode: this.#exitCode, exitPc, isInBlock },
    };
  }

  attempt(): Attempt {
    if (this.#outside !== undefined) {
      const cause = this.#outside % (1 << this.#text.slotShift) === 0 ? 'fetch-address' : 'fetch-misaligned';
      const address = BigInt(this.#outside);
      const detail = jumpOrigin(cause, address, this.#program, this.#replay.memory);
      const refusal = { kind: 'fault', cause, address, ...(detail === undefined ? {} : { detail }) } as const;
      return { refusal, asksHost: false };
    }
    const { slot, clk } = this.#at;
    this.#refusal = undefined;
    this.host.asksHost = false;
    this.#grant(clk, clk + CLK_PER_INSTRUCTION);
    this.#interpret(slot, -1);
    return { refusal: this.#refusal, asksHost: this.host.asksHost };
  }

  #begin({ startRegisters, entries, clkStart, clkEnd, name }: TraceChunk): void {
    if (clkStart < this.#clkReached) {
      throw new JitExecError(
        'TRACE_INVALID',
        `replay: expected clkStart of at least ${this.#clkReached}, got ${clkStart} in ${name}`,
      );
    }
    this.#clkReached = clkEnd;
    for (const [r, value] of startRegisters.entries()) this.#replay.memory.writeRegister(r, value);
    this.#replay.begin(entries, clkStart);
    this.#clkStart = clkStart;
    this.#ecalls = 0;
    this.#exitCode = undefined;
    this.#entered = false;
    this.#outside = undefined;
    this.#culprit = undefined;
    this.#refusal = undefined;
  }

  get #goesOn(): boolean {
    return this.#exitCode === undefined && this.#outside === undefined && this.#replay.mismatch === undefined;
  }

  /** Fuel up to the chunk's end, but not past a change of the clock's high word. */
  #grant(clk: number, clkEnd: number): void {
    const epoch = (Math.floor(clk / HIGH) + 1) * HIGH;
    const steps = Math.min(Math.ceil((Math.min(clkEnd, epoch) - clk) / CLK_PER_INSTRUCTION), MAX_SLICE);
    this.#clkAtEmpty = clk + CLK_PER_INSTRUCTION * steps;
    this.#control[CONTROL.fuel] = steps;
    this.#control[CONTROL.clkBase] = this.#clkAtEmpty | 0;
    this.#control[CONTROL.clkHi] = Math.floor(clk / HIGH);
  }

  #count(clk: number, clkStart: number): number {
    return (clk - clkStart) / CLK_PER_INSTRUCTION - ECALL_INSTRUCTIONS * this.#ecalls;
  }

  #checkEnd(chunk: TraceChunk, clk: number, stopped: boolean): void {
    const { entriesLeft } = this.#replay;
    const inBlock = stopped && this.#entered;
    if (this.#outside !== undefined && clk !== chunk.clkEnd) {
      this.#replay.fail('pc', 'an instruction of the program', `0x${this.#outside.toString(16)}`);
    } else if (clk !== chunk.clkEnd && !inBlock) {
      this.#replay.fail('clkEnd', `${clk}, where an instruction ends`, `${chunk.clkEnd}`);
    } else if (entriesLeft > 0 && !stopped) {
      this.#replay.fail(
        'numMemReads',
        `${chunk.numMemReads - entriesLeft}, as many as are read`,
        `${chunk.numMemReads}`,
      );
    }
  }

  #diverges(slot: number, clkStart: number): ReplayOutcome {
    // A refused access was not done; one whose entry does not agree was, and the interpreter is past it.
    const done = this.#refusal === undefined ? 1 : 0;
    const { pc, clk } = this.#culprit ?? {
      pc: this.#pcOf(slot - done),
      clk: this.#clkNow - CLK_PER_INSTRUCTION * done,
    };
    const instruction = this.#count(clk, clkStart);
    return { kind: 'diverges', divergence: { ...this.#replay.mismatch!, instruction, pc, clk } };
  }
}
