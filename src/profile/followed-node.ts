// What is known of a run whose calls were followed: by node of the tree, and by slot of the text.

import type { GuestText } from '../../codegen/program/text.ts';

/** A node after the run. */
export interface FollowedNode {
  /** Place in the list; -1 of the root. */
  readonly parent: number;
  readonly start: number;
  /** Without what it called. */
  readonly self: number;
  readonly added: number;
  readonly calls: number;
}

/** By slot. */
export interface SpentBySlot {
  readonly text: GuestText;
  readonly functionAt: (slot: number) => number | undefined;
  /** How often instructions were done, what they weigh, and what was added at environment calls. */
  readonly counts: ArrayLike<number>;
  readonly weightOf: (slot: number) => number;
  readonly added: ReadonlyMap<number, number>;
}
