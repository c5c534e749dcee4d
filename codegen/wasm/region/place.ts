// Where a printer stands in a block.

import type { Instruction } from '../../isa/instruction.ts';
import type { LeafOperands } from '../lower.ts';

/** Where an access stands. */
export interface InstructionPlace {
  readonly node: number;
  /** Index in the block. */
  readonly i: number;
  readonly pc: number;
  readonly instruction: Instruction;
  readonly operands: LeafOperands;
}

/** What of a result is wanted. */
export type WantedHalves = 'nothing' | 'low half' | 'all';
