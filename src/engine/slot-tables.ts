// What there is per slot of the text, in the guest's memory so that WebAssembly can reach it too: decoded instructions
// and how often the code there was entered.

import { SLOT_WORDS } from '../../codegen/program/slots.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import type { ArenaNeeds } from '../../runtime/memory/arena.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';

export interface SlotTables {
  /** SLOT_WORDS words per slot; see codegen/program/slots.ts. */
  readonly slots: Int32Array;
  /** A word per slot. */
  readonly entries: Int32Array;
}

/** Slots of the text, with room for targets that lie just behind it. */
export const slotCount = (text: GuestText): number => text.slots + 2;

/** What the arena must have for the tables. */
export const textNeeds = (text: GuestText): NonNullable<ArenaNeeds['text']> => ({
  slots: slotCount(text),
  slotWords: SLOT_WORDS,
});

/** The tables of a memory that was made with room for them. */
export function slotTables({ buffer, arena: { slots, heat } }: GuestMemory): SlotTables {
  return {
    slots: new Int32Array(buffer, slots.offset, slots.bytes / 4),
    entries: new Int32Array(buffer, heat.offset, heat.bytes / 4),
  };
}
