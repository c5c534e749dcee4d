// The calls of a run as its text tells of them: which have not returned, and the tree of all.

import type { Program } from '../../codegen/program/program.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import { fixedTargetOf, transferOf } from '../../codegen/program/transfer.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { Span } from '../../runtime/memory/arena.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import { ROOT, TRANSFER } from '../../runtime/trace/call-layout.ts';
import type { CallFlow } from '../../runtime/trace/observer.ts';
import { CallNodes } from './call-nodes.ts';
import { CallStack } from './call-stack.ts';
import type { FollowedNode, SpentBySlot } from './followed-node.ts';

export type WeightOf = (slot: number, text: GuestText) => number;

export class FollowedCalls implements CallFlow {
  readonly isWeighed: boolean;
  /** Told by who counts them: by slot, how often its instruction was done. */
  counts: (() => Float64Array) | undefined;
  readonly #weightOf: WeightOf | undefined;
  /** By slot. */
  readonly #added = new Map<number, number>();
  readonly #program: Program;
  readonly #text: GuestText;
  readonly #control: Int32Array;
  readonly #transfers: Uint8Array;
  readonly #stack: CallStack;
  readonly #nodes: CallNodes;
  /** By slot: start of the function there plus 2; 0 where that is not known yet, 1 where there is none. */
  readonly #starts: Int32Array;
  #settled = 0;
  #total = 0;

  /** `weightOf`: what the instruction at a slot weighs, where that is not 1. */
  constructor({ buffer, control, arena }: GuestMemory, text: GuestText, program: Program, weightOf?: WeightOf) {
    const words = ({ offset, bytes }: Span): Int32Array => new Int32Array(buffer, offset, bytes / 4);
    this.isWeighed = weightOf !== undefined;
    this.#weightOf = weightOf;
    this.#program = program;
    this.#text = text;
    this.#control = control;
    this.#transfers = new Uint8Array(buffer, arena.transfers.offset, arena.transfers.bytes);
    this.#starts = new Int32Array(text.slots);
    const entry = (program.entry - text.base) >> text.slotShift;
    this.#stack = new CallStack(control, words(arena.stack));
    this.#nodes = new CallNodes(words(arena.nodes), words(arena.links), this.#functionAt(entry));
    control[CONTROL.node] = ROOT;
  }

