// What a kind of instrumentation adds to a region function; the other files of the printer ask it and nothing else.

import type { Effect } from '../../../isa/expr.ts';
import type { AccessEffect, AccessGroup } from '../../../region/accesses.ts';
import type { Block } from '../../../region/region.ts';
import type { Value } from '../../binary/values.ts';
import type { InstructionPlace, WantedHalves } from '../place.ts';

/** Bytes that the access of an instruction of the block has, from `at` behind a local on. */
export interface Reach {
  readonly i: number;
  readonly at: number;
  readonly bytes: number;
}

/** An access at `local` + `at` in the guest area, of a group's member. */
export interface AccessPlace {
  /** Index in the block. */
  readonly i: number;
  readonly local: number;
  readonly at: number;
  readonly group: AccessGroup;
  /** Instructions of the block that have not been done, this one included. */
  readonly undone: number;
  /** Leaves before it, where the instrument does that. */
  leave(): void;
  /** What accesses of the group from this one on are sure to have, before any that the block may be left at. */
  following(): readonly Reach[];
}

export interface Instrument {
  /** Takes up what the control page has: at entry, behind calls, after more fuel. */
  reload(): void;
  /** Besides, at entry, and behind calls. */
  enter?(): void;
  resume?(): void;
  /** To the control page, wherever the fuel goes there. */
  spill(): void;
  /** Besides, where the interpreter takes over. */
  leave(): void;
  /** Around a block, its instructions being paid. */
  startBlock(block: Block, hasAccesses: boolean): void;
  endBlock(): void;
  /** Before each instruction. */
  before?(place: InstructionPlace, effect: Effect): void;
  /** Before a side exit, which leaves the text that follows as it was. */
  settle(): void;
  /** Before one in a block whose instructions from the i-th on will not be done. */
  undo(block: Block, i: number): void;
  /**
   * A block has been done whole, and its last instruction, a jump-and-link or a jump through a register, goes to a pc, or to one
   * that is computed.
   */
  transfer?(block: Block, to: number | Value): void;
  /** Whether it leaves before accesses. */
  readonly leavesAtAccesses?: boolean | undefined;
  /** Before each access; undefined where accesses are nobody's business. */
  readonly access: ((place: AccessPlace) => void) | undefined;
}

/** Writes the loads and stores of a region. */
export interface AccessWriter {
  write(effect: AccessEffect, place: InstructionPlace, wanted: WantedHalves): void;
}

const nothing = (): void => undefined;

/** Nothing but the program. */
export const PURE_CODE: Instrument = {
  reload: nothing,
  spill: nothing,
  leave: nothing,
  startBlock: nothing,
  endBlock: nothing,
  settle: nothing,
  undo: nothing,
  access: undefined,
};
