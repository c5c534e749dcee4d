// The dispatcher: gives out fuel, runs the interpreter and compiled regions in turn, and says how a run ended.

import type { Program } from '../codegen/program.ts';
import { emitInterpreter } from '../codegen/interpreter.ts';
import { isa } from '../codegen/isa/index.ts';
import { makeText, predecode, SLOT_WORDS, type Text } from '../codegen/predecode.ts';
import { arithmetic64, mulh32, mulhsu32, mulhu32 } from '../runtime/arithmetic.ts';
import type { Exit, FaultCause } from '../runtime/exit.ts';
import { CONTROL, PAGE_BYTES } from '../runtime/layout.ts';
import { GuestMemory } from '../runtime/memory.ts';
import { type SlowAccess, slowAccess } from '../runtime/slow-access.ts';
import type { Hart, Machine } from './machine/machine.ts';

/** What compiled code returns instead of a pc when every host frame must go: the pc is in the control page. */
export const UNWIND = 1;

export interface ExecutorOptions {
  readonly maxCycles: number;
  readonly hot: boolean;
  /** Word 0 set by another thread: 1 interrupted, 2 timed out. */
  readonly interrupt?: Int32Array | undefined;
}

type Interpret = (slot: number, stop: number) => number;

/** Instructions between two looks at limits and interrupts: a few milliseconds of interpretation. */
const SLICE = 2 ** 20;

export class Executor implements Hart {
  readonly memory: GuestMemory;
  readonly program: Program;
  readonly machine: Machine;
  readonly text: Text;
  readonly options: ExecutorOptions;
  readonly #control: Int32Array;
  readonly #slots: Int32Array;
  readonly #access: SlowAccess;
  readonly #interpret: Interpret;
  #exit: Exit | undefined;
  #granted = 0;
  pc: number;

  constructor(program: Program, machine: Machine, options: ExecutorOptions) {
    this.program = program;
    this.machine = machine;
    this.options = options;
    this.pc = program.entry;
    this.memory = GuestMemory.create(machine.memoryPlan());
    this.#control = this.memory.control;
    this.text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i));
    this.#slots = new Int32Array((this.text.slots + 2) * SLOT_WORDS);
    this.#access = slowAccess({
      memory: this.memory,
      xlen: this.text.isa.xlen,
      alignedOnly: machine.alignedOnly,
      fault: (cause, lo, hi) => this.#fault(cause, lo, hi),
    });
    this.#interpret = this.#link();
    machine.start(this);
  }

  get instructions(): number {
    return this.#granted - this.#control[CONTROL.fuel]!;
  }

  #link(): Interpret {
    const { memory, text } = this;
    const { plan } = memory;
    const view = <T>(make: new (b: SharedArrayBuffer, o: number, n: number) => T, width: number): T =>
      new make(memory.buffer, PAGE_BYTES, plan.areaBytes / width);
    const abi = {
      R: memory.control,
      P: this.#slots,
      H: new Int32Array(this.options.hot ? text.slots + 2 : 0),
      I8: view(Int8Array, 1),
      U8: memory.u8,
      I16: view(Int16Array, 2),
      U16: view(Uint16Array, 2),
      I32: memory.i32,
      TEXT: text.base | 0,
      BASE: plan.windowBase | 0,
      OUTSIDE: -(2 ** plan.windowBits),
      STORE_FLOOR: Math.min(Math.max(0, plan.protectedEnd - plan.windowBase), 2 ** plan.windowBits),
      HOT: 1000,
      imul: Math.imul,
      mulh32,
      mulhu32,
      mulhsu32,
      ...arithmetic64(memory.control),
      ...this.#access,
      decode: (slot: number) => predecode(text, slot, this.#slots),
      ecall: (slot: number) => this.#ecall(slot),
      breakpoint: (slot: number) => this.#faultAt(slot, 'breakpoint'),
      illegal: (slot: number) => this.#faultAt(slot, 'illegal-instruction'),
      fetchFault: (lo: number) => this.slotOf(lo, 0),
      slotOf: (lo: number, hi: number) => this.slotOf(lo, hi),
      touch: () => undefined,
    };
    return new Function('abi', emitInterpreter(text.isa, { hot: this.options.hot, traced: false }))(abi) as Interpret;
  }

  pcOf(slot: number): number {
    return this.text.base + (slot << this.text.slotShift);
  }

  /** The slot at a pc, or -1 after recording a fetch fault. */
  slotOf(lo: number, hi: number): number {
    const { text } = this;
    const offset = (hi >>> 0) * 2 ** 32 + (lo >>> 0) - text.base;
    if (offset >= 0 && offset < text.bytes.length && offset % (1 << text.slotShift) === 0) return offset >>> text.slotShift;
    const misaligned = (lo & ((1 << text.slotShift) - 1)) !== 0;
    this.pc = (hi >>> 0) * 2 ** 32 + (lo >>> 0);
    this.#exit = {
      kind: 'fault',
      cause: misaligned ? 'fetch-misaligned' : 'fetch-address',
      pc: (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0),
      address: (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0),
    };
    return -1;
  }

  #fault(cause: FaultCause, lo: number, hi: number): void {
    const address = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
    // The instruction is not known here; the dispatcher fills it in from the slot that comes back.
    this.#exit = this.memory.exhausted ? { kind: 'limit', limit: 'memory', pc: 0n } : { kind: 'fault', cause, pc: 0n, address };
  }

  #faultAt(slot: number, cause: FaultCause): number {
    this.#exit = { kind: 'fault', cause, pc: BigInt(this.pcOf(slot)) };
    return slot;
  }

  /** Slot of the next instruction, or its complement where the run ends. */
  #ecall(slot: number): number {
    this.pc = this.pcOf(slot);
    const result = this.machine.ecall(this);
    if (result === undefined) return slot + (4 >> this.text.slotShift);
    if (typeof result === 'number') {
      const to = this.slotOf(result | 0, Math.floor(result / 2 ** 32));
      return to < 0 ? ~slot : to;
    }
    this.#exit = result;
    if (result.kind !== 'halted') this.#control[CONTROL.fuel]! += 1;
    return ~slot;
  }

  run(): Exit {
    const control = this.#control;
    let slot = this.slotOf(this.program.entry | 0, Math.floor(this.program.entry / 2 ** 32));
    while (this.#exit === undefined) {
      if (control[CONTROL.fuel]! <= 0 && !this.#refuel(slot)) break;
      slot = this.#interpret(slot, -1);
    }
    const exit = this.#exit!;
    return 'pc' in exit && exit.pc === 0n ? { ...exit, pc: BigInt(this.pcOf(slot)) } : exit;
  }

  /** Grants the next slice; false where a limit or an interrupt ends the run instead. */
  #refuel(slot: number): boolean {
    const pc = BigInt(this.pcOf(slot));
    const word = this.options.interrupt === undefined ? 0 : Atomics.load(this.options.interrupt, 0);
    if (word !== 0) {
      this.#exit = word === 2 ? { kind: 'limit', limit: 'timeout', pc } : { kind: 'interrupted', pc };
      return false;
    }
    const left = this.options.maxCycles - this.instructions;
    if (left <= 0) {
      this.#exit = { kind: 'limit', limit: 'cycles', pc };
      return false;
    }
    const slice = Math.min(left, SLICE);
    this.#control[CONTROL.fuel]! += slice;
    this.#granted += slice;
    return true;
  }
}
