// System calls in a replay: the same rows as in execution, over memory from the entries of a chunk. What the host of the
// first run answered (inputs, hooks, unconstrained code) is not asked again.

import { HIGH } from '../../../../runtime/layout.ts';
import { type GuestMemory, UNMAPPED } from '../../../../runtime/memory/memory.ts';
import type { Hart } from '../../../engine/machine.ts';
import { ARGUMENTS, CALL, T0 } from '../abi.ts';
import { CycleSpans } from '../cycle-spans.ts';
import {
  type ArgumentIndex,
  type CycleTrackerAction,
  type PageHost,
  refuseRange,
  type SyscallHost,
  type SyscallOutcome,
} from '../syscalls/syscall-host.ts';
import { SYSCALL_NAMES, SYSCALLS } from '../syscalls/syscalls.ts';
import { write } from '../syscalls/write.ts';
import { PublicStream } from './public-stream.ts';
import type { ReplayMemory } from './replay-memory.ts';

/** Besides what a row of the system calls answers: done, the end, or a block that the trace has nothing of. */
export type ReplayedCall =
  | { readonly kind: 'goes on' | 'halted' | 'entered unconstrained' }
  | Extract<SyscallOutcome, { kind: 'trap' | 'sigReturn' | 'fault' | 'unsupported' }>;

const GOES_ON: ReplayedCall = { kind: 'goes on' };
/** Descriptors whose bytes a replay looks at: marks of cycles, public values. */
const LOOKED_AT = [1n, 13n];

export class ReplayHost implements SyscallHost {
  readonly isUnconstrained = false;
  readonly inputs: Uint8Array[] = [];
  readonly commitWords: Uint32Array = new Uint32Array(8);
  readonly deferredWords: Uint32Array = new Uint32Array(8);
  readonly #replay: ReplayMemory;
  readonly #memory: GuestMemory;
  readonly spans: CycleSpans = new CycleSpans();
  readonly public: PublicStream;
  pages: PageHost | undefined;
  /** Whether the outcome of the last call is with inputs or hooks. */
  asksHost = false;
  /** Unconstrained blocks so far. */
  blocks = 0;
  /** By code. */
  readonly #calls = new Map<number, number>();
  /** clk of the ecall in progress. */
  #clk = 0;
  #instructions = 0;

  constructor(replay: ReplayMemory) {
    this.#replay = replay;
    this.#memory = replay.memory;
    this.public = new PublicStream(replay);
  }

