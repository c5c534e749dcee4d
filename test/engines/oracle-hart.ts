// The oracle's hart: registers and memory, the clock, and what system calls do to them.

import { type OracleState, readMemory, writeMemory } from '../../codegen/isa/evaluate.ts';
import type { Exit } from '../../runtime/exit.ts';
import { type SyscallHost, sp1Syscall } from '../../src/machine/sp1/syscalls/syscalls.ts';
import { OracleTrace } from './oracle-trace.ts';
import { type Setup, systemCall } from './test-machine.ts';

const CLK_PER_INSTRUCTION = 8;
const CLK_PER_ECALL = 256;
const MOST_WRITTEN = 2 ** 16;
const T0 = 5;
const A0 = 10;

/** Bytes by address, which can be put back as they were. */
export class UndoableMemory extends Map<bigint, number> {
  #old: (readonly [bigint, number | undefined])[] | undefined;

  override set(address: bigint, byte: number): this {
    this.#old?.push([address, this.get(address)]);
    return super.set(address, byte);
  }

  startLog(): void {
    this.#old = [];
  }

  undo(): void {
    for (const [address, byte] of this.#old!.reverse()) {
      if (byte === undefined) this.delete(address);
      else super.set(address, byte);
    }
    this.#old = undefined;
  }
}

interface Saved {
  readonly registers: readonly bigint[];
  readonly pc: bigint;
  readonly clkOffset: number;
  readonly instructions: number;
}

export class OracleHart {
  readonly state: OracleState & { readonly memory: UndoableMemory };
  readonly setup: Setup;
  readonly trace: OracleTrace | undefined;
  readonly #sp1: SyscallHost;
  #clkOffset: number;
  #uncounted = 0;
  #saved: Saved | undefined;
  /** Entries of the chunk in which unconstrained execution was last entered; -1 in another chunk. */
  #entriesAtEnter = -1;
  /** Instructions done, an ecall in progress included. */
  instructions = 0;

  readonly accesses: [address: number, instructions: number][] = [];

  constructor(state: OracleHart['state'], setup: Setup, threshold: number | undefined) {
    this.state = state;
    this.setup = setup;
    this.#clkOffset = setup.machine === 'sp1' ? 1 : 0;
    this.trace = threshold === undefined ? undefined : new OracleTrace(state, threshold, this.#clkOffset);
    this.#sp1 = this.#host();
  }

  get isUnconstrained(): boolean {
    return this.#saved !== undefined;
  }

  get #clk(): number {
    return this.#clkOffset + CLK_PER_INSTRUCTION * this.instructions;
  }

  /** Whether the last chunk has no entry since unconstrained execution was entered, so that it does not tell of its end. */
  get endsAtEntry(): boolean {
    return this.#entriesAtEnter >= 0 && this.trace?.entries === this.#entriesAtEnter;
  }

  /** Called before a load or store is done. */
  access(address: bigint): void {
    if (this.isUnconstrained) return;
    this.accesses.push([Number(address - (address % 8n)), this.instructions]);
    this.trace?.record(address);
    this.trace?.stamp(address, this.#clk + 1);
  }

  /** Called after each instruction. */
  endFullChunk(): void {
    if (this.trace?.isFull) this.endChunk();
  }

  endChunk(): void {
    this.#entriesAtEnter = -1;
    this.trace?.end(this.#clk, this.instructions - this.#uncounted);
  }

  /** Does the ecall at pc, which is counted already; the exit where the run ends by it. Throws RangeError for one of seconds. */
  call(): Exit | undefined {
    return this.setup.machine === 'sp1' ? this.#sp1Call() : this.#testCall();
  }

  #enter(): void {
    this.#entriesAtEnter = this.trace?.entries ?? -1;
    const { registers, memory, pc } = this.state;
    memory.startLog();
    this.#saved = {
      registers: [...registers],
      pc,
      clkOffset: this.#clkOffset,
      instructions: this.instructions,
    };
  }

