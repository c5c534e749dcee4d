// Where indirect jumps were seen to go, and which compiled code would gain from knowing more of it.

import type { GuestText } from '../../../codegen/program/text.ts';

/** Jumps to unknown targets at one place before what contains it is compiled again. */
const MISSES = 200;

/** An owner is something compiled that contains an indirect jump. */
export class JumpProfile<Owner> {
  readonly #targets: Map<number, Set<number>>;
  readonly #misses = new Map<number, number>();
  readonly #owners = new Map<number, Set<Owner>>();

  /** `targets`: what earlier runs have seen. */
  constructor(targets: Map<number, Set<number>>) {
    this.#targets = targets;
  }

  /** The jump at `pc` went to `target`. */
  seen(pc: number, target: number): void {
    const targets = this.#targets.get(pc);
    if (targets === undefined) this.#targets.set(pc, new Set([target]));
    else targets.add(target);
  }

  targetsOf(pc: number): readonly number[] {
    return [...(this.#targets.get(pc) ?? [])];
  }

  /** As `seen`, from compiled code that did not know the target; after many, the owners to compile again. */
  missed(pc: number, target: number): Iterable<Owner> {
    this.seen(pc, target);
    const misses = (this.#misses.get(pc) ?? 0) + 1;
    this.#misses.set(pc, misses % MISSES);
    return misses < MISSES ? [] : (this.#owners.get(pc) ?? []);
  }

  /** Remembers who contains these indirect jumps. */
  own(jumps: readonly number[], owner: Owner): void {
    for (const pc of jumps) {
      const owners = this.#owners.get(pc);
      if (owners === undefined) this.#owners.set(pc, new Set([owner]));
      else owners.add(owner);
    }
  }
}

export const slotOf = (text: GuestText, pc: number): number => (pc - text.base) >> text.slotShift;
