// A guest under a debugger: it stops at breakpoints, behind watched accesses and after so many instructions, and goes back by
// being run again from its start.

import { OPERATION, ROW_BASE, SLOT, SLOT_WORDS } from '../../codegen/program/slots.ts';
import { slotAt } from '../../codegen/program/text.ts';
import type { Exit } from '../../runtime/exit.ts';
import type { Executor } from '../engine/executor.ts';
import { slotTables } from '../engine/slot-tables.ts';
import type { WatchObserver, Watchpoint } from './watch-observer.ts';

export type Stop =
  /** As many instructions as were asked for. */
  | { readonly kind: 'done' }
  | { readonly kind: 'breakpoint' }
  | { readonly kind: 'watchpoint'; readonly watch: Watchpoint }
  /** The guest came to its end; a fault leaves it before the instruction. */
  | { readonly kind: 'ended'; readonly exit: Exit }
  /** Nothing is before this. */
  | { readonly kind: 'start' }
  /** The debugger asked. */
  | { readonly kind: 'interrupted' };

/** Makes a guest in its start state, which is the same each time. */
export type MakeRun = (observer: (run: WatchObserver) => void) => Executor;

/** What the debugger changed, after how many instructions. */
interface Edit {
  readonly at: number;
  readonly apply: (run: Executor) => void;
}

export class DebugTarget {
  readonly #make: MakeRun;
  #run!: Executor;
  #observer!: WatchObserver;
  #slots!: Int32Array;
  #pc = 0;
  #exit: Exit | undefined;
  readonly #breakpoints = new Set<number>();
  #watched: Watchpoint[] = [];
  #edits: Edit[] = [];
  /** Instructions up to which the guest has run once: what it does before is not new. */
  #seen = 0;

  constructor(make: MakeRun) {
    this.#make = make;
    this.#restart();
  }

  #restart(): void {
    this.#run = this.#make(observer => {
      this.#observer = observer;
    });
    this.#observer.executed = () => this.#run.instructions;
    this.#slots = slotTables(this.#run.memory).slots;
    this.#pc = this.#run.program.entry;
    this.#exit = undefined;
  }

  get run(): Executor {
    return this.#run;
  }

  get pc(): number {
    return this.#pc;
  }

  get instructions(): number {
    return this.#run.instructions;
  }

  /** Whether what it does now was done before. */
  get isAgain(): boolean {
    return this.#run.instructions < this.#seen;
  }

  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Undefined where no memory can be. */
  read(address: number, bytes: number): Uint8Array | undefined {
    const { memory } = this.#run;
    return address + bytes > memory.plan.addressLimit ? undefined : memory.peekBytes(address, bytes);
  }

  setPc(pc: number): void {
    this.#edit(() => {
      this.#pc = pc;
    });
  }

  setRegister(r: number, value: bigint): void {
    this.#edit(run => run.memory.writeRegister(r, value));
  }

  /** False where there is none, or text, which was decoded already. */
  setMemory(address: number, bytes: Uint8Array): boolean {
    const { memory, text } = this.#run;
    const isText = address < text.base + text.bytes.length && address + bytes.length > text.base;
    if (isText || address + bytes.length > memory.plan.addressLimit) return false;
    this.#edit(run => run.memory.writeBytes(address, bytes));
    return true;
  }

  /** What is after this did not happen. */
  #edit(apply: (run: Executor) => void): void {
    const at = this.instructions;
    this.#seen = at;
    this.#edits = [...this.#edits.filter(edit => edit.at <= at), { at, apply }];
    this.#exit = undefined;
    apply(this.#run);
  }

  setBreakpoint(address: number, isSet: boolean): boolean {
    if (slotAt(this.#run.text, address | 0) < 0) return false;
    if (isSet) this.#breakpoints.add(address);
    else this.#breakpoints.delete(address);
    return true;
  }

  /** Nothing stops it any more. */
  free(): void {
    this.#breakpoints.clear();
    this.#watched = [];
  }

  setWatchpoint(watch: Watchpoint, isSet: boolean): void {
    const { kind, address, bytes } = watch;
    this.#watched = this.#watched.filter(one => one.kind !== kind || one.address !== address || one.bytes !== bytes);
    if (isSet) this.#watched.push(watch);
  }

  /** Goes on for at most so many instructions; the breakpoint that it stands at is for who comes there. */
  forward(instructions: number): Stop {
    if (this.#exit !== undefined) return { kind: 'ended', exit: this.#exit };
    const until = this.instructions + instructions;
    if (this.#breakpoints.has(this.#pc)) {
      const stop = this.#go(this.instructions + 1, false);
      if (stop.kind !== 'done' || instructions === 1) return stop;
      if (this.#breakpoints.has(this.#pc)) return { kind: 'breakpoint' };
    }
    return this.#go(until, true);
  }

  #go(until: number, stopsAtBreakpoints: boolean): Stop {
    const observer = this.#observer;
    observer.until = until;
    observer.watched = this.#watched;
    observer.hit = undefined;
    if (stopsAtBreakpoints) this.#mark(true);
    const exit = this.#run.run(this.#pc);
    if (stopsAtBreakpoints) this.#mark(false);
    this.#pc = Number(exit.pc);
    this.#seen = Math.max(this.#seen, this.instructions);
    if (exit.kind === 'fault' && exit.cause === 'breakpoint' && this.#breakpoints.has(this.#pc))
      return { kind: 'breakpoint' };
    if (exit.kind !== 'limit' || exit.limit !== 'cycles') {
      this.#exit = exit;
      return { kind: 'ended', exit };
    }
    return observer.hit === undefined ? { kind: 'done' } : { kind: 'watchpoint', watch: observer.hit };
  }

  /** A breakpoint is an ebreak among the decoded instructions. */
  #mark(isSet: boolean): void {
    const { text } = this.#run;
    const { index } = text.isa.rows.find(({ effect }) => effect.kind === 'ebreak')!;
    for (const address of this.#breakpoints) {
      const at = slotAt(text, address | 0) * SLOT_WORDS + SLOT.operation;
      this.#slots[at] = isSet ? ROW_BASE + index : OPERATION.undecoded;
    }
  }

  /** To where so many instructions had been done, past everything. */
  seek(instructions: number): void {
    const [watched, breakpoints] = [this.#watched, [...this.#breakpoints]];
    this.#watched = [];
    this.#breakpoints.clear();
    this.#restart();
    this.#edits = this.#edits.filter(({ at }) => at <= instructions);
    for (const { at, apply } of this.#edits) {
      this.#skip(at);
      apply(this.#run);
    }
    this.#skip(instructions);
    this.#watched = watched;
    for (const address of breakpoints) this.#breakpoints.add(address);
  }

  #skip(instructions: number): void {
    if (instructions > this.instructions && this.#exit === undefined) this.#go(instructions, false);
  }

  stepBack(): Stop {
    if (this.instructions === 0) return { kind: 'start' };
    this.seek(this.instructions - 1);
    return { kind: 'done' };
  }

  /** To the last stop before this place. */
  back(): Stop {
    const here = this.instructions;
    if (here === 0) return { kind: 'start' };
    this.seek(0);
    let found: { readonly at: number; readonly stop: Stop } | undefined;
    if (this.#breakpoints.has(this.#pc)) found = { at: 0, stop: { kind: 'breakpoint' } };
    while (this.instructions < here) {
      const stop = this.forward(here - this.instructions);
      if (stop.kind === 'ended' || stop.kind === 'done' || this.instructions >= here) break;
      found = { at: this.instructions, stop };
    }
    this.seek(found?.at ?? 0);
    return found?.stop ?? { kind: 'start' };
  }
}
