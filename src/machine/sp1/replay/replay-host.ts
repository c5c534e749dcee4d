// System calls in a replay: the same rows as in execution, over memory from the entries of a chunk. What the host of the
// first run answered (inputs, hooks, unconstrained code) is not asked again.

import { type GuestMemory, UNMAPPED } from '../../../../runtime/memory/memory.ts';
import { type ArgumentIndex, refuseRange, type SyscallHost } from '../syscalls/syscall-host.ts';
import { SYSCALLS } from '../syscalls/syscalls.ts';
import type { ReplayMemory } from './replay-memory.ts';

const HIGH = 4294967296;
const T0 = 5;
const ARGUMENTS = [10, 11, 12, 13, 14] as const;
const HALT = 0x00;
const WRITE = 0x02;
const ENTER_UNCONSTRAINED = 0x03;
const HINT_LEN = 0xf0;
const HINT_READ = 0xf1;

export type ReplayedCall = 'goes on' | 'halted' | 'entered unconstrained';

export class ReplayHost implements SyscallHost {
  readonly isUnconstrained = false;
  readonly inputs: Uint8Array[] = [];
  readonly commitWords: Uint32Array = new Uint32Array(8);
  readonly deferredWords: Uint32Array = new Uint32Array(8);
  readonly #replay: ReplayMemory;
  readonly #memory: GuestMemory;
  /** clk of the ecall in progress. */
  #clk = 0;

  constructor(replay: ReplayMemory) {
    this.#replay = replay;
    this.#memory = replay.memory;
  }

  /** Does the system call that t0 names, at clk `clk`. */
  call(clk: number): ReplayedCall {
    this.#clk = clk;
    const code = Number(BigInt.asUintN(32, this.#memory.readRegister(T0)));
    switch (code) {
      case HALT:
        return 'halted';
      case WRITE:
        return 'goes on';
      case ENTER_UNCONSTRAINED:
        this.#memory.writeRegister(T0, 0n);
        return 'entered unconstrained';
      case HINT_LEN:
        this.#memory.writeRegister(T0, this.#replay.takeValue());
        return 'goes on';
      case HINT_READ:
        this.#hintRead();
        break;
      default:
        this.#execute(code);
    }
    return 'goes on';
  }

  #execute(code: number): void {
    const syscall = SYSCALLS.get(code);
    const outcome = syscall?.execute(this);
    if (outcome?.kind === 'value') {
      this.#memory.writeRegister(T0, outcome.t0);
      return;
    }
    const name = syscall?.name ?? `0x${code.toString(16)}`;
    const found = outcome?.kind === 'fault' ? outcome.detail : `${name}, which cannot be`;
    this.#replay.fail('system call', 'one that succeeds', found);
  }

  #hintRead(): void {
    const length = this.arg(1);
    const bytes = 8n * (length / 8n + 1n);
    const refused = refuseRange('HINT_READ', this.arg(0), Number(bytes));
    if (refused?.kind === 'fault') {
      this.#replay.fail('system call', 'one that succeeds', refused.detail);
      return;
    }
    const address = Number(this.arg(0));
    for (let at = 0; at < Number(bytes) && this.#replay.mismatch === undefined; at += 8) {
      this.#replay.hint(this.#offset(address + at));
    }
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

  /** Only called for what is not replayed. */
  readBytes(_address: number, length: number): Uint8Array {
    return new Uint8Array(length);
  }

  writeHint(): void {}
  traceValue(): void {}
  stdout(): void {}
  stderr(): void {}
  publicValues(): void {}
}
