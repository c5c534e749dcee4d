// The cold ways out of a region, known before its code is written: a WebAssembly branch can only leave a block that was
// opened earlier. Exits share stubs; each stub spills what any of its users may have dirty.

import type { BlockFacts } from '../../region/known.ts';
import type { BlockGroups } from './groups.ts';

export interface ExitPlan {
  /** Per stub: the registers that it spills, as bits. */
  readonly stubs: readonly number[];
  /** Stub of the exit before an instruction, or at the head of a loop. */
  stubOf(node: number, place: number): number;
}

/** The place of the exit at a loop's head; a block has fewer instructions. */
export const AT_HEAD = 1023;

interface Exit {
  readonly key: number;
  readonly dirty: number;
  /** Registers whose locals hold their values. */
  readonly valid: number;
}

const keyOf = (node: number, place: number): number => node * 1024 + place;

export function planExits(
  order: readonly number[],
  heads: ReadonlySet<number>,
  facts: readonly BlockFacts[],
  groups: readonly BlockGroups[],
): ExitPlan {
  const exits: Exit[] = [];
  for (const node of order) {
    const { dirty, valid } = facts[node]!;
    const add = (place: number, i: number): void => {
      exits.push({ key: keyOf(node, place), dirty: dirty[i]!.lo, valid: valid[i]!.lo });
    };
    if (heads.has(node)) add(AT_HEAD, 0);
    groups[node]!.forEach((group, i) => {
      if (group?.first === i) add(i, i);
    });
  }
  return share(exits);
}

function share(exits: readonly Exit[]): ExitPlan {
  const stubs: number[] = [];
  const stubOfKey = new Map<number, number>();
  for (const { key, dirty, valid } of [...exits].sort((a, b) => count(b.dirty) - count(a.dirty))) {
    let stub = stubs.findIndex(spills => (dirty & ~spills) === 0 && (spills & ~valid) === 0);
    if (stub === -1) stub = stubs.push(dirty) - 1;
    stubOfKey.set(key, stub);
  }
  return { stubs, stubOf: (node, place) => stubOfKey.get(keyOf(node, place))! };
}

function count(bits: number): number {
  let n = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) n++;
  return n;
}
