// The dispatcher: gives out fuel, runs the interpreter and compiled regions in turn, and says how a run ended.

import { MAX_DEPTH, SLACK } from '../codegen/emit-region.ts';
import { emitInterpreter, type InterpreterOptions } from '../codegen/interpreter.ts';
import { isa } from '../codegen/isa/index.ts';
import { makeText, predecode, SLOT_WORDS, type Text } from '../codegen/predecode.ts';
import type { Program } from '../codegen/program.ts';
import { arithmetic64, mulh32, mulhsu32, mulhu32 } from '../runtime/arithmetic.ts';
import { MAX_ENTRIES_PER_INSTRUCTION } from '../runtime/chunk-layout.ts';
import type { Exit, FaultCause } from '../runtime/exit.ts';
import { CONTROL, PAGE_BYTES } from '../runtime/layout.ts';
import { GuestMemory, storeOriginOf } from '../runtime/memory.ts';
import { slowAccess } from '../runtime/slow-access.ts';
import { type ChunkSink, type ClockState, slotBytes, Tracer } from '../runtime/tracer.ts';
import { UndoLog } from '../runtime/undo-log.ts';
import { CodeCache, type RegionFunction } from './code-cache.ts';
import type { Hart, Machine } from './machine/machine.ts';
import { WasmCache } from './wasm-cache.ts';

/** What compiled code returns instead of a pc when every host frame must go: the pc is in the control page. */
export const UNWIND = 1;
/** Entries of a loop or function before it is compiled. */
const HOT = 500;
/** An exit of compiled code in mid-loop counts as this part of them, so that such places become entries soon. */
const RETRY_SHARE = 4;
const FIRST_SLICE = 2 ** 15;
/** Instructions between two looks at limits and interrupts: some milliseconds. */
const LAST_SLICE = 2 ** 24;
/** Compiled code is left and entered again at the end of each of the first slices: V8 optimises functions that are
 * called better than loops that it must replace on the stack. */
const EARLY_SLICES = 10;

export interface ExecutorOptions {
  readonly maxCycles: number;
  readonly engine: 'js' | 'wasm' | 'interpreter';
  /** Word 0 set by another thread: 1 interrupted, 2 timed out. */
  readonly interrupt?: Int32Array | undefined;
  readonly trace?: TraceOptions | undefined;
  /** Entries of a loop or function before it is compiled; 500 unless given. */
  readonly hot?: number | undefined;
}

export interface TraceOptions {
  /** Entries after which a chunk ends. */
  readonly threshold: number;
  /** Slots of the ring; more than one lets consumers work while the next chunk is written. */
  readonly slots: number;
  /** Makes the sink over `count` slots of `bytes` bytes each, from byte `offset` of the arena on. */
  readonly sink: (ring: SlotRange) => ChunkSink;
}

export interface SlotRange {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

const EPOCH = 2 ** 32;

type Interpret = (slot: number, stop: number) => number;

export class Executor implements Hart {
  readonly memory: GuestMemory;
  readonly program: Program;
  readonly machine: Machine;
  readonly text: Text;
  readonly options: ExecutorOptions;
  readonly code: CodeCache | WasmCache;
  readonly #control: Int32Array;
  readonly #slots: Int32Array;
  readonly #entries: Int32Array;
  readonly tracer: Tracer | undefined;
  readonly #abiObject: Record<string, unknown>;
  readonly #interpret: Interpret;
  /** Made when unconstrained execution is first entered; logs what it overwrites. */
  #interpretLogged: Interpret | undefined;
  #undo: UndoLog | undefined;
  #saved: { readonly registers: Int32Array; readonly pc: number } | undefined;
  /** The interpreter was left because another one takes over, not because its place is hot. */
  #switched = false;
  readonly #hot: number;
  #exit: Exit | undefined;
  /** Whether #exit waits for the pc of the instruction at fault. */
  #exitWantsPc = false;
  #granted = 0;
  #slices = 0;
  pc: number;

