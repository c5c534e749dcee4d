// The verb: runs the instructions of a chunk again from what the chunk says, and compares what it says with what happens.
// The interpreter is the executor's; loads, stores and system calls take their memory from the entries.

import { isa } from '../../../../codegen/isa/index.ts';
import { makeText, predecode, SLOT_WORDS, type Text } from '../../../../codegen/program/predecode.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { arithmetic64 } from '../../../../runtime/arithmetic.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { FAULT_CAUSES, type FaultCause } from '../../../../runtime/exit.ts';
import { CONTROL } from '../../../../runtime/layout.ts';
import { slowAccess } from '../../../../runtime/memory/slow-access.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import { guestViews } from '../../../engine/guest-views.ts';
import { type Interpret, makeInterpreter } from '../../../engine/interpreters.ts';
import { type Guest, makeMachine } from '../../guest.ts';
import { sp1UserMode } from '../elf.ts';
import { ReplayHost } from './replay-host.ts';
import { type Mismatch, type ReplayHistory, ReplayMemory } from './replay-memory.ts';

export type { Mismatch, ReplayHistory } from './replay-memory.ts';

const HALT_PC = 1;
/** An ecall takes the clk of so many more instructions. */
const ECALL_EXTRA = 32;
const HIGH = 4294967296;
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
  /** Low word of a0 where the guest halted. */
  readonly exitCode: number | undefined;
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
}

export interface ChunkEnding {
  /** The run stopped there without halting: entries of the instruction that failed may follow. */
  readonly stopped?: boolean;
}

/**
 * Replays chunks of one run in ascending order, gaps allowed with history `chunk`. Programs that run untrusted code, whose
 * traces have page permissions besides, are refused with ELF_UNSUPPORTED.
 */
export class Replayer {
  readonly #replay: ReplayMemory;
  readonly #host: ReplayHost;
  readonly #text: Text;
  readonly #slots: Int32Array;
  readonly #control: Int32Array;
  readonly #interpret: Interpret;
  /** clk at which the fuel granted is used up. */
  #clkAtEmpty = 0;
  /** End of the last chunk: older stamps must stay distinguishable from this chunk's. */
  #clkReached = 0;
  #ecalls = 0;
  #exitCode: number | undefined;
  #entered = false;
  #isRefused = false;
  /** The instruction that does not agree, unless it is an access that was completed. */
  #culprit: { readonly pc: number; readonly clk: number } | undefined;
  /** Jump target outside the text. */
  #outside: number | undefined;

  constructor(guest: Guest, { history }: ReplayOptions) {
    if (guest.machine !== 'sp1') {
      throw new JitExecError('ELF_UNSUPPORTED', `replay: the machine ${guest.machine} has no trace chunks`);
    }
    if (sp1UserMode(guest.elf) !== undefined) {
      throw new JitExecError('ELF_UNSUPPORTED', 'replay: programs that run untrusted code are not supported yet');
    }
    const machine = makeMachine(guest, {});
    this.#replay = new ReplayMemory(machine.memoryPlan(true), history);
    this.#host = new ReplayHost(this.#replay);
    this.#control = this.#replay.memory.control;
    const { program } = guest;
    this.#text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i));
    this.#slots = new Int32Array((this.#text.slots + 2) * SLOT_WORDS);
    this.#interpret = makeInterpreter(this.#text.isa, { hot: false, traced: true }, this.#abi());
    if (history === 'run') {
      const { memory } = this.#replay;
      const never = (): never => {
        throw new Error('bug in jit-exec: a machine that only starts was asked for more');
      };
      machine.start({
        memory,
        tracer: undefined,
        instructions: 0,
        pc: 0,
        enterUnconstrained: never,
        leaveUnconstrained: never,
      });
    }
    // The interpreter leaves after an access with which a chunk would be full.
    this.#replay.onMismatch = () => {
      this.#control[CONTROL.traceLimit] = 0;
    };
  }

  #abi(): Record<string, unknown> {
    const { memory } = this.#replay;
    const fault = (cause: FaultCause, lo: number, hi: number): void => {
      const address = (hi >>> 0) * HIGH + (lo >>> 0);
      this.#isRefused = true;
      this.#replay.fail('instruction', 'one that completes', `${FAULT_CAUSES[cause]} 0x${address.toString(16)}`);
    };
    const refuse = (slot: number, cause: FaultCause): number => {
      this.#culprit = { pc: this.#pcOf(slot), clk: this.#clkNow };
      this.#replay.fail('instruction', 'one that completes', FAULT_CAUSES[cause]);
      return slot;
    };
    const outside = (lo: number, hi: number): number => this.#slotAt(lo, hi);
    return {
      ...guestViews(memory, this.#text, undefined),
      P: this.#slots,
      H: new Int32Array(0),
      HOT: 0,
      ...arithmetic64(memory.control),
      ...slowAccess({ memory, xlen: 64, alignedOnly: true, fault, touch: this.#replay.touch }),
      touch: this.#replay.touch,
      decode: (slot: number) => predecode(this.#text, slot, this.#slots),
      ecall: (slot: number) => this.#ecall(slot),
      breakpoint: (slot: number) => refuse(slot, 'breakpoint'),
      illegal: (slot: number) => refuse(slot, 'illegal-instruction'),
      fetchFault: (lo: number) => outside(lo, 0),
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
    const outcome = this.#host.call(clk);
    if (this.#replay.mismatch !== undefined) {
      this.#culprit = { pc: this.#pcOf(slot), clk };
      return ~slot;
    }
    this.#ecalls++;
    this.#control[CONTROL.fuel]! -= ECALL_EXTRA;
    if (outcome === 'halted') {
      this.#exitCode = this.#control[2 * 10]! | 0;
      return ~slot;
    }
    this.#entered = outcome === 'entered unconstrained' && this.#replay.entriesLeft === 0;
    return this.#entered ? ~(slot + 1) : slot + 1;
  }

  /** Runs the chunk from its start to its end. */
  replay(chunk: TraceChunk, { stopped = false }: ChunkEnding = {}): ReplayOutcome {
    this.#begin(chunk);
    const { clkStart, clkEnd } = chunk;
    let slot = this.#slotAt(chunk.pcStart | 0, Math.floor(chunk.pcStart / HIGH));
    let clk = clkStart;
    while (clk < clkEnd && this.#goesOn) {
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
    return {
      kind: 'agrees',
      end: { registers, pc, clk, instructions: this.#count(clk, clkStart), exitCode: this.#exitCode },
    };
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
    this.#control[CONTROL.traceTail] = 0;
    this.#control[CONTROL.traceLimit] = 1;
    this.#ecalls = 0;
    this.#exitCode = undefined;
    this.#entered = false;
    this.#outside = undefined;
    this.#culprit = undefined;
    this.#isRefused = false;
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
    this.#replay.clkBase = this.#clkAtEmpty | 0;
    this.#replay.clkHigh = Math.floor(clk / HIGH);
  }

  #count(clk: number, clkStart: number): number {
    return (clk - clkStart) / CLK_PER_INSTRUCTION - ECALL_EXTRA * this.#ecalls;
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
    const done = this.#isRefused ? 0 : 1;
    const { pc, clk } = this.#culprit ?? {
      pc: this.#pcOf(slot - done),
      clk: this.#clkNow - CLK_PER_INSTRUCTION * done,
    };
    const instruction = this.#count(clk, clkStart);
    return { kind: 'diverges', divergence: { ...this.#replay.mismatch!, instruction, pc, clk } };
  }
}
