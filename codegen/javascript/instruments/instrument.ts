// What a kind of instrumentation adds to the text of a region; the other files of the printer ask it and nothing else.

import type { AbiMode } from '../../../runtime/contract.ts';
import type { Block } from '../../region/region.ts';
import type { Expression, Statement } from '../estree.ts';

/** What an access may write besides. */
export interface AccessWriter {
  /** Names of the locals that the text needs. */
  readonly used: Set<string>;
  push(...statements: Statement[]): void;
}

export interface AccessPlace {
  /** Index in I32 of the doubleword's first word. */
  readonly doubleword: Expression;
  /** Instructions of the block that have not been done, this one included. */
  readonly undone: number;
  /** Leaves before the instruction, which is not done. */
  leave(): Statement;
}

export interface Instrument {
  /** What the text takes of the ABI besides. */
  readonly mode: AbiMode;
  /** Its locals, as they are at the start. */
  declare(): Statement[];
  /** Wherever the fuel goes to the control page. */
  spill(): Statement[];
  /** Besides, where the interpreter takes over. */
  leave(): Statement[];
  /** Behind whatever was called. */
  reload(): Statement[];
  /** Around the request for more fuel at a loop's head; arguments that it takes along. */
  refuel(): { readonly before: Statement[]; readonly along: Expression[]; readonly behind: Statement[] };
  /** Where the instructions of a block have been paid. */
  startBlock(block: Block, hasAccesses: boolean): Statement[];
  /** Before the text leaves a block whose instructions from the i-th on will not be done. */
  undo(block: Block, i: number): Statement[];
  /**
   * A block has been done whole, and its last instruction, a jump-and-link or a jump through a register, goes to a pc, or to the
   * low word of one that is computed.
   */
  transfer?(block: Block, to: number | Expression): Statement[];
  /** Before an access. Undefined where accesses are nobody's business. */
  readonly access: ((writer: AccessWriter, place: AccessPlace) => void) | undefined;
}

const NOTHING = (): Statement[] => [];

/** Nothing but the program. */
export const PURE_TEXT: Instrument = {
  mode: {},
  declare: NOTHING,
  spill: NOTHING,
  leave: NOTHING,
  reload: NOTHING,
  refuel: () => ({ before: [], along: [], behind: [] }),
  startBlock: NOTHING,
  undo: NOTHING,
  access: undefined,
};
