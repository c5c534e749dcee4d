// The dispatcher: gives out fuel, runs the interpreter and compiled regions in turn, and says how a run ended.

import { isa } from '../../codegen/isa/index.ts';
import { makeText, predecode, SLOT_WORDS, type Text } from '../../codegen/program/predecode.ts';
import type { Program } from '../../codegen/program/program.ts';
import { ENTRY_WEIGHT, MAX_DEPTH, MAX_HOT, UNWIND } from '../../runtime/abi.ts';
import type { Exit, FaultCause } from '../../runtime/exit.ts';
import { CONTROL } from '../../runtime/layout.ts';
import { GuestMemory } from '../../runtime/memory/memory.ts';
import { slowAccess } from '../../runtime/memory/slow-access.ts';
import { UndoLog } from '../../runtime/memory/undo-log.ts';
import { MAX_ENTRIES_PER_INSTRUCTION } from '../../runtime/trace/chunk-layout.ts';
import { type ChunkSink, slotBytes, Tracer } from '../../runtime/trace/tracer.ts';
import { makeArithmetic } from './arithmetic.ts';
import { CodeCache, type RegionFunction } from './code-cache.ts';
import { RewrittenCode, watchedText } from './code-stores.ts';
import { guestViews } from './guest-views.ts';
import { Interpreters } from './interpreters.ts';
import type { Hart, Machine } from './machine.ts';
import { explained, memoryLimit } from './memory-use.ts';
import { Meter, type MeterOptions } from './meter.ts';
import { type SlotTables, slotTableBytes, slotTables } from './slot-tables.ts';
import { WasmCache } from './wasm-cache.ts';

/** Entries of a loop or function before it is compiled. */
const HOT = 2000;
/** An exit of compiled code in mid-loop counts as this part of them, so that such places become entries soon. */
const RETRY_SHARE = 4;
/** A function called this part of the threshold is compiled before a hot loop in it. */
const CALLED_SHARE = 16;

export interface ExecutorOptions extends MeterOptions {
  readonly engine: 'js' | 'wasm' | 'interpreter';
  readonly trace?: TraceOptions | undefined;
  /** Entries of a loop or function before it is compiled; 2000 unless given. */
  readonly hot?: number | undefined;
}

export interface TraceOptions {
  /** Entries after which a chunk ends. */
  readonly threshold: number;
  /** Slots of the ring; more than one lets consumers work while the next chunk is written. */
  readonly slots: number;
  /** Makes what is told of accesses instead of a tracer that writes chunks. */
  readonly makeTracer?: (memory: GuestMemory) => Tracer;
  /** Makes the sink over `count` slots of `bytes` bytes each, from byte `offset` of the arena on. */
  readonly sink: (ring: SlotRange) => ChunkSink;
}

export interface SlotRange {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly bytes: number;
  readonly count: number;
}

export class Executor implements Hart {
  readonly memory: GuestMemory;
  readonly program: Program;
  readonly machine: Machine;
  readonly text: Text;
  readonly options: ExecutorOptions;
  readonly code: CodeCache | WasmCache;
  readonly #control: Int32Array;
  readonly #tables: SlotTables;
  readonly tracer: Tracer | undefined;
  readonly #interpreters: Interpreters;
  #undo: UndoLog | undefined;
  #saved: { readonly registers: Int32Array; readonly pc: number } | undefined;
  /** The interpreter was left because another one takes over, not because its place is hot. */
  #switched = false;
  readonly #hot: number;
  #exit: Exit | undefined;
  /** Whether #exit waits for the pc of the instruction at fault. */
  #exitWantsPc = false;
  /** Address of the access that ended the run. */
  #refused: bigint | undefined;
  readonly #meter: Meter;
  /** Present where the program's text is writable. */
  readonly #rewritten: RewrittenCode | undefined;
  pc: number;