  /** Calls by name so far; those in unconstrained blocks are not among them. */
  get syscalls(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#calls].map(([code, count]) => [SYSCALL_NAMES.get(code) ?? `0x${code.toString(16)}`, count]),
    );
  }

  /**
   * Does the system call that t0 names, at clk `clk`, when `instructions` have been executed. `user` is the hart of a program
   * that runs untrusted code.
   */
  call(clk: number, instructions: number, user?: Hart['user']): ReplayedCall {
    this.#clk = clk;
    this.#instructions = instructions;
    this.pages = user && {
      untrusted: user.untrusted,
      check: (address, n, need, phase) => user.checkPages(address, n, need, clk + phase),
      set: (address, permission) => user.setPermission(address, permission, clk),
    };
    const code = Number(BigInt.asUintN(32, this.#memory.readRegister(T0)));
    this.asksHost =
      code === CALL.hintLen || code === CALL.hintRead || (code === CALL.write && !LOOKED_AT.includes(this.arg(0)));
    this.#calls.set(code, (this.#calls.get(code) ?? 0) + 1);
    switch (code) {
      case CALL.halt:
        return { kind: 'halted' };
      case CALL.write:
        return this.#write();
      case CALL.enterUnconstrained:
        this.blocks++;
        this.#memory.writeRegister(T0, 0n);
        return { kind: 'entered unconstrained' };
      case CALL.hintLen:
        this.#memory.writeRegister(T0, this.#replay.takeValue());
        return GOES_ON;
      case CALL.hintRead:
        return this.#hintRead();
      default:
        return this.#execute(code);
    }
  }

  /** What hooks answer comes as inputs do: it is in the entries. */
  #write(): ReplayedCall {
    if (!LOOKED_AT.includes(this.arg(0))) {
      this.#memory.writeRegister(T0, BigInt(CALL.write));
      return GOES_ON;
    }
    return this.#outcome(write(this));
  }

  #execute(code: number): ReplayedCall {
    const syscall = SYSCALLS.get(code);
    if (syscall === undefined) return { kind: 'fault', detail: `unknown system call 0x${code.toString(16)}` };
    return this.#outcome(syscall.execute(this));
  }

  #outcome(outcome: SyscallOutcome): ReplayedCall {
    if (outcome.kind === 'value') {
      this.#memory.writeRegister(T0, outcome.t0);
      return GOES_ON;
    }
    const isKnown = ['trap', 'sigReturn', 'fault', 'unsupported'].includes(outcome.kind);
    if (isKnown) return outcome as ReplayedCall;
    throw new Error(`bug in jit-exec: a replay cannot do ${outcome.kind}`);
  }

  #hintRead(): ReplayedCall {
    const length = this.arg(1);
    const bytes = 8n * (length / 8n + 1n);
    const refused = refuseRange('HINT_READ', this.arg(0), Number(bytes));
    if (refused !== undefined) return this.#outcome(refused);
    const address = Number(this.arg(0));
    for (let at = 0; at < Number(bytes) && this.#replay.mismatch === undefined; at += 8) {
      this.#replay.hint(this.#offset(address + at));
    }
    this.#memory.writeRegister(T0, BigInt(CALL.hintRead));
    return GOES_ON;
  }

  arg(index: ArgumentIndex): bigint {
    return this.#memory.readRegister(ARGUMENTS[index]);
  }

  address(index: ArgumentIndex): number {
    return Number(this.arg(index));
  }

  /** Area offset; where there is no place, any, after saying so. */
  #offset(address: number): number {
    const offset = this.#memory.translate((address % HIGH) | 0, Math.floor(address / HIGH));
    if (offset !== UNMAPPED) return offset;
    this.#replay.fail('memory', 'no more pages than a run may touch', `one at 0x${address.toString(16)}`);
    return 0;
  }

  read(address: number, n: number, phase: number, out: Int32Array): void {
    for (let i = 0; i < n; i++) {
      const offset = this.#take(address, i, out);
      this.#replay.stamp(offset, this.#clk + phase);
    }
  }

  readUnsafe(address: number, n: number, out: Int32Array): void {
    for (let i = 0; i < n; i++) this.#take(address, i, out);
  }

  #take(address: number, i: number, out: Int32Array): number {
    const offset = this.#offset(address + 8 * i);
    this.#replay.take(offset);
    out[2 * i] = this.#memory.i32[offset >> 2]!;
    out[2 * i + 1] = this.#memory.i32[(offset >> 2) + 1]!;
    return offset;
  }

  write(address: number, n: number, phase: number, data: Int32Array): void {
    const words = this.#memory.i32;
    for (let i = 0; i < n; i++) {
      const offset = this.#offset(address + 8 * i);
      this.#replay.take(offset);
      words[offset >> 2] = data[2 * i]!;
      words[(offset >> 2) + 1] = data[2 * i + 1]!;
      this.#replay.stamp(offset, this.#clk + phase);
      // What was written, which the replay knows.
      this.#replay.take(offset);
    }
  }

  readBytes(address: number, length: number): Uint8Array {
    return this.#memory.peekBytes(address, length);
  }

  cycleTracker(action: CycleTrackerAction, name: string): void {
    this.spans.mark(action, name, this.#instructions);
  }

  publicValues(bytes: Uint8Array, address: number): void {
    this.public.push(bytes, address);
  }

  writeHint(): void {}
  traceValue(): void {}
  stdout(): void {}
  stderr(): void {}
}
