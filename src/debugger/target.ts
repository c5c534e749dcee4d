// A guest under a debugger: it stops at breakpoints, behind watched accesses and after so many instructions, and goes back by
// being run again from a checkpoint.

import { OPERATION, SLOT, SLOT_WORDS } from '../../codegen/program/slots.ts';
import { slotAt } from '../../codegen/program/text.ts';
import type { Exit } from '../../runtime/exit.ts';
import type { Executor } from '../engine/executor.ts';
import { slotTables } from '../engine/slot-tables.ts';
import { type CheckpointLimits, Checkpoints } from './checkpoints.ts';
import type { DebuggedRun } from './saved-run.ts';
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
export type MakeRun = (observer: (run: WatchObserver) => void) => DebuggedRun;

/** Who goes back by steps has so many instructions done anew for each, at least. */
const NEAR: number = 2 ** 13;

/** What the debugger changed, after how many instructions. */
interface Edit {
  readonly at: number;
  readonly apply: (run: Executor) => void;
}

export class DebugTarget {
  readonly #make: MakeRun;
  readonly #checkpoints: Checkpoints;
  #debugged!: DebuggedRun;
  #observer!: WatchObserver;
  #slots!: Int32Array;
  #pc = 0;
  #exit: Exit | undefined;
  readonly #breakpoints = new Set<number>();
  #watched: Watchpoint[] = [];
  #edits: Edit[] = [];
  /** How many of them this run has had. */
  #applied = 0;
  /** Instructions up to which the guest has run once: what it does before is not new. */
  #seen = 0;
  #done = 0;

  constructor(make: MakeRun, limits?: Partial<CheckpointLimits>) {
    this.#make = make;
    this.#checkpoints = new Checkpoints(limits);
    this.#restart();
  }

  #restart(): void {
    this.#debugged = this.#make(observer => {
      this.#observer = observer;
    });
    this.#observer.executed = () => this.#run.instructions;
    this.#slots = slotTables(this.#run.memory).slots;
    this.#pc = this.#run.program.entry;
    this.#exit = undefined;
    this.#applied = 0;
    // Others are of another run.
    this.#checkpoints.forget(0);
    this.#checkpoints.take(this.#debugged, this.#pc, 0);
  }

  get #run(): Executor {
    return this.#debugged.executor;
  }

  /** Instructions that were run, those that were done anew included. */
  get done(): number {
    return this.#done;
  }

  /** How many places there are that it can be set back to. */
  get checkpoints(): number {
    return this.#checkpoints.count;
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
    this.#applied = this.#edits.length;
    this.#checkpoints.forget(at);
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
    for (;;) {
      const next = this.#checkpoints.nextAfter(this.instructions);
      const stop = this.#goTo(Math.min(until, next), stopsAtBreakpoints);
      if (stop.kind !== 'done') return stop;
      if (this.instructions >= next) this.#checkpoints.take(this.#debugged, this.#pc, this.#applied);
      if (this.instructions >= until) return stop;
    }
  }

  #goTo(until: number, stopsAtBreakpoints: boolean): Stop {
    const observer = this.#observer;
    observer.until = until;
    observer.watched = this.#watched;
    observer.hit = undefined;
    if (stopsAtBreakpoints) this.#mark(true);
    const before = this.instructions;
    const exit = this.#run.run(this.#pc);
    this.#done += this.instructions - before;
    if (stopsAtBreakpoints) this.#mark(false);
    this.#pc = Number(exit.pc);
    this.#seen = Math.max(this.#seen, this.instructions);
    if (exit.kind === 'fault' && exit.cause === 'illegal-instruction' && this.#breakpoints.has(this.#pc))
      return { kind: 'breakpoint' };
    if (exit.kind !== 'limit' || exit.limit !== 'cycles') {
      this.#exit = exit;
      return { kind: 'ended', exit };
    }
    return observer.hit === undefined ? { kind: 'done' } : { kind: 'watchpoint', watch: observer.hit };
  }

  /** A breakpoint is an illegal one among the decoded instructions: every set has that. */
  #mark(isSet: boolean): void {
    const { text } = this.#run;
    for (const address of this.#breakpoints) {
      const at = slotAt(text, address | 0) * SLOT_WORDS + SLOT.operation;
      this.#slots[at] = isSet ? OPERATION.illegal : OPERATION.undecoded;
    }
  }

  /** To where so many instructions had been done, past everything. */
  seek(instructions: number): void {
    const [watched, breakpoints] = [this.#watched, [...this.#breakpoints]];
    this.#watched = [];
    this.#breakpoints.clear();
    this.#setBack(instructions);
    this.#edits = this.#edits.filter(({ at }) => at <= instructions);
    for (const { at, apply } of this.#edits.slice(this.#applied)) {
      this.#skip(at);
      apply(this.#run);
      this.#applied++;
    }
    if (instructions - this.instructions > 2 * NEAR) {
      this.#skip(instructions - NEAR);
      this.#checkpoints.takeNear(this.#debugged, this.#pc, this.#applied);
    }
    this.#skip(instructions);
    this.#watched = watched;
    for (const address of breakpoints) this.#breakpoints.add(address);
  }

  /** To a checkpoint, or to the start. */
  #setBack(instructions: number): void {
    const checkpoint = this.#checkpoints.before(instructions);
    if (checkpoint === undefined) {
      this.#restart();
      return;
    }
    checkpoint.restore();
    this.#pc = checkpoint.pc;
    this.#applied = checkpoint.edits;
    this.#exit = undefined;
  }

  #skip(instructions: number): void {
    if (instructions > this.instructions && this.#exit === undefined) this.#go(instructions, false);
  }

  stepBack(): Stop {
    if (this.instructions === 0) return { kind: 'start' };
    this.seek(this.instructions - 1);
    return { kind: 'done' };
  }

  /** To the last stop before this place: looked for from one checkpoint to the next, the last first. */
  back(): Stop {
    const here = this.instructions;
    for (let end = here; end > 0; ) {
      const from = this.#checkpoints.before(end - 1)?.at ?? 0;
      this.seek(from);
      const found = this.#lastStop(end, here);
      if (found !== undefined) {
        this.seek(found.at);
        return found.stop;
      }
      end = from;
    }
    if (here > 0) this.seek(0);
    return { kind: 'start' };
  }

  /** From here to `end`, and before `here`. */
  #lastStop(end: number, here: number): { readonly at: number; readonly stop: Stop } | undefined {
    let found: { readonly at: number; readonly stop: Stop } | undefined;
    // A watched access before this place is a stop of the part before.
    if (this.#breakpoints.has(this.#pc)) found = { at: this.instructions, stop: { kind: 'breakpoint' } };
    while (this.instructions < end) {
      const stop = this.forward(end - this.instructions);
      if (stop.kind === 'ended' || stop.kind === 'done' || this.instructions >= here) break;
      found = { at: this.instructions, stop };
    }
    return found;
  }
}
