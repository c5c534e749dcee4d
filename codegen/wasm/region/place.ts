// Where a printer stands in a block.

import type { Instruction } from '../../isa/instruction.ts';
import type { Operands } from '../lower.ts';

/** Where an access stands. */
export interface Place {
  readonly node: number;
  /** Index in the block. */
  readonly i: number;
  readonly pc: number;
  readonly instruction: Instruction;
  readonly operands: Operands;
}

/** What of a result is wanted. */
export type Wanted = 'nothing' | 'low half' | 'all';
