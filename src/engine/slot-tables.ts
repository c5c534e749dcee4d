// What there is per slot of the text, in the guest's memory so that WebAssembly can reach it too: decoded instructions
// and how often the code there was entered.

import { SLOT_WORDS, type Text } from '../../codegen/program/predecode.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';

export interface SlotTables {
  /** SLOT_WORDS words per slot; see codegen/javascript/interpreter.ts. */
  readonly slots: Int32Array;
  /** A word per slot. */
  readonly entries: Int32Array;
}

/** Slots of the text, with room for targets that lie just behind it. */
const slotsOf = (text: Text): number => text.slots + 2;

/** Bytes of the tables. */
export const slotTableBytes = (text: Text): number => 4 * (SLOT_WORDS + 1) * slotsOf(text);

/** The tables at an arena byte offset. */
export function slotTables(text: Text, { buffer }: GuestMemory, offset: number): SlotTables {
  const count = slotsOf(text);
  return {
    slots: new Int32Array(buffer, offset, SLOT_WORDS * count),
    entries: new Int32Array(buffer, offset + 4 * SLOT_WORDS * count, count),
  };
}
