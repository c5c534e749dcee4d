// The cold ways out of a region, known before its code is written: a WebAssembly branch can only leave a block that was
// opened earlier.

import type { BlockGroups } from '../../region/accesses.ts';
import { type Exit, shareExits } from '../../region/exits.ts';
import { type BlockFacts, UNKNOWN } from '../../region/known.ts';

export interface ExitPlan {
  /** Per stub: the registers that it spills, as bits. */
  readonly stubs: readonly number[];
  /** Stub of the exit before an instruction, or at the head of a loop. */
  stubOf(node: number, place: number): number;
}

/** The place of the exit at a loop's head; a block has fewer instructions. */
export const AT_HEAD = 1023;

/** A register is one local: there are low halves only. */
interface PlacedExit extends Exit {
  readonly key: number;
}

const keyOf = (node: number, place: number): number => node * 1024 + place;

export function planExits(
  order: readonly number[],
  heads: ReadonlySet<number>,
  facts: readonly BlockFacts[],
  groups: readonly BlockGroups[],
): ExitPlan {
  const exits: PlacedExit[] = [];
  for (const node of order) {
    const { dirty, valid } = facts[node]!;
    const add = (place: number, i: number): void => {
      exits.push({ key: keyOf(node, place), dirty: dirty[i]!, valid: valid[i]!, known: UNKNOWN, isHot: false });
    };
    if (heads.has(node)) add(AT_HEAD, 0);
    groups[node]!.forEach((group, i) => {
      if (group?.first === i) add(i, i);
    });
  }
  const stubs = shareExits(exits);
  const stubOfKey = new Map(stubs.flatMap(({ users }, i) => users.map(({ key }) => [key, i] as const)));
  return { stubs: stubs.map(({ spills }) => spills.lo), stubOf: (node, place) => stubOfKey.get(keyOf(node, place))! };
}
