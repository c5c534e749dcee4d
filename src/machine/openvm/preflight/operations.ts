// Instructions of a program as a preflight run wants them.

import type { PreflightInstruction } from '../../../../codegen/preflight/forms.ts';
import type { GuestText } from '../../../../codegen/program/text.ts';
import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import type { RecordedAir } from '../../../../runtime/openvm/records.ts';
import { AIR_ID, airOfOpcode } from '../airs.ts';
import { PHANTOMS, transpile } from '../transpiler.ts';

/** The first opcode of the class that an AIR's opcodes count from. */
const CLASS_OFFSET: Readonly<Partial<Record<RecordedAir, number>>> = {
  BaseAlu: OPENVM_OPCODE.ADD,
  Shift: OPENVM_OPCODE.SLL,
  LessThan: OPENVM_OPCODE.SLT,
  LoadStore: OPENVM_OPCODE.LOADW,
  LoadSignExtend: OPENVM_OPCODE.LOADW,
  BranchEqual: OPENVM_OPCODE.BEQ,
  BranchLessThan: OPENVM_OPCODE.BLT,
  JalLui: OPENVM_OPCODE.JAL,
  MulH: OPENVM_OPCODE.MULH,
  DivRem: OPENVM_OPCODE.DIV,
};
const MOST_INSTRUCTIONS = 64;

/** Whose instructions are done by the host. */
export type HostForm = 'Terminate' | 'HintStore' | 'HostPhantom';

export type PreflightOperation =
  | ({
      readonly isHost: false;
      /** Whether it accesses public values. */
      readonly isRevealed: boolean;
    } & PreflightInstruction)
  | ({ readonly isHost: true; readonly kind: HostForm } & Omit<PreflightInstruction, 'form' | 'localOpcode'>);

export function operationAt(text: GuestText, slot: number): PreflightOperation | undefined {
  const instruction = text.instructionAt(slot);
  if (instruction === undefined) return undefined;
  const { opcode, operands } = transpile(instruction);
  const form = airOfOpcode(opcode);
  const pc = text.base + 4 * slot;
  if (form === undefined) return { isHost: true, kind: 'Terminate', air: -1, operands, instruction, pc };
  const air = AIR_ID[form];
  if (form === 'HintStore') return { isHost: true, kind: 'HintStore', air, operands, instruction, pc };
  if (form === 'Phantom' && instruction.row.mnemonic in PHANTOMS)
    return { isHost: true, kind: 'HostPhantom', air, operands, instruction, pc };
  const localOpcode = opcode - (CLASS_OFFSET[form] ?? opcode);
  const isRevealed = instruction.row.mnemonic === 'reveal';
  return { isHost: false, isRevealed, form, air, localOpcode, operands, instruction, pc };
}

const isLast = ({ instruction }: PreflightOperation): boolean => {
  const { kind } = instruction.row.effect;
  return kind === 'branch' || kind === 'jump';
};

/** Instructions from a slot on that are done one after the other: at most so many, the host's by themselves. */
export function blockAt(text: GuestText, slot: number, most: number = MOST_INSTRUCTIONS): PreflightOperation[] {
  const block: PreflightOperation[] = [];
  for (let at = slot; block.length < most; at++) {
    const operation = operationAt(text, at);
    if (operation === undefined || (operation.isHost && block.length > 0)) break;
    block.push(operation);
    if (operation.isHost || isLast(operation)) break;
  }
  return block;
}
