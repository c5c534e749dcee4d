// Runs a program that has untrusted code (SP1's User mode): pages have permissions, code outside the trusted text is fetched
// from memory, and what is forbidden goes to the guest's trap handler. Interpreted: compiled code has none of this to pay for.
// Reference: sp1:crates/core/executor/src/minimal/arch/portable/mod.rs (MinimalExecutor<UserMode>).

import { isa } from '../../../../codegen/isa/index.ts';
import type { AddressRange, Program } from '../../../../codegen/program/program.ts';
import { predecode, SLOT_WORDS } from '../../../../codegen/program/slots.ts';
import { type GuestText, makeText } from '../../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION, STEP } from '../../../../runtime/abi.ts';
import { arithmetic64 } from '../../../../runtime/arithmetic.ts';
import type { Abi } from '../../../../runtime/contract.ts';
import type { Exit, FaultCause } from '../../../../runtime/exit.ts';
import { CONTROL, HIGH } from '../../../../runtime/layout.ts';
import { GuestMemory, UNMAPPED } from '../../../../runtime/memory/memory.ts';
import { UndoLog } from '../../../../runtime/memory/undo-log.ts';
import type { RunObserver } from '../../../../runtime/trace/observer.ts';
import { explained, memoryLimit } from '../../../engine/ending/memory-use.ts';
import type { Execution, ExecutorOptions } from '../../../engine/execution.ts';
import { guestViews } from '../../../engine/guest-views.ts';
import { makeCheckedInterpreter } from '../../../engine/interpreters.ts';
import type { EcallResult, Hart, Machine, UserHart } from '../../../engine/machine.ts';
import { Meter } from '../../../engine/meter.ts';
import { HALT_PC } from '../abi.ts';
import type { UserMode } from '../elf.ts';
import { failureOf, PagePermissions, PERMISSION, PERMISSION_PAGE_BYTES } from './page-permissions.ts';

const INSTRUCTION_BYTES = 4;
const FETCH = PERMISSION.read | PERMISSION.execute;
/** Of the trap context: handler, failure, pc. */
const CONTEXT_BYTES = 24;
const FAILURES: Readonly<Record<number, string>> = { 1: 'executed', 5: 'read', 7: 'written' };

export class UserExecutor implements Hart, UserHart, Execution {
  readonly memory: GuestMemory;
  readonly program: Program;
  readonly machine: Machine;
  readonly options: ExecutorOptions;
  readonly observer: RunObserver | undefined;
  readonly user: UserHart = this;
  readonly untrusted: AddressRange;
  pc: number;
  readonly #mode: UserMode;
  readonly #permissions: PagePermissions;
  readonly #control: Int32Array;
  readonly #text: GuestText;
  /** The text's slots, and one more for an instruction from memory. */
  readonly #slots: Int32Array;
  /** Slots of instructions from memory, by their words. */
  readonly #decoded = new Map<number, Int32Array>();
  readonly #interpret: () => void;
  readonly #meter: Meter;
  #undo: UndoLog | undefined;
  #saved: { readonly registers: Int32Array; readonly pc: number } | undefined;
  #exit: Exit | undefined;
  /** Address of the access that ended the run. */
  #refused: bigint | undefined;
  /** The environment call in progress does not go on at the next instruction. */
  #jumped = false;