  constructor(program: Program, machine: Machine, options: ExecutorOptions) {
    this.program = program;
    this.machine = machine;
    this.options = options;
    this.#hot = options.hot ?? HOT;
    this.pc = program.entry;
    const { trace } = options;
    const plan = machine.memoryPlan(trace !== undefined);
    const bytes = trace === undefined ? 0 : slotBytes(trace.threshold, MAX_ENTRIES_PER_INSTRUCTION);
    const extraBytes = trace === undefined ? 0 : plan.areaBytes + trace.slots * bytes;
    this.memory = GuestMemory.create({ ...plan, extraBytes });
    this.#control = this.memory.control;
    if (trace !== undefined) {
      const range = { buffer: this.memory.buffer, offset: this.memory.extra + plan.areaBytes, bytes, count: trace.slots };
      this.tracer = new Tracer(this.memory, trace.threshold, trace.sink(range));
    }
    this.text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i));
    this.#slots = new Int32Array((this.text.slots + 2) * SLOT_WORDS);
    this.#entries = new Int32Array(options.engine === 'interpreter' ? 0 : this.text.slots + 2);
    const abi = this.#abi();
    this.code =
      options.engine === 'wasm'
        ? new WasmCache(program, this.text, this.memory, abi, this.#cold, machine.alignedOnly)
        : new CodeCache(program, this.text, this.memory, abi, this.#cold, {
            alignedOnly: machine.alignedOnly,
            traced: trace !== undefined,
          });
    abi.F = this.code.functions;
    this.#abiObject = abi;
    this.#interpret = this.#makeInterpreter({
      hot: options.engine !== 'interpreter',
      traced: this.tracer !== undefined,
    });
    machine.start(this);
    this.#syncClock();
    this.tracer?.begin(this.#clock(program.entry));
  }

  #makeInterpreter(options: InterpreterOptions): Interpret {
    return new Function('abi', emitInterpreter(this.text.isa, options))(this.#abiObject) as Interpret;
  }

  get instructions(): number {
    return this.#granted - this.#control[CONTROL.fuel]!;
  }

  #abi(): Record<string, unknown> {
    const { memory, text } = this;
    const { plan } = memory;
    const storeOrigin = storeOriginOf(plan);
    const { tracer } = this;
    const touch = (offset: number, fuel: number, store: number): void => {
      if (this.#saved === undefined) tracer?.touch(offset, fuel);
      else if (store === 1) this.#undo!.save(offset);
    };
    type View<T> = new (buffer: SharedArrayBuffer, offset: number, length: number) => T;
    const view = <T>(make: View<T>, width: number, from = 0): T =>
      new make(memory.buffer, PAGE_BYTES + from, (plan.areaBytes - from) / width);
    return {
      R: memory.control,
      P: this.#slots,
      H: this.#entries,
      I8: view(Int8Array, 1),
      U8: memory.u8,
      I16: view(Int16Array, 2),
      U16: view(Uint16Array, 2),
      T: tracer?.words,
      K: tracer?.stamps,
      I32: memory.i32,
      S8: view(Int8Array, 1, storeOrigin),
      S16: view(Int16Array, 2, storeOrigin),
      S32: view(Int32Array, 4, storeOrigin),
      TEXT: text.base | 0,
      BASE: plan.windowBase | 0,
      OUTSIDE: -(2 ** plan.windowBits),
      STORE_FLOOR: storeOrigin,
      HOT: this.#hot,
      imul: Math.imul,
      mulh32,
      mulhu32,
      mulhsu32,
      ...arithmetic64(memory.control),
      ...slowAccess({
        memory,
        xlen: text.isa.xlen,
        alignedOnly: this.machine.alignedOnly,
        storeOrigin,
        fault: (cause, lo, hi) => this.#fault(cause, lo, hi),
        touch,
      }),
      touch,
      ...this.#entryPoints(),
    };
  }

  /** What generated text calls back. */
  #entryPoints(): Record<string, unknown> {
    const control = this.#control;
    const callAt = (lo: number, hi: number, depth: number): number => {
      const slot = hi === 0 ? this.#slotInText(lo) : -1;
      control[CONTROL.pcLo] = lo;
      if (slot >= 0) return this.code.functions[slot]!(depth);
      control[CONTROL.pcHi] = hi;
      return UNWIND;
    };
    return {
      decode: (slot: number) => predecode(this.text, slot, this.#slots),
      ecall: (slot: number) => this.#ecall(slot),
      breakpoint: (slot: number) => this.#faultAt(slot, 'breakpoint'),
      illegal: (slot: number) => this.#faultAt(slot, 'illegal-instruction'),
      fetchFault: (lo: number) => this.slotOf(lo, 0),
      slotOf: (lo: number, hi: number) => this.slotOf(lo, hi),
      seen: (slot: number, target: number) => {
        this.#slots[slot * SLOT_WORDS + 3] = target;
        this.code.seen(this.pcOf(slot), this.pcOf(target));
      },
      refuel: (fuel: number, tail = 0) => this.#refuelInside(fuel, tail),
      ecallAt: (pc: number) => {
        const slot = this.#ecall(this.#slotInText(pc));
        if (slot >= 0) return this.pcOf(slot) | 0;
        control[CONTROL.pcLo] = this.pcOf(~slot);
        return UNWIND;
      },
      callAt,
      jumpAt: (pc: number, lo: number, hi: number, depth: number) => {
        if (hi === 0 && this.#slotInText(lo) >= 0) this.code.missed(pc >>> 0, lo >>> 0);
        return callAt(lo, hi, depth);
      },
      interpretAt: (depth: number, entry: number) => this.#strayed(depth, entry),
      far: (lo: number, hi: number) => {
        control[CONTROL.pcLo] = lo;
        control[CONTROL.pcHi] = hi;
        return UNWIND;
      },
    };
  }

  /** The function of everything that is not compiled: interprets from the pc in the control page. */
  readonly #cold: RegionFunction = depth => {
    const control = this.#control;
    if (depth > MAX_DEPTH || control[CONTROL.fuel]! < SLACK || this.#exit !== undefined) return UNWIND;
    const slot = this.#slotInText(control[CONTROL.pcLo]!);
    const stop = this.#slotInText(control[CONTROL.registers + 2]!);
    return slot < 0 ? UNWIND : this.#dispatch(slot, stop, depth);
  };

  /** Compiled code of the region at `entry` left, for want of fuel or at an access that its test refused. */
  #strayed(depth: number, entry: number): number {
    const control = this.#control;
    if (entry !== 0 && control[CONTROL.fuel]! >= SLACK) this.code.strayed(control[CONTROL.pcLo]! >>> 0, entry >>> 0);
    return this.#cold(depth);
  }

  pcOf(slot: number): number {
    return this.text.base + (slot << this.text.slotShift);
  }

  #slotInText(lo: number): number {
    const { base, bytes, slotShift } = this.text;
    const offset = (lo >>> 0) - base;
    return offset >= 0 && offset < bytes.length && (offset & ((1 << slotShift) - 1)) === 0 ? offset >>> slotShift : -1;
  }

  /** The slot at a pc, or -1 after recording a fetch fault. */
  slotOf(lo: number, hi: number): number {
    const slot = hi === 0 ? this.#slotInText(lo) : -1;
    if (slot >= 0) return slot;
    const misaligned = (lo & ((1 << this.text.slotShift) - 1)) !== 0;
    const pc = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
    this.#exit = { kind: 'fault', cause: misaligned ? 'fetch-misaligned' : 'fetch-address', pc, address: pc };
    return -1;
  }

  #fault(cause: FaultCause, lo: number, hi: number): void {
    const address = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
    this.#exitWantsPc = true;
    this.#exit = this.memory.exhausted ? { kind: 'limit', limit: 'memory', pc: 0n } : { kind: 'fault', cause, pc: 0n, address };
  }

  #faultAt(slot: number, cause: FaultCause): number {
    this.#exit = { kind: 'fault', cause, pc: BigInt(this.pcOf(slot)) };
    return slot;
  }

  /** Slot of the next instruction, or its complement where the caller must leave. */
  #ecall(slot: number): number {
    this.pc = this.pcOf(slot);
    const constrained = this.#saved === undefined;
    const result = this.machine.ecall(this);
    if (result !== undefined) {
      this.#exit = result;
      if (result.kind !== 'halted') this.#control[CONTROL.fuel]! += 1;
      return ~slot;
    }
    let next = slot + (4 >> this.text.slotShift);
    this.#switched = constrained !== (this.#saved === undefined);
    if (this.#switched && this.#saved === undefined) next = this.#slotInText(this.pc) + 1;
    if (this.machine.clkOffset !== undefined) this.#syncClock();
    if (this.tracer !== undefined) {
      if (this.tracer.isFull) this.#endChunk(next);
      this.#trim();
    }
    return this.#switched ? ~next : next;
  }

  enterUnconstrained(): void {
    this.#undo ??= new UndoLog(this.memory);
    this.#saved = { registers: this.#control.slice(0, 64), pc: this.pc };
  }

  leaveUnconstrained(): void {
    const { registers, pc } = this.#saved!;
    this.#undo!.undo();
    this.#control.set(registers);
    this.pc = pc;
    this.#saved = undefined;
  }

  #clock(pc: number): ClockState {
    const { machine, instructions } = this;
    const clk = (machine.clkOffset ?? 0) + 8 * instructions;
    return { pc, clk, globalClk: instructions - (machine.uncounted ?? 0) };
  }

  /** Tells generated code the clock that belongs to the fuel granted so far. */
  #syncClock(): void {
    const offset = this.machine.clkOffset ?? 0;
    this.#control[CONTROL.clkBase] = (offset + 8 * this.#granted) | 0;
    this.#control[CONTROL.clkHi] = Math.floor((offset + 8 * this.instructions) / EPOCH);
  }

  #endChunk(next: number): void {
    const clock = this.#clock(this.pcOf(next));
    this.tracer!.end(clock);
    this.tracer!.begin(clock);
  }

  /** Instructions that may run before the clock's high word changes or the chunk could be full. */
  get #tracedRoom(): number {
    if (this.tracer === undefined) return Number.POSITIVE_INFINITY;
    const clk = this.#clock(0).clk;
    const untilEpoch = Math.ceil(((Math.floor(clk / EPOCH) + 1) * EPOCH - clk) / 8);
    return Math.min(untilEpoch, this.tracer.threshold - this.tracer.entries);
  }

  /** Takes back fuel that a system call or a new chunk leaves no room for. */
  #trim(): void {
    const excess = this.#control[CONTROL.fuel]! - this.#tracedRoom;
    if (excess <= 0) return;
    this.#control[CONTROL.fuel]! -= excess;
    this.#granted -= excess;
    this.#syncClock();
  }

  run(): Exit {
    const control = this.#control;
    const { entry } = this.program;
    let slot = this.slotOf(entry | 0, Math.floor(entry / 2 ** 32));
    while (this.#exit === undefined) {
      if (control[CONTROL.fuel]! < SLACK && !this.#refuel() && control[CONTROL.fuel]! <= 0) {
        this.#exit = this.#limit(slot);
        break;
      }
      let pc = this.#dispatch(slot, -1, 0);
      let high = 0;
      if (pc === UNWIND) {
        pc = control[CONTROL.pcLo]!;
        high = control[CONTROL.pcHi]!;
        control[CONTROL.pcHi] = 0;
      }
      if (this.#exit === undefined) slot = this.slotOf(pc, high);
    }
    this.tracer?.end(this.#clock(0));
    const exit = this.#exitWantsPc ? { ...this.#exit!, pc: BigInt(control[CONTROL.pcLo]! >>> 0) } : this.#exit!;
    if (exit.kind !== 'fault') return exit;
    const detail = this.machine.explain?.(exit.cause, this);
    return detail === undefined ? exit : { ...exit, detail };
  }

  /** Runs from `slot` until `stop` is reached by a return or everything must unwind; gives the pc to go on at. */
  #dispatch(from: number, stop: number, depth: number): number {
    const control = this.#control;
    const { functions } = this.code;
    let slot = from;
    for (;;) {
      const compiled = functions[slot]!;
      const fuel = control[CONTROL.fuel]!;
      if (compiled !== this.#cold && fuel >= SLACK && this.#saved === undefined) {
        control[CONTROL.pcLo] = this.pcOf(slot);
        const pc = compiled(depth + 1);
        if (pc === UNWIND) {
          if (this.#exit === undefined) this.#retry();
          return UNWIND;
        }
        slot = this.#slotInText(pc);
        if (slot < 0 || slot === stop) return pc;
        continue;
      }
      this.#switched = false;
      slot = this.#interpreterNow(slot, stop);
      if (this.tracer?.isFull && this.#exit === undefined) {
        this.#endChunk(slot);
        this.#trim();
      }
      if (this.#exit !== undefined || control[CONTROL.fuel]! < SLACK) {
        control[CONTROL.pcLo] = this.pcOf(slot);
        return UNWIND;
      }
      if (this.#switched || this.#saved !== undefined) continue;
      if (slot === stop) return this.pcOf(slot) | 0;
      if (functions[slot] === this.#cold) this.code.compile(slot);
    }
  }

  #interpreterNow(slot: number, stop: number): number {
    if (this.#saved === undefined) return this.#interpret(slot, stop);
    this.#interpretLogged ??= this.#makeInterpreter({ hot: false, traced: true });
    return this.#interpretLogged(slot, -1);
  }

  /** Compiled code gave up at the pc in the control page: a place that may deserve an entry of its own. */
  #retry(): void {
    const slot = this.#slotInText(this.#control[CONTROL.pcLo]!);
    if (slot < 0 || this.code.functions[slot] !== this.#cold) return;
    if ((this.#entries[slot]! += Math.ceil(this.#hot / RETRY_SHARE)) >= this.#hot) this.code.compile(slot);
  }

  /** At a loop's head in compiled code: more fuel, or the same where it must leave. */
  #refuelInside(fuel: number, tail: number): number {
    this.#control[CONTROL.fuel] = fuel;
    if (this.tracer !== undefined) this.#control[CONTROL.traceTail] = tail;
    if (this.#slices < EARLY_SLICES) return fuel;
    this.#refuel();
    return this.#control[CONTROL.fuel]!;
  }

  get #interrupted(): number {
    return this.options.interrupt === undefined ? 0 : Atomics.load(this.options.interrupt, 0);
  }

  /** Grants the next slice; false where nothing could be granted. */
  #refuel(): boolean {
    const left = this.options.maxCycles - this.#granted;
    if (left <= 0 || this.#interrupted !== 0) return false;
    const room = this.#tracedRoom - this.#control[CONTROL.fuel]!;
    const slice = Math.min(left, room, LAST_SLICE, FIRST_SLICE * 2 ** this.#slices);
    if (slice <= 0) return false;
    this.#slices++;
    this.#control[CONTROL.fuel]! += slice;
    this.#granted += slice;
    if (this.tracer !== undefined) this.#syncClock();
    return true;
  }

  #limit(slot: number): Exit {
    const pc = BigInt(this.pcOf(slot));
    if (this.#interrupted === 2) return { kind: 'limit', limit: 'timeout', pc };
    if (this.#interrupted !== 0) return { kind: 'interrupted', pc };
    return { kind: 'limit', limit: 'cycles', pc };
  }
}