  constructor(program: Program, machine: Machine, options: ExecutorOptions) {
    this.program = program;
    this.machine = machine;
    this.options = options;
    this.#hot = ENTRY_WEIGHT * Math.min(options.hot ?? HOT, MAX_HOT);
    this.pc = program.entry;
    const { trace } = options;
    const plan = machine.memoryPlan(trace !== undefined);
    const bytes = trace === undefined ? 0 : slotBytes(trace.threshold, MAX_ENTRIES_PER_INSTRUCTION);
    const traceBytes = trace === undefined ? 0 : plan.areaBytes + trace.slots * bytes;
    const text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i), program.gaps);
    const read = plan.textSegments?.some(({ isWritable }) => isWritable) ? new Uint8Array(text.slots) : undefined;
    this.text = read === undefined ? text : watchedText(text, read);
    this.memory = GuestMemory.create({ ...plan, extraBytes: traceBytes + slotTableBytes(this.text) });
    this.#tables = slotTables(this.text, this.memory, this.memory.extra + traceBytes);
    this.#control = this.memory.control;
    if (read !== undefined) {
      const forget = (): void => void this.code.functions.fill(this.#cold);
      this.#rewritten = new RewrittenCode(text, read, this.memory, this.#tables.slots, forget);
    }
    if (trace !== undefined) {
      const { buffer, extra } = this.memory;
      const range = { buffer, offset: extra + plan.areaBytes, bytes, count: trace.slots };
      this.tracer = trace.makeTracer?.(this.memory) ?? new Tracer(this.memory, trace.threshold, trace.sink(range));
    }
    const isPaced = options.engine === 'js' && trace !== undefined;
    this.#meter = new Meter(this.#control, machine, this.tracer, options, isPaced);
    const abi = this.#abi();
    const Cache = options.engine === 'wasm' ? WasmCache : CodeCache;
    this.code = new Cache(program, this.text, this.memory, abi, this.#cold, {
      alignedOnly: machine.alignedOnly,
      traced: trace !== undefined,
      executed: () => this.instructions,
    });
    abi.F = this.code.functions;
    const place = { text: this.text, memory: this.memory, tables: this.#tables, hot: this.#hot };
    const observed = { traced: trace !== undefined, counted: this.tracer?.counts !== undefined };
    this.#interpreters = new Interpreters(options.engine, place, observed, abi);
    machine.start(this);
    this.#exit = memoryLimit(this.memory, this.pc);
    this.#meter.syncClock();
    this.tracer?.begin(this.#meter.clock(program.entry));
  }

  get instructions(): number {
    return this.#meter.instructions;
  }

  #abi(): Record<string, unknown> {
    const { memory, text } = this;
    const { tracer } = this;
    const touch = (offset: number, fuel: number, store: number): void => {
      if (this.#saved === undefined) tracer?.touch(offset, fuel);
      else if (store === 1) this.#undo!.save(offset);
    };
    return {
      ...guestViews(memory, text, tracer),
      P: this.#tables.slots,
      H: this.#tables.entries,
      HOT: this.#hot,
      ...(text.isa.xlen === 64 ? makeArithmetic(memory) : {}),
      ...slowAccess({
        memory,
        xlen: text.isa.xlen,
        alignedOnly: this.machine.alignedOnly,
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
      decode: (slot: number) => predecode(this.text, slot, this.#tables.slots),
      ecall: (slot: number) => this.#ecall(slot),
      breakpoint: (slot: number) => this.#faultAt(slot, 'breakpoint'),
      illegal: (slot: number) => this.#illegal(slot),
      fetchFault: (lo: number) => this.slotOf(lo, 0),
      slotOf: (lo: number, hi: number) => this.slotOf(lo, hi),
      seen: (slot: number, target: number) => {
        this.#tables.slots[slot * SLOT_WORDS + 3] = target;
        this.code.seen(this.pcOf(slot), this.pcOf(target));
      },
      refuel: (fuel: number, tail = 0, early = true) => this.#meter.refuelInside(fuel, tail, early),
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
    const slot = this.#slotInText(this.#control[CONTROL.pcLo]!);
    if (slot >= 0 && this.#saved === undefined) {
      if (this.#tables.entries[slot]! < this.#hot) this.#tables.entries[slot]! += ENTRY_WEIGHT;
      else if (this.code.functions[slot] === this.#cold) this.#compileHot(slot);
    }
    return this.#enter(depth, false);
  };

  #enter(depth: number, byInterpreter: boolean): number {
    const control = this.#control;
    if (depth > MAX_DEPTH || !this.#meter.hasFuel || this.#exit !== undefined) return UNWIND;
    const slot = this.#slotInText(control[CONTROL.pcLo]!);
    const stop = this.#slotInText(control[CONTROL.registers + 2]!);
    return slot < 0 ? UNWIND : this.#dispatch(slot, stop, depth, byInterpreter);
  }

  /** Compiled code of the region at `entry` left, for want of fuel or at an access that its test refused. */
  #strayed(depth: number, entry: number): number {
    if (depth <= 0) return UNWIND;
    const control = this.#control;
    if (entry !== 0 && !this.#meter.isLow) this.code.strayed(control[CONTROL.pcLo]! >>> 0, entry >>> 0);
    // What is compiled there may leave at the same instruction, with nothing done.
    return this.#enter(depth, true);
  }

  pcOf(slot: number): number {
    return this.text.base + (slot << this.text.slotShift);
  }

  #slotInText(lo: number): number {
    const { base, bytes, slotShift, hasGaps } = this.text;
    const offset = (lo >>> 0) - base;
    if (offset < 0 || offset >= bytes.length || (offset & ((1 << slotShift) - 1)) !== 0) return -1;
    return hasGaps && this.text.isGap(offset >>> slotShift) ? -1 : offset >>> slotShift;
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
    this.#refused = address;
    const { exhausted } = this.memory;
    this.#exit = exhausted ? { kind: 'limit', limit: 'memory', pc: 0n } : { kind: 'fault', cause, pc: 0n, address };
  }

  #faultAt(slot: number, cause: FaultCause): number {
    this.#exit = { kind: 'fault', cause, pc: BigInt(this.pcOf(slot)) };
    return slot;
  }

  /** An instruction that is not in the table: of another extension, which is named, or of none. */
  #illegal(slot: number): number {
    const name = this.text.unsupportedAt(slot);
    if (name === undefined) return this.#faultAt(slot, 'illegal-instruction');
    this.#exit = { kind: 'unsupported', feature: name, pc: BigInt(this.pcOf(slot)) };
    return slot;
  }

  /** Slot of the next instruction, or its complement where the caller must leave. */
  #ecall(slot: number): number {
    this.pc = this.pcOf(slot);
    const constrained = this.#saved === undefined;
    if (constrained) this.tracer?.passEcall(this.#meter.clock(this.pc, 1));
    const result = this.machine.ecall(this) ?? memoryLimit(this.memory, this.pc);
    if (result !== undefined) {
      this.#exit = result;
      if (result.kind !== 'halted') this.#meter.undoOne();
      return ~slot;
    }
    let next = slot + (4 >> this.text.slotShift);
    this.#switched = constrained !== (this.#saved === undefined);
    if (this.#switched && this.#saved === undefined) next = this.#slotInText(this.pc) + (4 >> this.text.slotShift);
    if (this.machine.clkOffset !== undefined) this.#meter.syncClock();
    if (this.tracer?.isFull) this.#endChunk(next);
    else if (this.tracer !== undefined) this.#meter.trim();
    return this.#switched || this.#rewritten?.mustUnwind ? ~next : next;
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

  #endChunk(next: number): void {
    const clock = this.#meter.clock(this.pcOf(next));
    this.tracer!.end(clock);
    this.tracer!.begin(clock);
    this.#meter.trim();
  }

  run(): Exit {
    const control = this.#control;
    const { entry } = this.program;
    let slot = this.slotOf(entry | 0, Math.floor(entry / 2 ** 32));
    let isStuck = false;
    while (this.#exit === undefined) {
      isStuck &&= !this.#meter.refuel();
      if (!this.#meter.mayGoOn) {
        this.#exit = this.#meter.limit(BigInt(this.pcOf(slot)));
        break;
      }
      if (this.#saved === undefined) this.tracer?.pass(this.#meter.clock(this.pcOf(slot)));
      const before = this.#meter.instructions;
      let pc = this.#dispatch(slot, -1, 0, (this.#rewritten?.takeUnwind() ?? false) || isStuck);
      let high = 0;
      if (pc === UNWIND) {
        pc = control[CONTROL.pcLo]!;
        high = control[CONTROL.pcHi]!;
        control[CONTROL.pcHi] = 0;
      }
      // What is compiled there needs more fuel than there is.
      isStuck = this.#meter.instructions === before;
      if (this.#exit === undefined) slot = this.slotOf(pc, high);
    }
    this.tracer?.end(this.#meter.clock(0));
    const exit: Exit = this.#exitWantsPc ? { ...this.#exit!, pc: BigInt(control[CONTROL.pcLo]! >>> 0) } : this.#exit!;
    return explained(exit, this, this.machine, this.#refused);
  }

  /** Runs from `slot` until `stop` is reached by a return or everything must unwind; gives the pc to go on at. */
  #dispatch(from: number, stop: number, depth: number, byInterpreter = false): number {
    const control = this.#control;
    const { functions } = this.code;
    let slot = from;
    for (let interprets = byInterpreter; ; interprets = false) {
      const compiled = functions[slot]!;
      const mayRun = !interprets && this.#meter.mayRunCompiled && this.#saved === undefined;
      if (mayRun && compiled !== this.#cold) {
        control[CONTROL.pcLo] = this.pcOf(slot);
        const pc = compiled(depth + 1);
        if (pc === UNWIND) {
          if (this.#exit === undefined && depth === 0 && !this.#meter.isLow) this.#retry();
          return UNWIND;
        }
        slot = this.#slotInText(pc);
        if (slot < 0 || slot === stop) return pc;
        continue;
      }
      this.#switched = false;
      if (this.#rewritten !== undefined) this.#rewritten.depth = depth;
      slot = this.#interpreterNow(slot, stop);
      if (this.tracer?.isFull && this.#exit === undefined) this.#endChunk(slot);
      if (this.#exit !== undefined || !this.#meter.hasFuel || this.#rewritten?.mustUnwind) {
        control[CONTROL.pcLo] = this.pcOf(slot);
        return UNWIND;
      }
      if (this.#switched || this.#saved !== undefined) continue;
      if (slot === stop) return this.pcOf(slot) | 0;
      if (functions[slot] === this.#cold) this.#compileHot(slot);
    }
  }

  #interpreterNow(slot: number, stop: number): number {
    if (this.#saved !== undefined) return this.#interpreters.logging(slot, -1);
    const isPlain = this.#meter.isWaiting || this.#rewritten?.hasChanged;
    return isPlain ? this.#interpreters.plain(slot, stop) : this.#interpreters.counting(slot, stop);
  }

  /**
   * Compiles the code at a hot slot; or first the function that it is in, where that is called often: its region has
   * the slot's loop in it, and a region for each loop besides would be the same code again.
   */
  #compileHot(slot: number): void {
    if (this.#rewritten?.hasChanged) return;
    if (this.options.engine === 'js') this.#meter.shorten();
    const start =
      ((this.program.functionBefore(this.pcOf(slot)) ?? this.pcOf(slot)) - this.text.base) >> this.text.slotShift;
    const isCalled = this.#tables.entries[start]! >= this.#hot / CALLED_SHARE;
    if (start === slot || this.code.functions[start] !== this.#cold || !isCalled) {
      this.code.compile(slot);
      return;
    }
    this.code.compile(start);
    this.#tables.entries[slot] = 0;
  }

  /** Compiled code gave up at the pc in the control page: a place that may deserve an entry of its own. */
  #retry(): void {
    const slot = this.#slotInText(this.#control[CONTROL.pcLo]!);
    if (slot < 0 || this.code.functions[slot] !== this.#cold) return;
    this.#tables.entries[slot]! += Math.ceil(this.#hot / RETRY_SHARE);
    if (this.#tables.entries[slot]! >= this.#hot) this.#compileHot(slot);
  }
}