  constructor(program: Program, machine: Machine, mode: UserMode, options: ExecutorOptions) {
    this.program = program;
    this.machine = machine;
    this.options = { ...options, engine: 'interpreter' };
    this.untrusted = mode.untrusted;
    this.pc = program.entry;
    this.#mode = mode;
    this.#permissions = new PagePermissions(mode.pages);
    const { observe } = options;
    this.memory = GuestMemory.create(machine.memoryPlan(), observe?.needs);
    const { control } = this.memory;
    this.#control = control;
    this.#meter = new Meter(control, machine, undefined, options);
    this.#text = makeText(isa(machine.isa), mode.text.address, mode.text.bytes, i => machine.refuses(i));
    this.observer = observe?.make(this.memory, this.#text);
    this.#slots = new Int32Array((this.#text.slots + 1) * SLOT_WORDS);
    this.#interpret = makeCheckedInterpreter(this.#text.isa, this.#abi());
    machine.start(this);
    this.#goTo(program.entry);
    this.observer?.begin(this.#meter.clock(program.entry));
  }

  #abi(): Abi<'checked'> {
    return {
      ...guestViews(this.memory, this.#text, this.observer?.inlined),
      ...arithmetic64(this.#control),
      P: this.#slots,
      TEXT_BYTES: this.#text.slots * INSTRUCTION_BYTES,
      decode: slot => predecode(this.#text, slot, this.#slots),
      stepFetch: () => this.#fetch(),
      stepLoad: (d, lo, hi, imm, bytes, signed) => this.#load(d, lo, hi, imm, bytes, signed !== 0),
      stepStore: (lo, hi, imm, bytes, valueLo, valueHi) => this.#store(lo, hi, imm, bytes, valueLo, valueHi),
      stepEcall: () => this.#ecall(),
      stepBreakpoint: () => this.#fault('breakpoint'),
      stepIllegal: () => this.#fault('illegal-instruction'),
    };
  }

  get instructions(): number {
    return this.#meter.instructions;
  }

  get #isTraced(): boolean {
    return this.observer !== undefined && this.#saved === undefined;
  }

  /** clk of the instruction in progress, unless that is an environment call. */
  get #clk(): number {
    return this.machine.clkOffset! + CLK_PER_INSTRUCTION * this.#meter.instructions;
  }

  #pcNow(): number {
    return (this.#control[CONTROL.pcHi]! >>> 0) * HIGH + (this.#control[CONTROL.pcLo]! >>> 0);
  }

  #pcExact(): bigint {
    return addressOf(this.#control[CONTROL.pcLo]!, this.#control[CONTROL.pcHi]!);
  }

  #goTo(pc: number): void {
    this.jump(pc | 0, Math.floor(pc / HIGH));
  }

  jump(low: number, high: number): void {
    this.#jumped = true;
    this.#control[CONTROL.pcLo] = low;
    this.#control[CONTROL.pcHi] = high;
  }

  #fault(cause: FaultCause, address?: bigint): 2 {
    const pc = this.#pcExact();
    this.#refused = address;
    this.#exit = this.memory.exhausted ? { kind: 'limit', limit: 'memory', pc } : faultAt(cause, pc, address);
    return STEP.stopped;
  }

  #checkPage(page: number, need: number, clk: number): number {
    const entry = this.#permissions.entry(page);
    if (this.#isTraced) this.observer!.append(entry.clk | 0, Math.floor(entry.clk / HIGH), entry.permission, 0);
    entry.clk = clk;
    return failureOf(entry.permission, need);
  }

  checkPages(address: number, n: number, need: number, clk: number): number {
    const last = Math.floor((address + 8 * (n - 1)) / PERMISSION_PAGE_BYTES);
    for (let page = Math.floor(address / PERMISSION_PAGE_BYTES); page <= last; page++) {
      const failure = this.#checkPage(page, need, clk);
      if (failure !== 0) return failure;
    }
    return 0;
  }

  setPermission(address: number, permission: number, clk: number): void {
    const page = address / PERMISSION_PAGE_BYTES;
    this.#checkPage(page, 0, clk);
    this.#permissions.entry(page).permission = permission;
  }

  /** A doubleword as it is, then with its stamp. Nothing that unconstrained execution touches is traced. */
  #touch(offset: number, clk: number): void {
    if (!this.#isTraced) return;
    this.observer!.record(offset);
    this.observer!.stamp(offset, clk | 0, Math.floor(clk / HIGH));
  }

