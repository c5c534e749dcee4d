// The tree of a run's calls, and what text finds of it in the arena.

import { LINKS, NODES, NOWHERE } from '../../runtime/trace/call-layout.ts';

/** Calls nested deeper than this are counted with the last one. */
const MOST_DEPTH = 1000;

/** A function called from another node's; nodes are named as their places in the table are. */
interface Node {
  /** Of the outermost, 0. */
  readonly parent: number;
  /** Slot where the function starts, and where it was entered first. */
  readonly start: number;
  readonly to: number;
  readonly depth: number;
  /** By where functions start. */
  readonly children: Map<number, number>;
  /** Stands for all that its parent calls, which is too deep to be told apart: its weight is its parent's. */
  readonly isFold: boolean;
  fold: number;
  /** What was moved out of the table, what was added besides, and how often it has ended. */
  weight: number;
  added: number;
  calls: number;
}

export interface ListedNode {
  readonly parent: number;
  readonly start: number;
  /** With what it called. */
  readonly weight: number;
  readonly added: number;
  readonly calls: number;
}

export class CallNodes {
  readonly #words: Int32Array;
  readonly #links: Int32Array;
  readonly #nodes: Node[] = [];
  /** By where a function starts: its nodes, and which of a node's places names the one that a call to a slot leads to. */
  readonly #named = new Map<number, number[]>();
  readonly #places = new Map<number, Map<number, number>>();
  /** What is not told apart for want of room. */
  readonly #overflow: number;

  constructor(words: Int32Array, links: Int32Array, start: number) {
    this.#words = words;
    this.#links = links;
    words[NODES.to >> 2] = NOWHERE;
    this.#make(0, start, start, 0, false);
    this.#overflow = this.#make(0, start, NOWHERE, 0, true);
  }

  at(name: number): Node {
    return this.#nodes[name / NODES.entryBytes - 1]!;
  }

  #make(parent: number, start: number, to: number, depth: number, isFold: boolean): number {
    this.#nodes.push({
      parent,
      start,
      to,
      depth,
      children: new Map(),
      isFold,
      fold: 0,
      weight: 0,
      added: 0,
      calls: 0,
    });
    const name = this.#nodes.length * NODES.entryBytes;
    this.#words[(name + NODES.to) >> 2] = isFold ? NOWHERE : to;
    if (isFold) return name;
    const named = this.#named.get(start);
    if (named === undefined) this.#named.set(start, [name]);
    else named.push(name);
    if (parent !== 0) {
      const place = this.#places.get(this.at(parent).start)?.get(to);
      if (place !== undefined) this.#words[(parent + place) >> 2] = name;
    }
    return name;
  }

  /** The node of a function that is entered at `to` from a node. */
  child(node: number, start: number, to: number): number {
    const parent = this.at(node);
    if (parent.isFold) return node;
    const known = parent.children.get(start);
    if (known !== undefined) return known;
    if ((this.#nodes.length + 2) * NODES.entryBytes > NODES.bytes) return this.#overflow;
    if (parent.depth >= MOST_DEPTH) {
      if (parent.fold === 0) parent.fold = this.#make(node, parent.start, NOWHERE, parent.depth, true);
      return parent.fold;
    }
    const made = this.#make(node, start, to, parent.depth + 1, false);
    parent.children.set(start, made);
    return made;
  }

  /**
   * Where the nodes of a function name the one that its call to a slot leads to, `start` being that of the other function; by the
   * complement of a slot, the one that the call there led to the last time.
   */
  placeOf(caller: number, to: number, start?: number): number | undefined {
    const places = this.#places.get(caller) ?? new Map<number, number>();
    this.#places.set(caller, places);
    const known = places.get(to);
    if (known !== undefined || places.size >= NODES.calledCount) return known;
    const place = NODES.called + 4 * places.size;
    places.set(to, place);
    if (start === undefined) return place;
    for (const name of this.#named.get(caller) ?? []) {
      const child = this.at(name).children.get(start);
      if (child !== undefined && this.at(child).to === to) this.#words[(name + place) >> 2] = child;
    }
    return place;
  }

  /** The node that a link says; where there is none, `find` says it. */
  follow(node: number, to: number, find: () => number): number {
    const links = this.#links;
    const [ofNode, ofTo] = LINKS.factors;
    const hash = (Math.imul(node, ofNode) ^ Math.imul(to, ofTo)) >>> LINKS.shift;
    const at = hash * (LINKS.entryBytes >> 2);
    if (links[at] !== node || links[at + 1] !== to) {
      links[at + 2] = find();
      links[at] = node;
      links[at + 1] = to;
    }
    return links[at + 2]!;
  }

  /** What was done in a node, which ends there or has not ended. */
  spend(node: number, weight: number, ends: boolean): void {
    this.#words[(node + NODES.weight) >> 2]! += weight;
    if (ends) this.#words[(node + NODES.calls) >> 2]! += 1;
  }

  /** Moves what the table has out of it. */
  settle(): void {
    const words = this.#words;
    for (const [i, node] of this.#nodes.entries()) {
      const at = ((i + 1) * NODES.entryBytes) >> 2;
      node.weight += words[at + (NODES.weight >> 2)]!;
      node.calls += words[at + (NODES.calls >> 2)]!;
      words[at + (NODES.weight >> 2)] = 0;
      words[at + (NODES.calls >> 2)] = 0;
    }
  }

  isOverflow(node: number): boolean {
    return node === this.#overflow;
  }

  /** Those that are told apart, `parent` being a place in the list, -1 of the outermost; `open`: how often each has not ended. */
  list(open: ReadonlyMap<number, number>): readonly ListedNode[] {
    const told = this.#nodes.filter(({ isFold }) => !isFold);
    const indexOf = new Map(told.map((node, i) => [node, i]));
    const listed = told.map(({ parent, start, weight, added, calls }) => {
      const index = parent === 0 ? -1 : indexOf.get(this.at(parent))!;
      return { parent: index, start, weight, added, calls };
    });
    for (const [i, node] of this.#nodes.entries()) {
      const { isFold, parent } = node;
      const index = indexOf.get(isFold && parent !== 0 ? this.at(parent) : node);
      if (index === undefined) continue;
      listed[index]!.calls += open.get((i + 1) * NODES.entryBytes) ?? 0;
      if (!isFold) continue;
      listed[index]!.calls += node.calls;
      listed[index]!.added += node.added;
    }
    return listed;
  }
}
