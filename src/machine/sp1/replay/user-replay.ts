// Replays the chunks of a program that runs untrusted code, all of a run in order: its executor runs again over a tracer that
// takes entries and compares, instead of making them.

import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import type { Exit } from '../../../../runtime/exit.ts';
import { CONTROL, HIGH } from '../../../../runtime/layout.ts';
import type { GuestMemory } from '../../../../runtime/memory/memory.ts';
import type { TraceChunk } from '../../../../runtime/trace/chunk.ts';
import type { Inlined, RunObserver } from '../../../../runtime/trace/observer.ts';
import { Tracer } from '../../../../runtime/trace/tracer.ts';
import type { ExecutorOptions } from '../../../engine/execution.ts';
import { type EcallResult, type Hart, type Machine, noInput } from '../../../engine/machine.ts';
import { ARGUMENTS, CLK_START, ECALL_INSTRUCTIONS, HALT_PC } from '../abi.ts';
import type { Sp1Version, UserMode } from '../elf.ts';
import { type Sp1Guest, Sp1Machine } from '../machine.ts';
import { goElsewhere } from '../user/go-elsewhere.ts';
import { UserExecutor } from '../user/user-executor.ts';
import type { Attempt, ChunkEnding, ReplayOutcome, RunReplayer } from './replay.ts';
import { ReplayHost } from './replay-host.ts';
import { ReplayMemory, WINDOW_BYTES, WINDOW_ENTRIES } from './replay-memory.ts';

const NOWHERE = { acquire: () => 0, publish: () => undefined };

/** Takes entries and compares where a tracer would append them; stamps as it does. */
class EntryTaker implements RunObserver {
  readonly inlined: Inlined;
  readonly #replay: ReplayMemory;
  readonly #tracer: Tracer;

  constructor(replay: ReplayMemory) {
    this.#replay = replay;
    this.#tracer = new Tracer(replay.memory, WINDOW_ENTRIES, NOWHERE);
    this.inlined = this.#tracer.inlined;
  }

  /** Looked at between runs of the interpreter, which leaves where the entries at hand end. Chunks end elsewhere. */
  get isFull(): boolean {
    const { memory, mismatch } = this.#replay;
    const { control } = memory;
    this.#replay.fill();
    if (mismatch !== undefined) control[CONTROL.fuel] = 0;
    // Instructions without entries may follow the last one.
    else if (this.#replay.entriesLeft === 0) control[CONTROL.traceLimit] = control[CONTROL.traceTail]! + 1;
    return false;
  }

  begin(): void {}

  end(): void {}

  block(): void {}

  call(): void {}

  room(clk: number): number {
    return this.#tracer.room(clk);
  }

  append(clkLow: number, clkHigh: number, low: number, high: number): void {
    this.#replay.takePair(clkLow, clkHigh, low, high);
  }

  record(offset: number): void {
    this.#replay.take(offset);
  }

  stamp(offset: number, clkLow: number, clkHigh: number): void {
    this.#tracer.stamp(offset, clkLow, clkHigh);
  }

  touch(offset: number, fuel: number): void {
    this.#replay.take(offset);
    this.#tracer.stampNow(offset, fuel);
  }
}

/** The machine of a run that happens again: what inputs and hooks answered is in the entries. */
class ReplayMachine implements Machine {
  readonly name = 'sp1';
  readonly isa = 'rv64im';
  readonly alignedOnly = true;
  readonly syscalls: Record<string, number> = {};
  readonly publicBytes: Uint8Array = new Uint8Array(0);
  readonly clkOffset = CLK_START;
  host: ReplayHost | undefined;
  ecalls = 0;
  /** Of the system call in progress or the last one. */
  pc = 0;
  hasEnteredBlock = false;
  /** A system call, which is counted already, is in progress. */
  isCalling = false;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  refuses(instruction: Parameters<Machine['refuses']>[0]): boolean {
    return this.#machine.refuses(instruction);
  }

  memoryPlan(): ReturnType<Machine['memoryPlan']> {
    return this.#machine.memoryPlan();
  }

  start(hart: Hart): void {
    // The image is no access.
    this.#machine.start({ ...hart, memory: hart.memory, observer: undefined } as Hart);
  }

  ecall(hart: Hart): EcallResult {
    const { memory } = hart;
    const clk = CLK_START + CLK_PER_INSTRUCTION * (hart.instructions - 1);
    this.pc = hart.pc;
    this.isCalling = true;
    const outcome = this.host!.call(clk, hart.instructions - ECALL_INSTRUCTIONS * this.ecalls, hart.user);
    this.isCalling = false;
    this.hasEnteredBlock = outcome.kind === 'entered unconstrained';
    const pc = BigInt(hart.pc);
    switch (outcome.kind) {
      case 'fault': {
        const address = outcome.address === undefined ? {} : { address: outcome.address };
        return { kind: 'fault', cause: 'syscall', pc, detail: outcome.detail, ...address };
      }
      case 'unsupported':
        return { kind: 'unsupported', feature: outcome.feature, pc };
      case 'trap':
      case 'sigReturn': {
        const refused = goElsewhere(outcome, hart, clk);
        if (refused !== undefined) return refused;
        break;
      }
    }
    this.ecalls++;
    memory.control[CONTROL.fuel]! -= ECALL_INSTRUCTIONS;
    return outcome.kind === 'halted'
      ? { kind: 'halted', code: memory.control[CONTROL.registers + 2 * ARGUMENTS[0]]! >>> 0, pc }
      : undefined;
  }
}

export class UserReplayer implements RunReplayer {
  readonly host: ReplayHost;
  readonly #replay: ReplayMemory;
  readonly #machine: ReplayMachine;
  readonly #executor: UserExecutor;
  readonly #budget: { -readonly [K in keyof ExecutorOptions]: ExecutorOptions[K] };
  /** Where the first entry that does not agree was taken. */
  #culprit: { readonly pc: number; readonly clk: number; readonly ecalls: number } | undefined;

