// The dispatcher: gives out fuel, runs the interpreter and compiled regions in turn, and says how a run ended.

import { isa } from '../../codegen/isa/index.ts';
import type { Program } from '../../codegen/program/program.ts';
import { predecode, SLOT_WORDS } from '../../codegen/program/slots.ts';
import { type GuestText, makeText, slotAt } from '../../codegen/program/text.ts';
import { ENTRY_WEIGHT, MAX_DEPTH, MAX_HOT, type RegionFunction, UNWIND } from '../../runtime/abi.ts';
import type { Arithmetic64 } from '../../runtime/arithmetic.ts';
import type { Exit, FaultCause } from '../../runtime/exit.ts';
import { CONTROL, HIGH } from '../../runtime/layout.ts';
import { GuestMemory } from '../../runtime/memory/memory.ts';
import { type SlowAccess, slowAccess } from '../../runtime/memory/slow-access.ts';
import type { Flow, RunObserver } from '../../runtime/trace/observer.ts';
import { makeArithmetic, NO_ARITHMETIC } from './arithmetic.ts';
import { CodeCache } from './code/code-cache.ts';
import { RewrittenCode, watchedText } from './code/code-stores.ts';
import { Heat } from './code/heat.ts';
import type { KeptCode } from './code/kept-code.ts';
import { WasmCache, type WasmCacheAbi } from './code/wasm-cache.ts';
import { Ending } from './ending/ending.ts';
import { memoryLimit } from './ending/memory-use.ts';
import type { ExecutorOptions } from './execution.ts';
import { type GuestViews, guestViews } from './guest-views.ts';
import { callEntryPoints, callsOf, instrumentationOf, interpretedOf } from './instrumentation.ts';
import { Interpreters, type InterpretersAbi } from './interpreters.ts';
import type { Hart, Machine } from './machine.ts';
import { Meter } from './meter.ts';
import { isShared } from './observation.ts';
import { type SlotTables, slotCount, slotTables, textNeeds } from './slot-tables.ts';
import { Unconstrained } from './unconstrained.ts';

/** Entries of a loop or function before it is compiled. */
const HOT = 2000;

/** All that the text of any engine takes. */
type EngineAbi = WasmCacheAbi & InterpretersAbi;
/** The part that is not of memory or arithmetic. */
type EntryPoints = Omit<
  EngineAbi,
  keyof GuestViews | keyof Arithmetic64 | keyof SlowAccess | 'F' | 'P' | 'H' | 'HOT' | 'touch'
>;

export class Executor implements Hart {
  readonly memory: GuestMemory;
  readonly program: Program;
  readonly machine: Machine;
  readonly text: GuestText;
  readonly options: ExecutorOptions;
  readonly code: CodeCache | WasmCache;
  readonly saveCode = (): void => this.code.save();
  readonly #control: Int32Array;
  readonly #tables: SlotTables;
  readonly observer: RunObserver | undefined;
  readonly #interpreters: Interpreters;
  readonly unconstrained: Unconstrained;
  readonly #ecallSlots: number;
  /** Of a metered run. */
  readonly #flow: Flow | undefined;
  /** The interpreter was left because another one takes over, not because its place is hot. */
  #switched = false;
  readonly #hot: number;
  readonly #heat: Heat;
  readonly #ending: Ending;
  readonly meter: Meter;
  /** Present where the program's text is writable. */
  readonly #rewritten: RewrittenCode | undefined;
  readonly #kept: KeptCode | undefined;
  pc: number;

