// The `bare` machine: Linux system call numbers, a brk heap, a 64 MiB stack with argc, argv and envp.
// Reference: Linux asm-generic/unistd.h; System V ABI, "Process initialization".

import { isa } from '../../codegen/isa/index.ts';
import type { FaultCause } from '../../runtime/exit.ts';
import { PAGE_BYTES } from '../../runtime/layout.ts';
import type { EcallResult, Hart, Machine, MachineInput } from '../engine/machine.ts';
import { ByteSink, PIECE_BYTES } from './byte-sink.ts';
import { chooseMachine } from './choose.ts';
import { replace } from './replace.ts';

export const STACK_BYTES: number = 64 * 2 ** 20;
const WINDOW_BITS = 30;
const POOL_BYTES = 2 ** 30;
const GIB = 2 ** 30;
/** How near the stack pointer a store is taken for one to the stack. */
const FRAME_BYTES = 2 ** 16;
const NULL_PAGE_BYTES = 4096;
const EBADF = -9n;
const EFAULT = -14n;
const EINVAL = -22n;
const ESPIPE = -29n;
const ENOSYS = -38n;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
/** Virtual nanoseconds per instruction: a 1 GHz hart that retires one each cycle. */
const NANOSECONDS_PER_INSTRUCTION = 1;

interface Call {
  readonly name: string;
  readonly run: (machine: BareMachine, hart: Hart, a0: bigint, a1: bigint, a2: bigint) => bigint | EcallResult;
}

const CALLS: Readonly<Record<number, Call>> = {
  57: { name: 'close', run: (m, _h, fd) => m.close(fd) },
  62: { name: 'lseek', run: (m, _h, fd) => (m.isOpen(fd) ? ESPIPE : EBADF) },
  63: { name: 'read', run: (m, h, fd, buffer, count) => m.read(h, fd, buffer, count) },
  64: { name: 'write', run: (m, h, fd, buffer, count) => m.write(h, fd, buffer, count) },
  80: { name: 'fstat', run: (m, h, fd, buffer) => m.fstat(h, fd, buffer) },
  93: { name: 'exit', run: (_m, h, code) => ({ kind: 'halted', code: exitCode(code), pc: BigInt(h.pc) }) },
  94: { name: 'exit_group', run: (_m, h, code) => ({ kind: 'halted', code: exitCode(code), pc: BigInt(h.pc) }) },
  169: { name: 'gettimeofday', run: (m, h, timeval) => m.gettimeofday(h, timeval) },
  214: { name: 'brk', run: (m, h, address) => m.brk(h, address) },
};

/** As the guest's `int`, unsigned. */
const exitCode = (code: bigint): number => Number(BigInt.asUintN(32, code));

/** What Linux moves in one read or write at most (MAX_RW_COUNT). */
const MAX_COUNT = 0x7fff_f000n;

/**
 * Its stack has at least 64 MiB and goes on growing down until it meets the text.
 * Programs of riscv-tests for user mode end by `exit` too: 0 is a pass, else the failed case doubled plus one.
 */
export class BareMachine implements Machine {
  readonly name = 'bare';
  readonly isa: Machine['isa'];
  readonly alignedOnly = false;
  readonly syscalls: Record<string, number> = {};
  readonly publicBytes: Uint8Array = new Uint8Array(0);
  readonly #input: MachineInput;
  readonly #xlen: 32 | 64;
  readonly #heapStart: number;
  readonly #stackTop: number;
  #break: number;
  #highestBreak: number;
  #inputs: ByteSink;
  readonly #descriptors = new Set([STDIN, STDOUT, STDERR]);

  constructor(input: MachineInput) {
    this.#input = input;
    this.isa = input.program.isa.name;
    this.#xlen = isa(this.isa).xlen;
    const ends = input.elf.segments.map(segment => segment.address + segment.memoryBytes);
    this.#heapStart = Math.ceil(Math.max(...ends) / PAGE_BYTES) * PAGE_BYTES;
    this.#break = this.#heapStart;
    this.#highestBreak = this.#heapStart;
    this.#stackTop = this.#chooseStackTop();
    this.#inputs = new ByteSink();
    for (const bytes of input.inputs) this.#inputs.hold(bytes);
  }

  get #windowBase(): number {
    const lowest = Math.min(...this.#input.elf.segments.map(segment => segment.address));
    return Math.max(
      NULL_PAGE_BYTES,
      Math.min(Math.floor(lowest / PAGE_BYTES) * PAGE_BYTES, 2 * GIB + GIB - PAGE_BYTES),
    );
  }

