// The `sp1` machine: RV64IM with SP1 6's memory map, clock and system calls.

import type { Elf } from '../../../codegen/elf/elf.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import type { Program } from '../../../codegen/program/program.ts';
import { CLK_PER_INSTRUCTION } from '../../../runtime/abi.ts';
import { CONTROL, HIGH } from '../../../runtime/layout.ts';
import { UNMAPPED } from '../../../runtime/memory/memory.ts';
import type { CycleSpan, EcallResult, Hart, Machine, MachineInput, SpanTotal } from '../../engine/machine.ts';
import { ByteSink } from '../byte-sink.ts';
import { ADDRESS_LIMIT, ARGUMENTS, CLK_OF_ECALL, CLK_START, STACK_TOP, T0 } from './abi.ts';
import { CycleSpans } from './cycle-spans.ts';
import { checkSp1Elf, DEFAULT_SP1_VERSION, type Sp1Version, sp1MemoryImage } from './elf.ts';
import type { ArgumentIndex, CycleTrackerAction, PageHost, SyscallHost } from './syscalls/syscall-host.ts';
import { SYSCALL_NAMES, sp1Syscall } from './syscalls/syscalls.ts';
import { goElsewhere } from './user/go-elsewhere.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** The stack's 128 MiB below STACK_TOP, then image and heap. */
const WINDOW_BASE = 0x7000_0000;
const WINDOW_BITS = 30;
/** The input region of guests with the embedded allocator. */
const FAR_BASE = 0x1c_0000_0000;
const FAR_BYTES = 384 * MIB;
const POOL_BYTES = 100 * MIB;

/** A program that this machine takes. */
export interface Sp1Guest {
  readonly elf: Elf;
  readonly machine: 'sp1';
  readonly program: Program;
}

export class Sp1Machine implements Machine, SyscallHost {
  readonly name = 'sp1';
  readonly isa = 'rv64im';
  readonly alignedOnly = true;
  readonly version: Sp1Version;
  readonly inputs: Uint8Array[];
  readonly commitWords: Uint32Array = new Uint32Array(8);
  readonly deferredWords: Uint32Array = new Uint32Array(8);
  /** Of a traced run, the inputs that HINT_READ stored. */
  readonly hinted: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  clkOffset: number = CLK_START;
  uncounted = 0;
  readonly #input: MachineInput;
  readonly #public: ByteSink = new ByteSink();
  /** By code. */
  readonly #calls = new Map<number, number>();
  readonly #spans: CycleSpans;
  #hart!: Hart;
  #pages: PageHost | undefined;
  /** clk of the ecall in progress. */
  #clk = 0;
  #entered: { readonly clkOffset: number; readonly instructions: number } | undefined;

  constructor(input: MachineInput) {
    checkSp1Elf(input.elf);
    this.#input = input;
    this.#spans = new CycleSpans(input.onSpan);
    this.version = input.sp1Version ?? DEFAULT_SP1_VERSION;
    this.inputs = input.inputs.map(bytes => bytes);
  }

  get stackTop(): number {
    return STACK_TOP;
  }