  #isInside(slot: number): boolean {
    return slot >= 0 && slot < this.#starts.length;
  }

  #startOf(slot: number): number | undefined {
    let start = this.#starts[slot]!;
    if (start === 0) {
      const symbol = this.#program.symbolAt(this.pcOf(slot));
      start = symbol === undefined ? 1 : slot - (symbol.offset >> this.#text.slotShift) + 2;
      this.#starts[slot] = start;
    }
    return start === 1 ? undefined : start - 2;
  }

  /** Where the function starts that a call to a slot enters: what no symbol covers is one of its own. */
  #functionAt(slot: number): number {
    return this.#isInside(slot) ? (this.#startOf(slot) ?? slot) : slot;
  }

  pcOf(slot: number): number {
    return this.#text.base + (slot << this.#text.slotShift);
  }

  leaves(from: number, to: number): boolean {
    if (!this.#isInside(from) || !this.#isInside(to)) return false;
    const start = this.#startOf(to);
    return start !== undefined && start !== this.#startOf(from);
  }

  placeOf(from: number, to: number | undefined): number | undefined {
    const caller = this.#isInside(from) ? this.#startOf(from) : undefined;
    if (caller === undefined) return undefined;
    if (to === undefined) return this.#nodes.placeOf(caller, ~from);
    return this.#isInside(to) ? this.#nodes.placeOf(caller, to, this.#functionAt(to)) : undefined;
  }

  get #node(): number {
    return this.#control[CONTROL.node]!;
  }

  entered(to: number, back: number, now: number): void {
    if (!this.#isInside(to)) return;
    const node = this.#node;
    this.#stack.push(back, node, now);
    const find = (): number => this.#nodes.child(node, this.#functionAt(to), to);
    this.#control[CONTROL.node] = this.#nodes.follow(node, to, find);
  }

  /** Ends the calls up to the one that comes back at `to`; else it is a jump. */
  returned(to: number, now: number): void {
    const depth = this.#stack.callsUpTo(to);
    if (depth === undefined) this.moved(to, now);
    else for (let i = 0; i < depth; i++) this.#end(now);
  }

  #end(now: number): void {
    this.#stack.reach();
    const { caller, since } = this.#stack;
    this.#nodes.spend(this.#node, now - since, true);
    this.#stack.pop();
    this.#control[CONTROL.node] = caller;
  }

  /** A jump to another function is a call in the last place of this one. */
  moved(to: number, now: number): void {
    if (!this.#isInside(to)) return;
    const node = this.#node;
    const { parent, start } = this.#nodes.at(node);
    const target = this.#startOf(to);
    if (target === undefined || target === start) return;
    this.#nodes.spend(node, now - this.#stack.since, true);
    this.#stack.since = now;
    const find = (): number => this.#nodes.child(parent === 0 ? node : parent, target, to);
    this.#control[CONTROL.node] = this.#nodes.follow(node, ~to, find);
  }

  jumped(from: number, to: number, now: number): void {
    if (this.leaves(from, to)) this.moved(to, now);
  }

  went(slot: number, to: number, fuel: number): void {
    const now = this.#now(fuel);
    const kind = this.#transfers[slot]! || this.#learn(slot, to);
    if (kind === TRANSFER.call) this.entered(to, slot + this.#slotsAt(slot), now);
    else if (kind === TRANSFER.return) this.returned(to, now);
    else if (kind === TRANSFER.move) this.moved(to, now);
    else if (kind === TRANSFER.jump) this.jumped(slot, to, now);
  }

  #slotsAt(slot: number): number {
    return this.#text.instructionAt(slot)!.size >> this.#text.slotShift;
  }

  #learn(slot: number, to: number): number {
    const instruction = this.#text.instructionAt(slot)!;
    const transfer = transferOf(instruction);
    const isFixed = transfer === 'jump' && fixedTargetOf(this.#text, slot) === to;
    const fixed = this.leaves(slot, to) ? TRANSFER.move : TRANSFER.none;
    this.#transfers[slot] = isFixed ? fixed : TRANSFER[transfer];
    return this.#transfers[slot]!;
  }

  #now(fuel: number): number {
    return this.isWeighed ? this.#control[CONTROL.weight]! : (this.#control[CONTROL.counted]! - fuel) | 0;
  }

  /** Something that the text does not count, done in the current node by the environment call at `pc`. */
  add(weight: number, pc: number): void {
    if (weight === 0) return;
    const slot = (pc - this.#text.base) >> this.#text.slotShift;
    this.#added.set(slot, (this.#added.get(slot) ?? 0) + weight);
    this.#nodes.at(this.#innermost()).added += weight;
  }

  /** The current node, or the innermost one around it that is told apart. */
  #innermost(): number {
    let node = this.#node;
    this.#stack.each(caller => {
      if (this.#nodes.isOverflow(node)) node = caller;
      return undefined;
    });
    return node;
  }

  settle(): void {
    const now = this.#now(this.#control[CONTROL.fuel]!);
    this.#total += (now - this.#settled) | 0;
    this.#settled = now;
    // Of the calls that have not returned, what was done so far.
    let node = this.#node;
    this.#stack.each((caller, since) => {
      this.#nodes.spend(node, now - since, false);
      node = caller;
      return now;
    });
    // Who was jumped to from the root is in the place of no call.
    if (node !== ROOT) this.#nodes.spend(node, now - this.#stack.lowestSince, false);
    this.#stack.lowestSince = now;
    this.#nodes.settle();
  }

  /** The same by slot, where somebody counts. */
  get spent(): SpentBySlot | undefined {
    const weightOf = this.#weightOf;
    return (
      this.counts && {
        text: this.#text,
        functionAt: slot => (this.#isInside(slot) ? this.#startOf(slot) : undefined),
        counts: this.counts(),
        weightOf: weightOf === undefined ? () => 1 : slot => weightOf(slot, this.#text),
        added: this.#added,
      }
    );
  }

  /** How often each node was entered and has not ended. */
  #open(): Map<number, number> {
    const open = new Map<number, number>();
    const add = (node: number): void => void open.set(node, (open.get(node) ?? 0) + 1);
    let node = this.#node;
    this.#stack.each(caller => {
      add(node);
      node = caller;
      return undefined;
    });
    add(node);
    return open;
  }

  /** After `settle`: callers come before those they call. */
  get nodes(): readonly FollowedNode[] {
    const nodes = this.#nodes.list(this.#open());
    const self = nodes.map(({ weight }) => weight);
    self[0] = this.#total;
    nodes.forEach(({ weight, parent }, i) => {
      if (i > 0) self[parent]! -= weight;
    });
    return nodes.map(({ parent, start, added, calls }, i) => ({ parent, start, self: self[i]!, added, calls }));
  }
}