  constructor(program: Program, machine: Machine, options: ExecutorOptions) {
    this.program = program;
    this.machine = machine;
    this.options = options;
    this.#hot = ENTRY_WEIGHT * Math.min(options.hot ?? HOT, MAX_HOT);
    this.pc = program.entry;
    const { observe } = options;
    const plan = machine.memoryPlan();
    const text = makeText(isa(machine.isa), program.textBase, program.text, i => machine.refuses(i), program.gaps);
    const read = plan.textSegments?.some(({ isWritable }) => isWritable) ? new Uint8Array(text.slots) : undefined;
    this.text = read === undefined ? text : watchedText(text, read);
    this.memory = GuestMemory.create(plan, { ...observe?.needs, text: textNeeds(this.text) });
    this.#tables = slotTables(this.memory);
    // A program that may change its text is another one each time; the cells and nodes of a run are its own.
    this.#kept = read === undefined && isShared(observe) ? options.kept : undefined;
    this.#kept?.restore(this.#tables);
    this.#ecallSlots = 4 >> this.text.slotShift;
    this.#control = this.memory.control;
    this.unconstrained = new Unconstrained(this.memory, isOn => this.observer?.pause?.(isOn));
    this.#ending = new Ending(this.memory);
    if (read !== undefined) {
      const forget = (): void => void this.code.functions.fill(this.#cold);
      this.#rewritten = new RewrittenCode(text, read, this.memory, this.#tables.slots, forget);
    }
    this.observer = observe?.make(this.memory, this.text);
    const inlined = this.observer?.inlined;
    this.#flow = inlined?.kind === 'metered' ? inlined.flow : undefined;
    const instrumentation = instrumentationOf(inlined, this.memory);
    const isPaced = options.engine === 'js' && instrumentation.kind === 'traced';
    this.meter = new Meter(this.#control, machine, this.observer, options, isPaced);
    const abi = this.#abi(new Array<RegionFunction>(slotCount(this.text)).fill(this.#cold));
    const Cache = options.engine === 'wasm' ? WasmCache : CodeCache;
    this.code = new Cache(program, this.text, this.memory, abi, this.#cold, {
      alignedOnly: machine.alignedOnly || this.observer?.seesUnaligned === true,
      instrumentation,
      executed: () => this.instructions,
      kept: this.#kept,
    });
    this.#heat = new Heat(program, this.text, this.#tables.entries, this.#hot, this.code, this.#cold);
    const place = { text: this.text, memory: this.memory, tables: this.#tables, hot: this.#hot, kept: this.#kept };
    const kind = interpretedOf(inlined, options.engine);
    this.#interpreters = new Interpreters(options.engine, place, kind, instrumentation, abi);
    machine.start(this);
    this.#ending.by(memoryLimit(this.memory, this.pc));
    this.meter.syncClock();
    this.observer?.begin(this.meter.clock(program.entry));
  }

  get instructions(): number {
    return this.meter.instructions;
  }

  #abi(functions: RegionFunction[]): EngineAbi {
    const { memory, text, observer } = this;
    const touch = (offset: number, fuel: number, store: number): void => {
      if (!this.unconstrained.isOn) observer?.touch(offset, fuel, store);
      else if (store === 1) this.unconstrained.save(offset);
    };
    return {
      ...guestViews(memory, text, observer?.inlined),
      F: functions,
      P: this.#tables.slots,
      H: this.#tables.entries,
      HOT: this.#hot,
      ...(text.isa.xlen === 64 ? makeArithmetic(memory) : NO_ARITHMETIC),
      ...slowAccess({
        memory,
        xlen: text.isa.xlen,
        alignedOnly: this.machine.alignedOnly,
        dropsLowBits: this.machine.dropsLowBits,
        fault: (cause, lo, hi) => this.#ending.access(cause, lo, hi),
        touch,
      }),
      touch,
      ...this.#entryPoints(),
    };
  }

  /** What generated text calls back. */
  #entryPoints(): EntryPoints {
    const control = this.#control;
    const callAt = (lo: number, hi: number, depth: number): number => {
      const slot = hi === 0 ? this.#slotInText(lo) : -1;
      control[CONTROL.pcLo] = lo;
      if (slot >= 0) return this.code.functions[slot]!(depth);
      control[CONTROL.pcHi] = hi;
      return UNWIND;
    };
    return {
      ...callEntryPoints(callsOf(this.observer?.inlined)),
      decode: slot => predecode(this.text, slot, this.#tables.slots),
      ecall: slot => this.#interpretedEcall(slot),
      breakpoint: slot => this.#endAt(slot, 'breakpoint'),
      illegal: slot => this.#endAt(slot, 'illegal-instruction', this.text.unsupportedAt(slot)),
      fetchFault: lo => this.slotOf(lo, 0),
      slotOf: (lo, hi) => this.slotOf(lo, hi),
      seen: (slot, target) => {
        this.#tables.slots[slot * SLOT_WORDS + 3] = target;
        this.code.seen(this.pcOf(slot), this.pcOf(target));
      },
      refuel: (fuel, tail = 0) => this.meter.refuelInside(fuel, tail, true),
      refuelAged: (fuel, age) =>
        this.meter.leaves(age) ? fuel : this.meter.refuelInside(fuel, control[CONTROL.traceTail]!, false),
      ecallAt: pc => {
        const slot = this.#ecall(this.#slotInText(pc));
        if (slot >= 0) return this.pcOf(slot) | 0;
        control[CONTROL.pcLo] = this.pcOf(~slot);
        return UNWIND;
      },
      callAt,
      jumpAt: (pc, lo, hi, depth) => {
        if (hi === 0 && this.#slotInText(lo) >= 0) this.code.missed(pc >>> 0, lo >>> 0);
        return callAt(lo, hi, depth);
      },
      interpretAt: (depth, entry) => this.#strayed(depth, entry),
      interpretHere: depth => this.#strayed(depth, 0),
      unwindTo: (lo, hi) => {
        control[CONTROL.pcLo] = lo;
        control[CONTROL.pcHi] = hi;
        return UNWIND;
      },
    };
  }

  /** The function of everything that is not compiled: interprets from the pc in the control page. */
  readonly #cold: RegionFunction = depth => {
    const slot = this.#slotInText(this.#control[CONTROL.pcLo]!);
    if (slot >= 0 && !this.unconstrained.isOn) {
      if (this.#heat.enter(slot)) this.#compileHot(slot);
    }
    return this.#enter(depth, false);
  };

  #enter(depth: number, byInterpreter: boolean): number {
    const control = this.#control;
    if (depth > MAX_DEPTH || !this.meter.hasFuel || this.#ending.isKnown) return UNWIND;
    const slot = this.#slotInText(control[CONTROL.pcLo]!);
    const stop = this.#slotInText(control[CONTROL.registers + 2]!);
    return slot < 0 ? UNWIND : this.#dispatch(slot, stop, depth, byInterpreter);
  }

  /** Compiled code of the region at `entry` left, for want of fuel or at an access that its test refused. */
  #strayed(depth: number, entry: number): number {
    if (depth <= 0) return UNWIND;
    const control = this.#control;
    this.#flow?.undoAt(this.#slotInText(control[CONTROL.pcLo]!));
    const isFull = this.#flow !== undefined && this.observer!.isFull;
    if (isFull) this.meter.trim();
    if (entry !== 0 && !isFull && !this.meter.isLow) this.code.strayed(control[CONTROL.pcLo]! >>> 0, entry >>> 0);
    // What is compiled there may leave at the same instruction, with nothing done.
    return this.#enter(depth, true);
  }

  pcOf(slot: number): number {
    return this.text.base + (slot << this.text.slotShift);
  }

  #slotInText(lo: number): number {
    return slotAt(this.text, lo);
  }