  trap(code: number, clk: number, address?: bigint): EcallResult {
    const context = this.#mode.trapContext;
    if (context === undefined) {
      const detail = `its page may not be ${FAILURES[code]!}, and the program has no __SUCCINCT_TRAP_CONTEXT`;
      return faultAt('page-permission', this.#pcExact(), address, detail);
    }
    const { i32 } = this.memory;
    const last = context + CONTEXT_BYTES - 1;
    const first = context % 8 === 0 ? this.memory.translate(context | 0, Math.floor(context / HIGH)) : UNMAPPED;
    const end = this.memory.translate(last | 0, Math.floor(last / HIGH));
    if (first === UNMAPPED || end === UNMAPPED) {
      return faultAt('page-permission', this.#pcExact(), BigInt(context), 'the trap context is at a bad address');
    }
    const offsets = [0, 8, 16].map(by => this.memory.translate((context + by) | 0, Math.floor((context + by) / HIGH)));
    const [handlerAt, codeAt, pcAt] = offsets as [number, number, number];
    this.#touch(handlerAt, clk);
    const handlerLow = i32[handlerAt >> 2]!;
    const handlerHigh = i32[(handlerAt >> 2) + 1]!;
    this.#write(codeAt, code, 0, clk);
    this.#write(pcAt, this.#control[CONTROL.pcLo]!, this.#control[CONTROL.pcHi]!, clk);
    this.jump(handlerLow, handlerHigh);
    return undefined;
  }

  /** A doubleword, traced as it was and as it is. */
  #write(offset: number, low: number, high: number, clk: number): void {
    this.#touch(offset, clk);
    this.#set(offset, low, high);
    if (this.#isTraced) this.observer!.record(offset);
  }

  #set(offset: number, low: number, high: number): void {
    if (this.#saved !== undefined) this.#undo!.save(offset);
    this.memory.i32[offset >> 2] = low;
    this.memory.i32[(offset >> 2) + 1] = high;
  }

  #trapped(code: number, low: number, high: number): 1 | 2 {
    this.#exit = this.trap(code, this.#clk, addressOf(low, high));
    return this.#exit === undefined ? STEP.moved : STEP.stopped;
  }

  get #isInText(): boolean {
    const { address, bytes } = this.#mode.text;
    const offset = this.#pcNow() - address;
    return offset >= 0 && offset < bytes.length;
  }

  /** Index in the slots of the instruction at a pc outside the text, or the complement of a STEP. */
  #fetch(): number {
    const lo = this.#control[CONTROL.pcLo]!;
    const hi = this.#control[CONTROL.pcHi]!;
    if (lo === HALT_PC && hi === 0) {
      this.#finish();
      return ~STEP.stopped;
    }
    const isMisaligned = (lo & (INSTRUCTION_BYTES - 1)) !== 0;
    if (isMisaligned && this.#isInText) return ~this.#fault('fetch-misaligned', addressOf(lo, hi));
    const clk = this.#clk;
    const failure = this.#checkPage(pageOf(lo, hi), FETCH, clk);
    if (failure !== 0) return ~this.#trapped(failure, lo, hi);
    if (isMisaligned) return ~this.#fault('fetch-misaligned', addressOf(lo, hi));
    const offset = this.memory.translate(lo & ~7, hi);
    if (offset === UNMAPPED) return ~this.#fault('fetch-address', addressOf(lo, hi));
    this.#touch(offset, clk);
    const word = this.memory.i32[(offset + (lo & 4)) >> 2]!;
    const index = this.#text.slots * SLOT_WORDS;
    const decoded = this.#decode(word);
    for (let i = 0; i < SLOT_WORDS; i++) this.#slots[index + i] = decoded[i]!;
    return index;
  }

  #decode(word: number): Int32Array {
    let slot = this.#decoded.get(word);
    if (slot === undefined) {
      slot = new Int32Array(SLOT_WORDS);
      const bytes = new Uint8Array(Int32Array.of(word).buffer);
      predecode(
        makeText(this.#text.isa, 0, bytes, i => this.machine.refuses(i)),
        0,
        slot,
      );
      this.#decoded.set(word, slot);
    }
    return slot;
  }