  /** The top of the main window where the image leaves room there, else the top of the low 4 GiB. */
  #chooseStackTop(): number {
    const top = this.#windowBase + 2 ** WINDOW_BITS - PAGE_BYTES;
    const isFree = this.#input.elf.segments.every(
      s => s.address + s.memoryBytes <= top - STACK_BYTES || s.address >= top,
    );
    return isFree ? top : 4 * GIB - PAGE_BYTES;
  }

  get stackTop(): number {
    return this.#stackTop;
  }

  get imageEnd(): number {
    return this.#heapStart;
  }

  get heapEnd(): number {
    return this.#highestBreak;
  }

  refuses(): boolean {
    return false;
  }

  memoryPlan(): ReturnType<Machine['memoryPlan']> {
    const { textBase, text } = this.#input.program;
    const { segments } = this.#input.elf;
    return {
      windowBase: this.#windowBase,
      windowBits: WINDOW_BITS,
      farBase: 0,
      farBytes: 0,
      areaBytes: 2 ** WINDOW_BITS + POOL_BYTES - PAGE_BYTES,
      // The page of null is a fault unless the file loads something there.
      addressFloor: segments.some(({ address }) => address < NULL_PAGE_BYTES) ? 0 : NULL_PAGE_BYTES,
      addressLimit: 4 * GIB,
      protectedStart: textBase,
      protectedEnd: textBase + text.length,
      textSegments: segments
        .filter(({ executable }) => executable)
        .map(({ address, memoryBytes, writable }) => ({
          start: address,
          end: address + memoryBytes,
          isWritable: writable,
        })),
      maxPoolBytes: POOL_BYTES,
      maxBytes: this.#input.maxMemory,
    };
  }

  start(hart: Hart): void {
    const { memory } = hart;
    for (const segment of this.#input.elf.segments) memory.writeBytes(segment.address, segment.fileBytes);
    memory.writeRegister(2, BigInt(this.#writeArguments(hart)));
  }

  /** Lays out argc, argv, envp and their strings below the stack's top; gives sp, 16-byte aligned. */
  #writeArguments({ memory }: Hart): number {
    const encoder = new TextEncoder();
    let strings = this.#stackTop;
    const pointers = [this.#input.elf.name, ...this.#input.args].map(argument => {
      const bytes = encoder.encode(`${argument}\0`);
      strings -= bytes.length;
      memory.writeBytes(strings, bytes);
      return strings;
    });
    const word = this.#xlen / 8;
    // argc, argv…, NULL, empty envp's NULL, and an AT_NULL auxiliary entry.
    const words = [pointers.length, ...pointers, 0, 0, 0, 0];
    const sp = Math.floor((strings - words.length * word) / 16) * 16;
    const block = new DataView(new ArrayBuffer(words.length * word));
    words.forEach((value, i) => {
      if (word === 8) block.setBigUint64(8 * i, BigInt(value), true);
      else block.setUint32(4 * i, value, true);
    });
    memory.writeBytes(sp, new Uint8Array(block.buffer));
    return sp;
  }

  explain(cause: FaultCause, { memory }: Hart, address = 0n): string | undefined {
    const sp = Number(memory.readRegister(2));
    // A stack of the program's own may lie anywhere: what tells is that the store was one to it.
    const isStack = sp < this.#stackTop - STACK_BYTES && Math.abs(Number(address) - sp) <= FRAME_BYTES;
    if (cause === 'store-to-text' && isStack) return 'the stack has overflowed';
    return chooseMachine(this.#input.elf) === 'sp1' ? 'this looks like a program for --machine sp1' : undefined;
  }

  get unreadInputs(): number {
    let left = this.#inputs.length;
    const { inputs } = this.#input;
    for (let i = inputs.length; i > 0; left -= inputs[--i]!.length) if (left <= 0) return inputs.length - i;
    return inputs.length;
  }

  ecall(hart: Hart): EcallResult {
    const { memory } = hart;
    const number = Number(BigInt.asIntN(32, memory.readRegister(17)));
    const call = CALLS[number];
    const name = call?.name ?? `unknown ${number}`;
    this.syscalls[name] = (this.syscalls[name] ?? 0) + 1;
    const argument = (r: number): bigint => BigInt.asIntN(this.#xlen, memory.readRegister(r));
    const result = call === undefined ? ENOSYS : call.run(this, hart, argument(10), argument(11), argument(12));
    if (typeof result !== 'bigint') return result;
    memory.writeRegister(10, result);
    return undefined;
  }

  save(): () => void {
    const [end, highest, syscalls] = [this.#break, this.#highestBreak, { ...this.syscalls }];
    const [descriptors, inputs] = [[...this.#descriptors], this.#inputs.save()];
    return () => {
      this.#break = end;
      this.#highestBreak = highest;
      replace(this.syscalls, syscalls);
      this.#descriptors.clear();
      for (const descriptor of descriptors) this.#descriptors.add(descriptor);
      inputs();
    };
  }

  isOpen(fd: bigint): boolean {
    return this.#descriptors.has(Number(fd));
  }

  close(fd: bigint): bigint {
    return this.#descriptors.delete(Number(fd)) ? 0n : EBADF;
  }

  read(hart: Hart, fd: bigint, buffer: bigint, count: bigint): bigint | EcallResult {
    if (fd !== BigInt(STDIN) || !this.isOpen(fd)) return EBADF;
    if (count < 0n) return EINVAL;
    const max = Number(count > 2n ** 24n ? 2n ** 24n : count);
    const bytes = this.#inputs.length > 0 ? this.#inputs.take(max) : this.#input.stdin(max);
    // A reader that was told to stop has nothing to give: not the end of the input.
    const stop = bytes.length === 0 ? hart.stopRequest() : undefined;
    if (stop !== undefined) return stop;
    return hart.memory.storeBytes(this.#address(buffer), bytes) ? BigInt(bytes.length) : EFAULT;
  }

  /** In pieces, between which the run may be stopped; ends short, as Linux does, before the first that is not all memory. */
  write(hart: Hart, fd: bigint, buffer: bigint, count: bigint): bigint | EcallResult {
    if (fd === BigInt(STDIN) || !this.isOpen(fd)) return EBADF;
    if (count < 0n) return EINVAL;
    const length = Number(count > MAX_COUNT ? MAX_COUNT : count);
    const sink = fd === BigInt(STDOUT) ? this.#input.stdout : this.#input.stderr;
    const address = this.#address(buffer);
    for (let done = 0; done < length; done += PIECE_BYTES) {
      const bytes = hart.memory.readBytes(address + done, Math.min(PIECE_BYTES, length - done));
      if (bytes === undefined) return done === 0 ? EFAULT : BigInt(done);
      sink(bytes);
      const stop = hart.stopRequest();
      if (stop !== undefined) return stop;
    }
    return BigInt(length);
  }

  /** struct stat of asm-generic: st_mode is the 32-bit word at 16; everything else stays zero. */
  fstat({ memory }: Hart, fd: bigint, buffer: bigint): bigint {
    if (!this.isOpen(fd)) return EBADF;
    const stat = new DataView(new ArrayBuffer(128));
    const CHARACTER_DEVICE = 0o020620;
    stat.setUint32(16, CHARACTER_DEVICE, true);
    return memory.storeBytes(this.#address(buffer), new Uint8Array(stat.buffer)) ? 0n : EFAULT;
  }

  gettimeofday(hart: Hart, timeval: bigint): bigint {
    const microseconds = this.#input.realTime
      ? Date.now() * 1000
      : Math.floor((hart.instructions * NANOSECONDS_PER_INSTRUCTION) / 1000);
    const view = new DataView(new ArrayBuffer(16));
    view.setBigInt64(0, BigInt(Math.floor(microseconds / 1e6)), true);
    view.setBigInt64(8, BigInt(microseconds % 1e6), true);
    return hart.memory.storeBytes(this.#address(timeval), new Uint8Array(view.buffer)) ? 0n : EFAULT;
  }

  /** Moves the end of the heap; answers where it is, also when it could not be moved. What it takes again is zero. */
  brk({ memory }: Hart, address: bigint): bigint {
    const wanted = Number(BigInt.asUintN(this.#xlen, address));
    if (wanted < this.#heapStart || wanted > this.#stackTop - STACK_BYTES) return BigInt(this.#break);
    memory.clear(this.#break, Math.min(wanted, this.#highestBreak));
    this.#break = wanted;
    this.#highestBreak = Math.max(this.#highestBreak, wanted);
    return BigInt(this.#break);
  }

  #address(pointer: bigint): number {
    return Number(BigInt.asUintN(this.#xlen, pointer));
  }
}
