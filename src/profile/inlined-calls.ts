// Divides what functions did among those that were inlined in them, by how often each instruction was done.
//
// Counts by instruction are of the run, not of a call stack. A function that was called in one way is divided exactly. One that
// was called in several is divided in proportion, so that sums stay exact: those of each stack, and those of each
// inlined function over all stacks. A call is from the innermost function that is around all places that can have made it.

import type { InlinedFunction } from '../../codegen/dwarf/inlines.ts';
import type { Program } from '../../codegen/program/program.ts';
import { fixedTargetOf, transferOf } from '../../codegen/program/transfer.ts';
import type { FollowedNode, SpentBySlot } from './followed-node.ts';

/** A function called, or inlined, in its parent; of one that was inlined, `start` is the first slot of its that was done. */
export interface DividedNode extends FollowedNode {
  readonly inlined?: InlinedFunction;
}

type Chain = readonly InlinedFunction[];

/** What is inlined in a function in the same way, all instructions of it. */
interface Part {
  readonly chain: Chain;
  readonly slot: number;
  self: number;
  added: number;
}

interface Site {
  readonly chain: Chain;
  /** Start of the function that is called; undefined where a register says it. */
  readonly target: number | undefined;
}

interface Inside {
  /** By their names; the function itself first, whose chain is empty. */
  readonly parts: Map<string, Part>;
  readonly sites: Site[];
}

const keyOf = (chain: Chain): string => chain.map(({ name }) => name).join('\0');

/** Start of the function that a call at a slot goes to, where the text says so. */
function targetOf({ text, functionAt }: SpentBySlot, slot: number): number | undefined {
  const to = fixedTargetOf(text, slot);
  return to === undefined ? undefined : functionAt(to);
}

function insides(spent: SpentBySlot, { debug }: Program): Map<number, Inside> {
  const { text, counts, weightOf, added, functionAt } = spent;
  const functions = new Map<number, Inside>();
  for (let slot = 0; slot < text.slots; slot++) {
    const count = counts[slot] ?? 0;
    const start = count === 0 ? undefined : functionAt(slot);
    if (start === undefined) continue;
    const chain = debug.inlines.at(text.base + (slot << text.slotShift));
    const inside = functions.get(start) ?? {
      parts: new Map([['', { chain: [], slot, self: 0, added: 0 }]]),
      sites: [],
    };
    functions.set(start, inside);
    const key = keyOf(chain);
    const part = inside.parts.get(key) ?? { chain, slot, self: 0, added: 0 };
    inside.parts.set(key, part);
    part.self += count * weightOf(slot);
    part.added += added.get(slot) ?? 0;
    const instruction = text.instructionAt(slot)!;
    if (instruction.row.effect.kind === 'jump' && transferOf(instruction) === 'call')
      inside.sites.push({ chain, target: targetOf(spent, slot) });
  }
  return functions;
}

/** The functions around all of them. */
function around(chains: readonly Chain[]): Chain {
  const [first = [], ...others] = chains;
  const isCommon = (i: number): boolean => others.every(chain => chain[i]?.name === first[i]!.name);
  let length = 0;
  while (length < first.length && isCommon(length)) length++;
  return first.slice(0, length);
}

/** Where a function calls another. */
function callerIn({ sites }: Inside, target: number): Chain {
  const sure = sites.filter(site => site.target === target);
  const perhaps = sure.length > 0 ? sure : sites.filter(site => site.target === undefined);
  return around((perhaps.length > 0 ? perhaps : sites).map(({ chain }) => chain));
}

/** Integers that come to `sum`, in proportion to what is left, of which they are taken. */
function share(sum: number, left: number[]): number[] {
  const all = left.reduce((total, one) => total + one, 0);
  let [before, given] = [0, 0];
  return left.map((one, i) => {
    before += one;
    // Where counts say nothing, all is the function's own.
    const upTo = all === 0 ? sum : Math.round((sum * before) / all);
    const part = upTo - given;
    given = upTo;
    left[i] = Math.max(0, one - part);
    return part;
  });
}

class Divider {
  readonly #nodes: DividedNode[] = [];
  /** Of each node that was given, where it is now, and those inlined in it by name. */
  readonly #places: Map<string, number>[] = [];
  readonly #functions: ReadonlyMap<number, Inside>;
  readonly #left = new Map<Inside, { readonly self: number[]; readonly added: number[] }>();

  constructor(functions: ReadonlyMap<number, Inside>) {
    this.#functions = functions;
  }

  /** Where a chain of a node is, made where there was none. */
  #placeOf(node: number, inside: Inside | undefined, chain: Chain): number {
    const places = this.#places[node]!;
    const known = places.get(keyOf(chain));
    if (known !== undefined) return known;
    const parent = this.#placeOf(node, inside, chain.slice(0, -1));
    const key = keyOf(chain);
    const start = [...inside!.parts].find(([one]) => one === key || one.startsWith(`${key}\0`))![1].slot;
    this.#nodes.push({ parent, start, self: 0, added: 0, calls: 0, inlined: chain.at(-1)! });
    places.set(key, this.#nodes.length - 1);
    return this.#nodes.length - 1;
  }

  #add(node: FollowedNode, i: number, from: Inside | undefined): void {
    const chain = from === undefined ? [] : callerIn(from, node.start);
    const parent = node.parent < 0 ? -1 : this.#placeOf(node.parent, from, chain);
    this.#places[i] = new Map([['', this.#nodes.length]]);
    this.#nodes.push({ ...node, parent });
  }

  #divide(node: FollowedNode, i: number, inside: Inside): void {
    const parts = [...inside.parts.values()];
    const left = this.#left.get(inside) ?? {
      self: parts.map(({ self }) => self),
      added: parts.map(({ added }) => added),
    };
    this.#left.set(inside, left);
    const [self, added] = [share(node.self, left.self), share(node.added, left.added)];
    for (const [p, { chain }] of parts.entries()) {
      if (p > 0 && self[p] === 0 && added[p] === 0) continue;
      const place = this.#placeOf(i, inside, chain);
      this.#nodes[place] = { ...this.#nodes[place]!, self: self[p]!, added: added[p]! };
    }
  }

  divided(nodes: readonly FollowedNode[]): readonly DividedNode[] {
    for (const [i, node] of nodes.entries()) {
      const caller = nodes[node.parent];
      this.#add(node, i, caller && this.#functions.get(caller.start));
      const inside = this.#functions.get(node.start);
      if (inside !== undefined) this.#divide(node, i, inside);
    }
    return this.#nodes;
  }
}

/** Callers come before those they call. */
export function divideInlined(
  nodes: readonly FollowedNode[],
  spent: SpentBySlot,
  program: Program,
): readonly DividedNode[] {
  return new Divider(insides(spent, program)).divided(nodes);
}
