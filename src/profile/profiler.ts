// Told of every call, return and jump through a register, it keeps the tree of calls with what was executed in each.

import { opReads } from '../../codegen/isa/summary.ts';
import type { Program } from '../../codegen/program/program.ts';
import type { Text } from '../../codegen/program/text.ts';
import type { ClockState, Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import type { CallNode, CallTree, ProfileWeight } from './call-tree.ts';

/** Calls nested deeper than this are counted with the last one. */
const MOST_DEPTH = 1000;
/** ra and t0: who writes one calls, who jumps through one returns (psABI, "Return-address prediction hints"). */
const LINKS = [1, 5];

const JUMP = 1;
const CALL = 2;
const RETURN = 3;

class Node {
  /** Slot where the function starts. */
  readonly start: number;
  readonly parent: Node | undefined;
  readonly depth: number;
  readonly children = new Map<number, Node>();
  self = 0;
  calls = 0;

  constructor(start: number, parent: Node | undefined) {
    this.start = start;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
  }

  child(start: number): Node {
    let child = this.children.get(start);
    if (child === undefined) {
      child = new Node(start, this);
      this.children.set(start, child);
    }
    return child;
  }
}

export interface ProfilerOptions {
  readonly program: Program;
  readonly text: Text;
  readonly weight: ProfileWeight;
  /** Whether the environment call that is about to be done is a precompile. */
  readonly isPrecompile: () => boolean;
}

export class Profiler implements RunObserver {
  readonly inlined: Inlined = { kind: 'profiled' };
  readonly isFull = false;
  readonly #options: ProfilerOptions;
  /** By slot: kind of jump there, 0 where that is not known yet. */
  readonly #kinds: Uint8Array;
  /** By slot: start of the function there plus 2; 0 where that is not known yet, 1 where there is none. */
  readonly #starts: Int32Array;
  readonly #root: Node;
  #node: Node;
  /** Of the calls that have not returned: where they return to, and the node that called. */
  readonly #returns: number[] = [];
  readonly #callers: Node[] = [];
  #last = 0;

  constructor(options: ProfilerOptions) {
    const { program, text } = options;
    this.#options = options;
    this.#kinds = new Uint8Array(text.slots);
    this.#starts = new Int32Array(text.slots);
    const entry = (program.entry - text.base) >> text.slotShift;
    this.#root = new Node(this.#startOf(entry) ?? entry, undefined);
    this.#root.calls = 1;
    this.#node = this.#root;
  }

  #startOf(slot: number): number | undefined {
    const { program, text } = this.#options;
    let start = this.#starts[slot]!;
    if (start === 0) {
      const pc = text.base + (slot << text.slotShift);
      const symbol = program.symbolAt(pc);
      start = symbol === undefined ? 1 : slot - (symbol.offset >> text.slotShift) + 2;
      this.#starts[slot] = start;
    }
    return start === 1 ? undefined : start - 2;
  }

  #kindOf(slot: number): number {
    const { row, rd, rs1, size } = this.#options.text.instructionAt(slot)!;
    const isReturn = opReads(row).rs1 && LINKS.includes(rs1);
    const kind = LINKS.includes(rd) ? CALL : isReturn ? RETURN : JUMP;
    // With it, the slots to the next instruction: 1 or 2.
    this.#kinds[slot] = kind | ((size >> this.#options.text.slotShift) << 2);
    return this.#kinds[slot]!;
  }

  /** The jump at `slot` goes to the slot `to`; `now` counts it. */
  jump(slot: number, to: number, now: number): void {
    this.#spend(now);
    if (to < 0 || to >= this.#starts.length) return;
    const kind = this.#kinds[slot]! || this.#kindOf(slot);
    if ((kind & 3) === CALL) this.#call(slot + (kind >> 2), to);
    else if ((kind & 3) === RETURN && this.#return(to)) return;
    else this.#go(to);
  }

  #spend(now: number): void {
    if (this.#options.weight === 'instructions') this.#node.self += now - this.#last;
    this.#last = now;
  }

  #call(back: number, to: number): void {
    this.#returns.push(back);
    this.#callers.push(this.#node);
    if (this.#node.depth >= MOST_DEPTH) return;
    this.#node = this.#node.child(this.#startOf(to) ?? to);
    this.#node.calls++;
  }

  /** Ends the calls up to the one that comes back at `to`; false where none does. */
  #return(to: number): boolean {
    const at = this.#returns.lastIndexOf(to);
    if (at < 0) return false;
    this.#node = this.#callers[at]!;
    this.#returns.length = at;
    this.#callers.length = at;
    return true;
  }

  /** A jump to another function is a call in the last place of this one. */
  #go(to: number): void {
    const start = this.#startOf(to);
    const { parent } = this.#node;
    if (start === undefined || start === this.#node.start || this.#node.depth >= MOST_DEPTH) return;
    this.#node = (parent ?? this.#node).child(start);
    this.#node.calls++;
  }

  call(): void {
    if (this.#options.weight === 'precompiles' && this.#options.isPrecompile()) this.#node.self++;
  }

  end({ globalClk }: ClockState): void {
    this.#spend(globalClk);
  }

  begin(): void {}
  block(): void {}
  touch(): void {}
  record(): void {}
  stamp(): void {}
  append(): void {}

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  /** After the run. */
  get tree(): CallTree {
    const { program, text, weight } = this.#options;
    const nodes: CallNode[] = [];
    const visit = (node: Node, parent: number): void => {
      const pc = text.base + (node.start << text.slotShift);
      const source = program.debug.lines(pc);
      const index = nodes.length;
      nodes.push({
        parent,
        name: program.describeAddress(pc),
        address: `0x${pc.toString(16)}`,
        ...(source === undefined ? {} : { source }),
        self: node.self,
        calls: node.calls,
      });
      for (const child of node.children.values()) visit(child, index);
    };
    visit(this.#root, -1);
    return { weight, nodes };
  }
}