  get imageEnd(): number {
    return Math.max(...this.#input.elf.segments.map(({ address, memoryBytes }) => address + memoryBytes));
  }

  /** SP1's executor treats a fence as not implemented. */
  refuses(instruction: Instruction): boolean {
    return instruction.row.effect.kind === 'fence';
  }

  memoryPlan(): ReturnType<Machine['memoryPlan']> {
    return {
      windowBase: WINDOW_BASE,
      windowBits: WINDOW_BITS,
      farBase: FAR_BASE,
      farBytes: FAR_BYTES,
      areaBytes: GIB + FAR_BYTES + POOL_BYTES,
      addressFloor: 0,
      addressLimit: ADDRESS_LIMIT,
      protectedStart: 0,
      protectedEnd: 0,
      maxPoolBytes: POOL_BYTES,
      maxBytes: this.#input.maxMemory,
    };
  }

  start(hart: Hart): void {
    this.#hart = hart;
    for (const { address, bytes } of sp1MemoryImage(this.#input.elf, this.version))
      hart.memory.writeBytes(address, bytes);
  }

  /** Outside of unconstrained execution. */
  save(): () => void {
    const { clkOffset, uncounted } = this;
    const [inputs, calls, hinted] = [[...this.inputs], [...this.#calls], this.hinted.length];
    const [commitWords, deferredWords] = [this.commitWords.slice(), this.deferredWords.slice()];
    const restorers = [this.#public.save(), this.#spans.save()];
    return () => {
      this.clkOffset = clkOffset;
      this.uncounted = uncounted;
      this.inputs.splice(0, this.inputs.length, ...inputs);
      this.hinted.length = hinted;
      this.#calls.clear();
      for (const [code, count] of calls) this.#calls.set(code, count);
      this.commitWords.set(commitWords);
      this.deferredWords.set(deferredWords);
      this.#entered = undefined;
      for (const restore of restorers) restore();
    };
  }

  ecall(hart: Hart): EcallResult {
    const { memory } = hart;
    const code = memory.control[CONTROL.registers + 2 * T0]! >>> 0;
    this.#calls.set(code, (this.#calls.get(code) ?? 0) + 1);
    this.#clk = this.clkOffset + CLK_PER_INSTRUCTION * (hart.instructions - 1);
    const outcome = sp1Syscall(this, code);
    const pc = BigInt(hart.pc);
    switch (outcome.kind) {
      case 'value':
        memory.writeRegister(T0, outcome.t0);
        break;
      case 'halt':
        this.clkOffset += CLK_OF_ECALL;
        return { kind: 'halted', code: outcome.code, pc };
      case 'fault': {
        const address = outcome.address === undefined ? {} : { address: outcome.address };
        return memory.exhausted
          ? { kind: 'limit', limit: 'memory', pc }
          : { kind: 'fault', cause: 'syscall', pc, detail: outcome.detail, ...address };
      }
      case 'stopped':
        return hart.stopRequest();
      case 'unsupported':
        return { kind: 'unsupported', feature: outcome.feature, pc };
      case 'enterUnconstrained':
        this.#entered = { clkOffset: this.clkOffset, instructions: hart.instructions };
        hart.enterUnconstrained();
        memory.writeRegister(T0, 1n);
        break;
      case 'exitUnconstrained':
        this.#leave(hart);
        return undefined;
      case 'trap':
      case 'sigReturn': {
        const refused = goElsewhere(outcome, hart, this.#clk);
        if (refused !== undefined) return refused;
        break;
      }
    }
    this.clkOffset += CLK_OF_ECALL;
    return undefined;
  }

  /** Everything since the entry counts as that one ecall, of 264 clk. */
  #leave(hart: Hart): void {
    const { clkOffset, instructions } = this.#entered!;
    const undone = hart.instructions - instructions;
    this.clkOffset = clkOffset + CLK_OF_ECALL - CLK_PER_INSTRUCTION * undone;
    this.uncounted += undone;
    this.#entered = undefined;
    hart.leaveUnconstrained();
    hart.memory.writeRegister(T0, 0n);
  }

  get pages(): PageHost | undefined {
    const { user } = this.#hart;
    if (user === undefined) return undefined;
    this.#pages ??= {
      untrusted: user.untrusted,
      check: (address, n, need, phase) => user.checkPages(address, n, need, this.#clk + phase),
      set: (address, permission) => user.setPermission(address, permission, this.#clk),
    };
    return this.#pages;
  }

  get isUnconstrained(): boolean {
    return this.#entered !== undefined;
  }

  get syscalls(): Readonly<Record<string, number>> {
    const nameOf = (code: number): string => SYSCALL_NAMES.get(code) ?? `0x${code.toString(16)}`;
    return Object.fromEntries([...this.#calls].map(([code, count]) => [nameOf(code), count]));
  }

  /** Those that hooks gave are not the user's. */
  get unreadInputs(): number {
    const given = new Set(this.#input.inputs);
    return this.inputs.filter(bytes => given.has(bytes)).length;
  }

  get cycleSpans(): readonly CycleSpan[] {
    return this.#spans.done;
  }

  get spanTotals(): readonly SpanTotal[] {
    return this.#spans.totals;
  }

  get publicBytes(): Uint8Array {
    return this.#public.bytes();
  }

  arg(index: ArgumentIndex): bigint {
    return this.#hart.memory.readRegister(ARGUMENTS[index]);
  }

  address(index: ArgumentIndex): number {
    const { control } = this.#hart.memory;
    const at = CONTROL.registers + 2 * ARGUMENTS[index];
    return (control[at + 1]! >>> 0) * HIGH + (control[at]! >>> 0);
  }

  #offset(address: number): number {
    return this.#hart.memory.translate((address % HIGH) | 0, Math.floor(address / HIGH));
  }

  /** Area offset of n doublewords that lie in one piece there; UNMAPPED where they do not. Arguments span two pages at most. */
  #offsetOfAll(address: number, n: number): number {
    const first = this.#offset(address);
    return n === 1 || this.#offset(address + 8 * (n - 1)) === first + 8 * (n - 1) ? first : UNMAPPED;
  }

  /** Of doubleword i, `first` being where all of them lie. */
  #offsetOfOne(first: number, address: number, i: number): number {
    return first === UNMAPPED ? this.#offset(address + 8 * i) : first + 8 * i;
  }

  read(address: number, n: number, phase: number, out: Int32Array): void {
    const { memory, observer } = this.#hart;
    const first = this.#offsetOfAll(address, n);
    const clk = this.#clk + phase;
    const clkHigh = Math.floor(clk / HIGH);
    for (let i = 0; i < n; i++) {
      const offset = this.#offsetOfOne(first, address, i);
      out[2 * i] = memory.i32[offset >> 2]!;
      out[2 * i + 1] = memory.i32[(offset >> 2) + 1]!;
      if (observer === undefined) continue;
      observer.record(offset);
      observer.stamp(offset, clk | 0, clkHigh);
    }
  }

  readUnsafe(address: number, n: number, out: Int32Array): void {
    const { memory, observer } = this.#hart;
    const first = this.#offsetOfAll(address, n);
    for (let i = 0; i < n; i++) {
      const offset = this.#offsetOfOne(first, address, i);
      out[2 * i] = memory.i32[offset >> 2]!;
      out[2 * i + 1] = memory.i32[(offset >> 2) + 1]!;
      observer?.record(offset);
    }
  }

  write(address: number, n: number, phase: number, data: Int32Array): void {
    const { memory, observer } = this.#hart;
    const first = this.#offsetOfAll(address, n);
    const clk = this.#clk + phase;
    const clkHigh = Math.floor(clk / HIGH);
    for (let i = 0; i < n; i++) {
      const offset = this.#offsetOfOne(first, address, i);
      observer?.record(offset);
      if (memory.isCounting && !memory.mayStoreAt(offset)) return;
      memory.i32[offset >> 2] = data[2 * i]!;
      memory.i32[(offset >> 2) + 1] = data[2 * i + 1]!;
      if (observer === undefined) continue;
      observer.stamp(offset, clk | 0, clkHigh);
      observer.record(offset);
    }
  }

  readBytes(address: number, length: number): Uint8Array {
    return this.#hart.memory.peekBytes(address, length);
  }

  writeHint(address: number, bytes: Uint8Array): void {
    const { memory, observer } = this.#hart;
    const length = 8 * (Math.floor(bytes.length / 8) + 1);
    memory.writeBytes(address, bytes);
    memory.writeBytes(address + bytes.length, new Uint8Array(length - bytes.length));
    if (observer === undefined) return;
    this.hinted.push({ address, bytes });
    for (let at = 0; at < length; at += 8) observer.stamp(this.#offset(address + at), 0, 0);
  }

  traceValue(clk: bigint, value: bigint): void {
    const word = (from: bigint): number => Number(BigInt.asIntN(32, from));
    this.#hart.observer?.append(word(clk), word(clk >> 32n), word(value), word(value >> 32n));
  }

  get isStopped(): boolean {
    return this.#hart.stopRequest() !== undefined;
  }

  stdout(bytes: Uint8Array): void {
    this.#input.stdout(bytes);
  }

  stderr(bytes: Uint8Array): void {
    this.#input.stderr(bytes);
  }

  publicValues(bytes: Uint8Array): void {
    // A copy of guest memory that nobody else has.
    this.#public.hold(bytes);
  }

  cycleTracker(action: CycleTrackerAction, name: string): void {
    const { observer, instructions } = this.#hart;
    this.#spans.mark(action, name, instructions - this.uncounted, observer?.spent?.(), this.#calls);
  }
}
