// What the instruction at each slot of a program adds to its shard, as SP1's chips have it.

import { AREA } from '../../../../codegen/chips/sp1/area.ts';
import type { GuestText } from '../../../../codegen/program/text.ts';
import { CHIP_NAMES } from '../records/chips.ts';
import { OPERATIONS, operationAt, registersOf, TALLIES } from '../records/walk/operations.ts';

export interface SlotCosts {
  /** By slot: index in TALLIES, or NO_TALLY where the instruction is a call or none. */
  readonly tallies: Uint8Array;
  /** By slot: cells of the chip's row, and of that of a page's crossing. */
  readonly cells: Uint16Array;
  /** By slot: registers that it accesses, as bits; none of a call. */
  readonly registers: Int32Array;
  /** By slot: 1 for a load or store. */
  readonly accesses: Uint8Array;
}

export const NO_TALLY = 255;

const CELLS = TALLIES.map(({ chip, isCrossing }) => AREA[CHIP_NAMES[chip]!] + (isCrossing ? AREA.StateBump : 0));

export function slotCosts(text: GuestText): SlotCosts {
  const costs: SlotCosts = {
    tallies: new Uint8Array(text.slots).fill(NO_TALLY),
    cells: new Uint16Array(text.slots),
    registers: new Int32Array(text.slots),
    accesses: new Uint8Array(text.slots),
  };
  for (let slot = 0; slot < text.slots; slot++) {
    const instruction = text.instructionAt(slot);
    const operation = instruction === undefined ? -1 : operationAt(instruction, text.base + 4 * slot);
    if (operation < 0) continue;
    const { kind } = instruction!.row.effect;
    const { tally } = OPERATIONS[operation]!;
    costs.tallies[slot] = tally;
    costs.cells[slot] = CELLS[tally]!;
    costs.registers[slot] = registersOf(instruction!);
    costs.accesses[slot] = kind === 'load' || kind === 'store' ? 1 : 0;
  }
  return costs;
}