  /** The slot at a pc, or -1 after recording a fetch fault. */
  slotOf(lo: number, hi: number): number {
    const slot = hi === 0 ? this.#slotInText(lo) : -1;
    if (slot >= 0) return slot;
    const misaligned = (lo & ((1 << this.text.slotShift) - 1)) !== 0;
    this.#ending.fetch(misaligned ? 'fetch-misaligned' : 'fetch-address', lo, hi);
    return -1;
  }

  /** An instruction that ends the run. */
  #endAt(slot: number, cause: FaultCause, name?: string): number {
    this.#ending.instruction(this.pcOf(slot), cause, name);
    return slot;
  }

  /** From an interpreter, whose run of instructions ends and goes on, as all is counted while the host looks. */
  #interpretedEcall(slot: number): number {
    const flow = this.unconstrained.isOn ? undefined : this.#flow;
    flow?.close(slot + this.#ecallSlots);
    const next = this.#ecall(slot);
    flow?.open(next < 0 ? ~next : next);
    return next;
  }

  /** Slot of the next instruction, or its complement where the caller must leave. */
  #ecall(slot: number): number {
    this.pc = this.pcOf(slot);
    const constrained = !this.unconstrained.isOn;
    // A loop of precompiles takes minutes for a slice of fuel.
    const stop = this.stopRequest();
    if (constrained && stop === undefined) this.observer?.call(this.meter.clock(this.pc, 1));
    const result = stop ?? this.machine.ecall(this) ?? memoryLimit(this.memory, this.pc);
    if (result !== undefined) {
      this.#ending.by(result);
      if (result.kind !== 'halted') {
        this.meter.undoOne();
        if (constrained) this.#flow?.undo(slot, this.#ecallSlots);
      }
      return ~slot;
    }
    let next = slot + this.#ecallSlots;
    this.#switched = constrained === this.unconstrained.isOn;
    if (this.#switched && !constrained) next = this.#slotInText(this.pc) + this.#ecallSlots;
    if (this.machine.clkOffset !== undefined) this.meter.syncClock();
    if (this.observer?.isFull) this.#endChunk(next);
    else if (this.observer !== undefined) this.meter.trim();
    return this.#switched || this.#rewritten?.mustUnwind ? ~next : next;
  }

  stopRequest(): Exit | undefined {
    return this.meter.stopRequest(this.pc);
  }

  enterUnconstrained(): void {
    this.unconstrained.enter(this.pc);
  }

  leaveUnconstrained(): void {
    this.pc = this.unconstrained.leave();
  }

  #endChunk(next: number): void {
    const clock = this.meter.clock(this.pcOf(next));
    this.observer!.end(clock);
    this.observer!.begin(clock);
    this.meter.trim();
  }

  /** From the entry, or on from where it was stopped. */
  run(from: number = this.program.entry): Exit {
    const control = this.#control;
    this.meter.trim();
    let slot = this.slotOf(from | 0, Math.floor(from / HIGH));
    let isStuck = false;
    while (!this.#ending.isKnown) {
      isStuck &&= !this.meter.refuel();
      if (!this.meter.mayGoOn) {
        this.#ending.by(this.meter.limit(this.pcOf(slot)));
        break;
      }
      if (!this.unconstrained.isOn) this.observer?.block(this.meter.clock(this.pcOf(slot)));
      const before = this.meter.instructions;
      let pc = this.#dispatch(slot, -1, 0, (this.#rewritten?.takeUnwind() ?? false) || isStuck);
      let high = 0;
      if (pc === UNWIND) {
        pc = control[CONTROL.pcLo]!;
        high = control[CONTROL.pcHi]!;
        control[CONTROL.pcHi] = 0;
      }
      // What is compiled there needs more fuel than there is.
      isStuck = this.meter.instructions === before;
      if (!this.#ending.isKnown) slot = this.slotOf(pc, high);
    }
    this.observer?.end(this.meter.clock(0));
    this.#kept?.keep(this.#tables);
    return this.#ending.told(this, this.machine, this.program);
  }

  /*
   *            run: limits, fuel, observer.block
   *             │ slot       ▲ UNWIND (the pc is in the control page), or a pc outside the text
   *             ▼            │
   *   compiled, with fuel for it, and not in unconstrained execution?
   *      │ yes                                      │ no; or compiled code has just given up here
   *      ▼                                          ▼
   *   functions[slot](depth + 1)                 interpreter: counting; plain while the pace waits;
   *      pc in the text: its slot, again            logging in unconstrained execution
   *      pc of `stop`: to who called                chunk full: ends, the next begins
   *      UNWIND: passed on; at depth 0 its          exit, or no fuel: UNWIND
   *        place counts towards an entry            entered or left unconstrained execution: again
   *                                                 `stop`: to who called
   *   Both call #cold for what is not compiled:     slot is hot: compiles it or the function around it, again
   *   one level deeper, with a `stop` of its own.
   */
  /** Runs from `slot` until `stop` is reached by a return or everything must unwind; gives the pc to go on at. */
  #dispatch(from: number, stop: number, depth: number, byInterpreter = false): number {
    const control = this.#control;
    const { functions } = this.code;
    let slot = from;
    for (let interprets = byInterpreter; ; interprets = false) {
      const compiled = functions[slot]!;
      const mayRun = !interprets && this.meter.mayRunCompiled && !this.unconstrained.isOn;
      if (mayRun && compiled !== this.#cold) {
        control[CONTROL.pcLo] = this.pcOf(slot);
        const pc = compiled(depth + 1);
        if (pc === UNWIND) {
          if (!this.#ending.isKnown && depth === 0 && !this.meter.isLow) this.#retry();
          return UNWIND;
        }
        slot = this.#slotInText(pc);
        if (slot < 0 || slot === stop) return pc;
        continue;
      }
      this.#switched = false;
      if (this.#rewritten !== undefined) this.#rewritten.depth = depth;
      slot = this.#interpreterNow(slot, stop);
      if (this.observer?.isFull && !this.#ending.isKnown) this.#endChunk(slot);
      if (this.#ending.isKnown || !this.meter.hasFuel || this.#rewritten?.mustUnwind) {
        control[CONTROL.pcLo] = this.pcOf(slot);
        return UNWIND;
      }
      if (this.#switched || this.unconstrained.isOn) continue;
      if (slot === stop) return this.pcOf(slot) | 0;
      if (functions[slot] === this.#cold) this.#compileHot(slot);
    }
  }

  #interpreterNow(slot: number, stop: number): number {
    if (this.unconstrained.isOn) return this.#interpreters.logging(slot, -1);
    const isPlain = this.meter.isWaiting || this.#rewritten?.hasChanged;
    const interpret = isPlain ? this.#interpreters.plain : this.#interpreters.counting;
    this.#flow?.open(slot);
    const end = interpret(slot, stop);
    // Where there is no slot the text itself has closed the run.
    if (end >= 0) this.#flow?.close(end);
    return end;
  }

  #compileHot(slot: number): void {
    if (this.#rewritten?.hasChanged) return;
    if (this.options.engine === 'js') this.meter.shorten();
    this.#heat.compile(slot);
  }

  /** Compiled code gave up at the pc in the control page: a place that may deserve an entry of its own. */
  #retry(): void {
    const slot = this.#slotInText(this.#control[CONTROL.pcLo]!);
    if (this.#heat.retry(slot)) this.#compileHot(slot);
  }
}
