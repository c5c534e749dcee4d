// The calls of a run as its text tells of them: which have not returned, and the tree of all.

import { opReads } from '../../codegen/isa/summary.ts';
import type { Program } from '../../codegen/program/program.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import { transferOf } from '../../codegen/program/transfer.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import { LINKS, NODES, ROOT, STACK, TRANSFER } from '../../runtime/trace/call-layout.ts';
import type { CallFlow } from '../../runtime/trace/observer.ts';
import type { FollowedNode, SpentBySlot } from './followed-node.ts';

export type WeightOf = (slot: number, text: GuestText) => number;

/** Calls nested deeper than this are counted with the last one. */
const MOST_DEPTH = 1000;
/** Where no call comes back: no slot is so far from the text. */
const NOWHERE: number = -(2 ** 31);
/** Bytes of the stack that go out of the way when it is full. */
const HALF: number = STACK.bytes / 2;
/** Words of an entry, and the places of its fields. */
const ENTRY: number = STACK.entryBytes >> 2;
const CALLER: number = STACK.caller >> 2;
const SINCE: number = STACK.since >> 2;

/** A function called from another node's. */
interface FlowNode {
  /** Named as its place in the table is; of the root, 0. */
  readonly parent: number;
  /** Slot where the function starts. */
  readonly start: number;
  readonly depth: number;
  readonly children: Map<number, number>;
  /** What was moved out of the table, what was added besides, and how often it was entered. */
  weight: number;
  added: number;
  calls: number;
}

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
  readonly #stack: Int32Array;
  readonly #links: Int32Array;
  readonly #weights: Int32Array;
  /** By slot: start of the function there plus 2; 0 where that is not known yet, 1 where there is none. */
  readonly #starts: Int32Array;
  readonly #nodes: FlowNode[] = [];
  /** What the stack has no room for: its lower parts. */
  readonly #lower: Int32Array[] = [];
  #settled = 0;
  #total = 0;

  /** `weightOf`: what the instruction at a slot weighs, where that is not 1. */
  constructor({ buffer, control, arena }: GuestMemory, text: GuestText, program: Program, weightOf?: WeightOf) {
    const words = ({ offset, bytes }: { offset: number; bytes: number }): Int32Array =>
      new Int32Array(buffer, offset, bytes / 4);
    this.isWeighed = weightOf !== undefined;
    this.#weightOf = weightOf;
    this.#program = program;
    this.#text = text;
    this.#control = control;
    this.#transfers = new Uint8Array(buffer, arena.transfers.offset, arena.transfers.bytes);
    this.#stack = words(arena.stack);
    this.#links = words(arena.links);
    this.#weights = words(arena.nodes);
    this.#starts = new Int32Array(text.slots);
    this.#stack[0] = NOWHERE;
    const entry = (program.entry - text.base) >> text.slotShift;
    this.#make(0, this.#isInside(entry) ? (this.#startOf(entry) ?? entry) : entry, 0);
    this.#nodes[0]!.calls = 1;
    control[CONTROL.callTop] = STACK.entryBytes;
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

  pcOf(slot: number): number {
    return this.#text.base + (slot << this.#text.slotShift);
  }

  /** Gives the node's name. */
  #make(parent: number, start: number, depth: number): number {
    this.#nodes.push({ parent, start, depth, children: new Map(), weight: 0, added: 0, calls: 0 });
    return this.#nodes.length * NODES.entryBytes;
  }

  #nodeOf(name: number): FlowNode {
    return this.#nodes[name / NODES.entryBytes - 1]!;
  }

  #child(node: number, start: number): number {
    const { children, depth } = this.#nodeOf(node);
    const known = children.get(start);
    if (known !== undefined) return known;
    if (depth >= MOST_DEPTH || (this.#nodes.length + 2) * NODES.entryBytes > NODES.bytes) return node;
    const made = this.#make(node, start, depth + 1);
    children.set(start, made);
    return made;
  }

  leaves(from: number, to: number): boolean {
    if (!this.#isInside(from) || !this.#isInside(to)) return false;
    const start = this.#startOf(to);
    return start !== undefined && start !== this.#startOf(from);
  }

  /** Counts what a link says; where there is none, `find` says it. */
  #follow(node: number, to: number, find: () => number): number {
    const links = this.#links;
    const [ofNode, ofTo] = LINKS.factors;
    const hash = (Math.imul(node, ofNode) ^ Math.imul(to, ofTo)) >>> LINKS.shift;
    const at = hash * (LINKS.entryBytes >> 2);
    if (links[at] !== node || links[at + 1] !== to) {
      const found = find();
      this.#flush(at);
      links[at] = node;
      links[at + 1] = to;
      links[at + 2] = found;
    }
    links[at + 3]! += 1;
    return links[at + 2]!;
  }

  /** Moves a link's count to its node. */
  #flush(at: number): void {
    const count = this.#links[at + 3]!;
    if (count !== 0) this.#nodeOf(this.#links[at + 2]!).calls += count;
    this.#links[at + 3] = 0;
  }

  entered(to: number, back: number, now: number): void {
    if (!this.#isInside(to)) return;
    const node = this.#control[CONTROL.node]!;
    if (this.#control[CONTROL.callTop]! >= STACK.bytes) this.#makeRoom();
    const top = this.#control[CONTROL.callTop]! >> 2;
    this.#stack[top] = back;
    this.#stack[top + CALLER] = node;
    this.#stack[top + SINCE] = now;
    this.#control[CONTROL.callTop]! += STACK.entryBytes;
    this.#control[CONTROL.node] = this.#follow(node, to, () => this.#child(node, this.#startOf(to) ?? to));
  }

  #makeRoom(): void {
    const end = STACK.entryBytes + HALF;
    this.#lower.push(this.#stack.slice(ENTRY, end >> 2));
    this.#stack.copyWithin(ENTRY, end >> 2, STACK.bytes >> 2);
    this.#control[CONTROL.callTop]! -= HALF;
  }

  /** The upper one of the lower parts comes back; false where there is none. */
  #takeLower(): boolean {
    const lower = this.#lower.pop();
    if (lower === undefined) return false;
    const top = this.#control[CONTROL.callTop]! >> 2;
    this.#stack.copyWithin(ENTRY + lower.length, ENTRY, top);
    this.#stack.set(lower, ENTRY);
    this.#control[CONTROL.callTop]! += 4 * lower.length;
    return true;
  }

  /** Ends the calls up to the one that comes back at `to`; else it is a jump. */
  returned(to: number, now: number): void {
    const depth = this.#callsUpTo(to);
    if (depth === undefined) this.moved(to, now);
    else for (let i = 0; i < depth; i++) this.#end(now);
  }

  #callsUpTo(to: number): number | undefined {
    let count = 0;
    const find = (stack: Int32Array, end: number, start: number): boolean => {
      for (let at = end - ENTRY; at >= start; at -= ENTRY) {
        count++;
        if (stack[at] === to) return true;
      }
      return false;
    };
    if (find(this.#stack, this.#control[CONTROL.callTop]! >> 2, ENTRY)) return count;
    return this.#lower.toReversed().some(lower => find(lower, lower.length, 0)) ? count : undefined;
  }

  #end(now: number): void {
    if (this.#control[CONTROL.callTop] === STACK.entryBytes) this.#takeLower();
    const node = this.#control[CONTROL.node]!;
    const at = (this.#control[CONTROL.callTop]! >> 2) - ENTRY;
    const caller = this.#stack[at + CALLER]!;
    if (caller !== node) this.#weights[node >> 2]! += now - this.#stack[at + SINCE]!;
    this.#control[CONTROL.callTop]! -= STACK.entryBytes;
    this.#control[CONTROL.node] = caller;
  }

  /** A jump to another function is a call in the last place of this one. */
  moved(to: number, now: number): void {
    if (!this.#isInside(to)) return;
    const node = this.#control[CONTROL.node]!;
    const at = (this.#control[CONTROL.callTop]! >> 2) - ENTRY;
    const { parent, start } = this.#nodeOf(node);
    const target = this.#startOf(to);
    // Of calls that are counted with their caller, so are jumps.
    if (target === undefined || target === start || this.#stack[at + CALLER] === node) return;
    this.#weights[node >> 2]! += now - this.#stack[at + SINCE]!;
    this.#stack[at + SINCE] = now;
    const from = parent === 0 ? node : parent;
    this.#control[CONTROL.node] = this.#follow(node, ~to, () => this.#child(from, target));
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
    const isFixed = transfer === 'jump' && !opReads(instruction.row).rs1;
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
    this.#nodeOf(this.#control[CONTROL.node]!).added += weight;
  }

  settle(): void {
    const now = this.#now(this.#control[CONTROL.fuel]!);
    this.#total += (now - this.#settled) | 0;
    this.#settled = now;
    const outer = this.#spendOpen(now);
    // Who was jumped to from the root is in the place of no call.
    if (outer !== ROOT) this.#weights[outer >> 2]! += now - this.#stack[SINCE]!;
    this.#stack[SINCE] = now;
    for (const [i, node] of this.#nodes.entries()) {
      node.weight += this.#weights[i + 1]!;
      this.#weights[i + 1] = 0;
    }
    for (let at = 0; at < this.#links.length; at += LINKS.entryBytes >> 2) this.#flush(at);
  }

  /** Of the calls that have not returned, what was done so far; gives the outermost caller. */
  #spendOpen(now: number): number {
    let node = this.#control[CONTROL.node]!;
    const spend = (stack: Int32Array, end: number, start: number): void => {
      for (let at = end - ENTRY; at >= start; at -= ENTRY) {
        const caller = stack[at + CALLER]!;
        if (caller !== node) this.#weights[node >> 2]! += now - stack[at + SINCE]!;
        stack[at + SINCE] = now;
        node = caller;
      }
    };
    spend(this.#stack, this.#control[CONTROL.callTop]! >> 2, ENTRY);
    for (const lower of this.#lower.toReversed()) spend(lower, lower.length, 0);
    return node;
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

  /** After `settle`: callers come before those they call. */
  get nodes(): readonly FollowedNode[] {
    const self = this.#nodes.map(({ weight }) => weight);
    self[0] = this.#total;
    const parents = this.#nodes.map(({ parent }) => (parent === 0 ? -1 : parent / NODES.entryBytes - 1));
    this.#nodes.forEach(({ weight }, i) => {
      if (i > 0) self[parents[i]!]! -= weight;
    });
    return this.#nodes.map(({ start, added, calls }, i) => ({
      parent: parents[i]!,
      start,
      self: self[i]!,
      added,
      calls,
    }));
  }
}