  constructor({ elf, program }: Sp1Guest, mode: UserMode, version: Sp1Version | undefined) {
    this.#machine = new ReplayMachine(new Sp1Machine(noInput(elf, program, version)));
    let replay: ReplayMemory | undefined;
    const make = (memory: GuestMemory): RunObserver => {
      replay = new ReplayMemory(memory, 'run');
      return new EntryTaker(replay);
    };
    const observe = { needs: { stamps: true, window: WINDOW_BYTES }, make };
    this.#budget = { maxCycles: 0, engine: 'interpreter', observe };
    this.#executor = new UserExecutor(program, this.#machine, mode, this.#budget);
    this.#replay = replay!;
    this.host = new ReplayHost(this.#replay);
    this.#machine.host = this.host;
    this.#replay.onMismatch = () => this.#stop();
  }

  get #clk(): number {
    return CLK_START + CLK_PER_INSTRUCTION * this.#executor.instructions;
  }

  get #pc(): number {
    const { control } = this.#executor.memory;
    return (control[CONTROL.pcHi]! >>> 0) * HIGH + (control[CONTROL.pcLo]! >>> 0);
  }

  /** The instruction in progress has not been counted, unless it is a system call. */
  #stop(): void {
    const { control } = this.#executor.memory;
    const { ecalls, isCalling } = this.#machine;
    this.#culprit = { pc: this.#pc, clk: this.#clk - (isCalling ? CLK_PER_INSTRUCTION : 0), ecalls };
    this.#machine.isCalling = false;
    control[CONTROL.traceLimit] = 0;
    this.#budget.maxCycles = 0;
    control[CONTROL.fuel] = 0;
  }

  replay(chunk: TraceChunk, { stopped = false }: ChunkEnding = {}): ReplayOutcome {
    const { clkStart, clkEnd } = chunk;
    const replay = this.#replay;
    const callsBefore = this.#machine.ecalls;
    replay.begin(chunk.entries, clkStart);
    this.#budget.maxCycles = Math.ceil((clkEnd - CLK_START) / CLK_PER_INSTRUCTION);
    this.#machine.hasEnteredBlock = false;
    const exit = this.#executor.advance();
    const clk = this.#clk;
    const calls = this.#machine.ecalls - callsBefore;
    const instructions = (clk - clkStart) / CLK_PER_INSTRUCTION - ECALL_INSTRUCTIONS * calls;
    const isInBlock = stopped && this.#machine.hasEnteredBlock && replay.entriesLeft === 0 && clk < clkEnd;
    if (replay.mismatch === undefined && !isInBlock) this.#checkEnd(chunk, exit, clk, stopped);
    if (replay.mismatch !== undefined) {
      const { pc, clk: at, ecalls } = this.#culprit!;
      const instruction = (at - clkStart) / CLK_PER_INSTRUCTION - ECALL_INSTRUCTIONS * (ecalls - callsBefore);
      return { kind: 'diverges', divergence: { ...replay.mismatch, instruction, pc, clk: at } };
    }
    const isHalted = exit.kind === 'halted';
    const registers = BigUint64Array.from({ length: 32 }, (_, r) => replay.memory.readRegister(r));
    const pc = isHalted ? HALT_PC : this.#pc;
    const exitPc = isHalted ? Number(exit.pc) : pc;
    const exitCode = isHalted ? exit.code : undefined;
    return { kind: 'agrees', end: { registers, pc, clk, instructions, exitCode, exitPc, isInBlock } };
  }

  #checkEnd({ clkEnd, numMemReads }: TraceChunk, exit: Exit, clk: number, stopped: boolean): void {
    const replay = this.#replay;
    if (exit.kind === 'fault') replay.fail('instruction', 'one that completes', exit.detail ?? exit.cause);
    else if (exit.kind === 'unsupported') replay.fail('instruction', 'one that completes', exit.feature);
    else if (clk !== clkEnd) replay.fail('clkEnd', `${clk}, where an instruction ends`, `${clkEnd}`);
    else if (replay.entriesLeft > 0 && !stopped) {
      replay.fail('numMemReads', `${numMemReads - replay.entriesLeft}, as many as are read`, `${numMemReads}`);
    }
  }

  attempt(): Attempt {
    this.host.asksHost = false;
    this.#budget.maxCycles = this.#executor.instructions + 1;
    const exit = this.#executor.advance();
    const refusal = exit.kind === 'fault' || exit.kind === 'unsupported' ? exit : undefined;
    return { refusal, asksHost: this.host.asksHost };
  }
}