  #leave(): Saved {
    const saved = this.#saved!;
    const { registers, memory } = this.state;
    registers.splice(0, 32, ...saved.registers);
    memory.undo();
    this.state.pc = saved.pc;
    this.#saved = undefined;
    return saved;
  }

  #testCall(): Exit | undefined {
    const { state } = this;
    const caller = {
      instructions: this.instructions,
      pc: Number(state.pc),
      isUnconstrained: this.isUnconstrained,
      read: (r: number) => state.registers[r]!,
      write: (r: number, value: bigint) => {
        state.registers[r] = BigInt.asUintN(state.xlen, value);
      },
      enter: () => this.#enter(),
      leave: () => void this.#leave(),
    };
    const result = systemCall(caller, this.setup.alignedOnly);
    if (result === undefined) state.pc += 4n;
    return result;
  }

  #sp1Call(): Exit | undefined {
    const { state } = this;
    const { pc } = state;
    const outcome = sp1Syscall(this.#sp1, Number(BigInt.asUintN(32, state.registers[T0]!)));
    switch (outcome.kind) {
      case 'value':
        state.registers[T0] = outcome.t0;
        break;
      case 'halt':
        this.#clkOffset += CLK_PER_ECALL;
        return { kind: 'halted', code: outcome.code, pc };
      case 'fault': {
        const address = outcome.address === undefined ? {} : { address: outcome.address };
        return { kind: 'fault', cause: 'syscall', pc, detail: outcome.detail, ...address };
      }
      case 'unsupported':
        return { kind: 'unsupported', feature: outcome.feature, pc };
      case 'enterUnconstrained':
        this.#enter();
        state.registers[T0] = 1n;
        break;
      case 'exitUnconstrained': {
        // All since the entry counts as that one ecall.
        const { clkOffset, instructions } = this.#leave();
        const undone = this.instructions - instructions;
        this.#uncounted += undone;
        this.#clkOffset = clkOffset - CLK_PER_INSTRUCTION * undone;
        state.registers[T0] = 0n;
        break;
      }
      default:
        throw new Error(`programs here run no untrusted code: ${outcome.kind}`);
    }
    this.#clkOffset += CLK_PER_ECALL;
    state.pc += 4n;
    return undefined;
  }

  #host(): SyscallHost {
    const hart = this;
    const { state, trace } = this;
    const granules = (address: number, n: number): bigint[] =>
      Array.from({ length: n }, (_, i) => BigInt(address + 8 * i));
    const clkOfCall = (): number => this.#clk - CLK_PER_INSTRUCTION;
    const read = (address: number, n: number, out: Int32Array): void => {
      for (const [i, at] of granules(address, n).entries()) {
        trace?.record(at);
        out[2 * i] = Number(BigInt.asIntN(32, readMemory(state, at, 4)));
        out[2 * i + 1] = Number(BigInt.asIntN(32, readMemory(state, at + 4n, 4)));
      }
    };
    const stamp = (address: number, n: number, clk: number): void => {
      for (const at of granules(address, n)) trace?.stamp(at, clk);
    };
    const discard = (): void => undefined;
    return {
      get isUnconstrained() {
        return hart.isUnconstrained;
      },
      inputs: [...this.setup.inputs],
      commitWords: new Uint32Array(8),
      deferredWords: new Uint32Array(8),
      arg: i => state.registers[A0 + i]!,
      address: i => Number(state.registers[A0 + i]!),
      readUnsafe: read,
      read: (address, n, phase, out) => {
        read(address, n, out);
        stamp(address, n, clkOfCall() + phase);
      },
      write: (address, n, phase, words) => {
        for (const [i, at] of granules(address, n).entries()) {
          trace?.record(at);
          writeMemory(state, at, 4, BigInt.asUintN(32, BigInt(words[2 * i]!)));
          writeMemory(state, at + 4n, 4, BigInt.asUintN(32, BigInt(words[2 * i + 1]!)));
          trace?.stamp(at, clkOfCall() + phase);
          trace?.record(at);
        }
      },
      readBytes: (address, length) => {
        if (length > MOST_WRITTEN) throw new RangeError(`a WRITE of ${length} bytes takes too long`);
        return Uint8Array.from({ length }, (_, i) => Number(readMemory(state, BigInt(address + i), 1)));
      },
      writeHint: (address, bytes) => {
        const n = Math.floor(bytes.length / 8) + 1;
        for (let i = 0; i < 8 * n; i++) writeMemory(state, BigInt(address + i), 1, BigInt(bytes[i] ?? 0));
        stamp(address, n, 0);
      },
      traceValue: (clk, value) => trace?.append(clk, value),
      stdout: discard,
      stderr: discard,
      publicValues: discard,
    };
  }
}