  /** Area offset of the doubleword of a permitted access, traced and stamped; or the complement of a STEP. */
  #access(lo: number, hi: number, bytes: number, need: number, causes: AccessCauses): number {
    const clk = this.#clk + 1;
    const failure = this.#checkPage(pageOf(lo, hi), need, clk);
    if (failure !== 0) return ~this.#trapped(failure, lo, hi);
    if ((lo & (bytes - 1)) !== 0) return ~this.#fault(causes.misaligned, addressOf(lo, hi));
    const offset = this.memory.translate(lo & ~7, hi);
    const isRefused = offset === UNMAPPED || (need === PERMISSION.write && !this.memory.mayStoreAt(offset));
    if (isRefused) return ~this.#fault(causes.address, addressOf(lo, hi));
    this.#touch(offset, clk);
    return offset;
  }

  #load(d: number, baseLo: number, baseHi: number, imm: number, bytes: number, signed: boolean): number {
    const lo = (baseLo + imm) | 0;
    const offset = this.#access(lo, sumHigh(lo, baseHi, imm), bytes, PERMISSION.read, LOAD);
    if (offset < 0) return ~offset;
    const control = this.#control;
    const { i32 } = this.memory;
    if (bytes === 8) {
      control[d] = i32[offset >> 2]!;
      control[d + 1] = i32[(offset >> 2) + 1]!;
      return STEP.done;
    }
    const unused = 32 - 8 * bytes;
    const top = (i32[(offset + (lo & 4)) >> 2]! >>> (8 * (lo & 3))) << unused;
    control[d] = signed ? top >> unused : top >>> unused;
    control[d + 1] = signed ? top >> 31 : 0;
    return STEP.done;
  }

  #store(baseLo: number, baseHi: number, imm: number, bytes: number, low: number, high: number): number {
    const lo = (baseLo + imm) | 0;
    const offset = this.#access(lo, sumHigh(lo, baseHi, imm), bytes, PERMISSION.write, STORE);
    if (offset < 0) return ~offset;
    if (bytes === 8) {
      this.#set(offset, low, high);
      return STEP.done;
    }
    if (this.#saved !== undefined) this.#undo!.save(offset);
    const { u8 } = this.memory;
    const at = offset + (lo & 7);
    for (let i = 0; i < bytes; i++) u8[at + i] = low >>> (8 * i);
    return STEP.done;
  }

  #ecall(): number {
    this.pc = this.#pcNow();
    this.#jumped = false;
    this.#exit = this.stopRequest() ?? this.machine.ecall(this) ?? memoryLimit(this.memory, this.pc);
    if (this.#exit !== undefined) {
      if (this.#exit.kind !== 'halted') this.#meter.undoOne();
      return STEP.stopped;
    }
    if (!this.#jumped) this.#goTo(this.pc + INSTRUCTION_BYTES);
    return STEP.done;
  }

  stopRequest(): Exit | undefined {
    return this.#meter.stopRequest(this.pc);
  }

  enterUnconstrained(): void {
    this.#undo ??= new UndoLog(this.memory);
    this.#permissions.enter();
    this.#saved = { registers: this.#control.slice(CONTROL.registers, CONTROL.sink), pc: this.pc };
  }

  leaveUnconstrained(): void {
    const { registers, pc } = this.#saved!;
    this.#undo!.undo();
    this.#permissions.leave();
    this.#control.set(registers);
    this.pc = pc;
    this.#saved = undefined;
  }

  /** A trap handler or SIG_RETURN has sent the guest to where HALT would; its exit code is that of no HALT. */
  #finish(): void {
    this.#exit = { kind: 'halted', code: 0, pc: BigInt(HALT_PC) };
  }

  run(): Exit {
    const exit = this.advance();
    this.observer?.end(this.#meter.clock(0));
    return explained(exit, this, this.machine, this.#refused);
  }

  /** Goes on until the guest ends or the budget, which may have grown since the last time, is used up. */
  advance(): Exit {
    this.#exit = memoryLimit(this.memory, this.#pcNow());
    while (this.#exit === undefined) {
      if (this.#pcNow() === HALT_PC) this.#finish();
      else if (this.#meter.mayGoOn) {
        if (this.observer?.isFull) this.#endChunk();
        this.#interpret();
      } else this.#exit = this.#meter.limit(this.#pcNow());
    }
    return this.#exit;
  }

  #endChunk(): void {
    const clock = this.#meter.clock(this.#pcNow());
    this.observer!.end(clock);
    this.observer!.begin(clock);
  }
}

interface AccessCauses {
  readonly misaligned: FaultCause;
  readonly address: FaultCause;
}

const LOAD: AccessCauses = { misaligned: 'load-misaligned', address: 'load-address' };
const STORE: AccessCauses = { misaligned: 'store-misaligned', address: 'store-address' };

const addressOf = (lo: number, hi: number): bigint => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

const pageOf = (lo: number, hi: number): number =>
  (hi >>> 0) * (HIGH / PERMISSION_PAGE_BYTES) + Math.floor((lo >>> 0) / PERMISSION_PAGE_BYTES);

/** High word of base + imm, where `lo` is its low word. */
const sumHigh = (lo: number, baseHi: number, imm: number): number =>
  (baseHi + (imm >> 31) + (lo >>> 0 < imm >>> 0 ? 1 : 0)) | 0;

function faultAt(cause: FaultCause, pc: bigint, address?: bigint, detail?: string): Exit {
  const known = address === undefined ? {} : { address };
  return detail === undefined ? { kind: 'fault', cause, pc, ...known } : { kind: 'fault', cause, pc, ...known, detail };
}
