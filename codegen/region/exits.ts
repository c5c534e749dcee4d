// The cold ways out of a region share stubs behind its code. A stub spills what any of its users may have dirty.

import { type Extended, sameOf } from './known.ts';
import { covers, type Halves, same } from './liveness.ts';

export interface WayOut {
  /** What must reach the register file, and what may because the locals hold it. */
  readonly dirty: Halves;
  readonly valid: Halves;
  /** What is known of the high halves. */
  readonly known: Extended;
  /** Whether it is hot, as a return is: there, no register is spilled that need not be. */
  readonly isHot: boolean;
}

export interface Stub<E extends WayOut> {
  readonly isHot: boolean;
  readonly spills: Halves;
  readonly users: readonly E[];
}

const bits = (word: number): number => {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
};

const size = ({ lo, hi }: Halves): number => bits(lo) + bits(hi);

function fits({ isHot, spills, users }: Stub<WayOut>, exit: WayOut): boolean {
  if (isHot !== exit.isHot) return false;
  if (isHot) return same(spills, exit.dirty) && sameOf(users[0]!.known, exit.known, exit.dirty.hi);
  return covers(spills, exit.dirty) && covers(exit.valid, spills);
}

/** A stub for each exit, greedily: those that spill most come first. */
export function shareExits<E extends WayOut>(exits: readonly E[]): readonly Stub<E>[] {
  const stubs: { readonly isHot: boolean; readonly spills: Halves; readonly users: E[] }[] = [];
  for (const exit of [...exits].sort((a, b) => size(b.dirty) - size(a.dirty))) {
    const found = stubs.find(stub => fits(stub, exit));
    if (found === undefined) stubs.push({ isHot: exit.isHot, spills: exit.dirty, users: [exit] });
    else found.users.push(exit);
  }
  return stubs;
}
