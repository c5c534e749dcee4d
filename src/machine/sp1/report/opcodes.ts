// Instructions of a run by SP1's opcode.

import type { GuestText } from '../../../../codegen/program/text.ts';
import { opcodeOf } from '../records/opcode-chips.ts';

/** From how often the instruction at each slot was done. */
export function opcodesOf(text: GuestText, executions: Float64Array): ReadonlyMap<string, number> {
  const opcodes = new Map<string, number>();
  executions.forEach((count, slot) => {
    if (count === 0) return;
    const opcode = opcodeOf(text.instructionAt(slot)!.row.mnemonic);
    opcodes.set(opcode, (opcodes.get(opcode) ?? 0) + count);
  });
  return opcodes;
}
