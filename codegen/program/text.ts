// A program's text as slots, the places where an instruction can stand: 4 bytes, or 2 where the set has compressed ones.

import { makeDecoder } from '../isa/decode.ts';
import type { Isa } from '../isa/index.ts';
import type { Instruction } from '../isa/instruction.ts';
import { nameUnsupported } from '../isa/unsupported.ts';
import type { AddressRange } from './program.ts';

export interface GuestText {
  readonly isa: Isa;
  readonly base: number;
  readonly bytes: Uint8Array;
  /** log2 of a slot's bytes. */
  readonly slotShift: 1 | 2;
  readonly slots: number;
  instructionAt(slot: number): Instruction | undefined;
  /** Name of an instruction that stands there and is of none of the sets; undefined where none is known or it is refused. */
  unsupportedAt(slot: number): string | undefined;
  readonly hasGaps: boolean;
  /** Whether the slot lies between executable segments: nothing there is an instruction. */
  isGap(slot: number): boolean;
}

const ALL_ONES = -1;

/** The text as slots. `refused` rows decode as illegal (an ISA variant without them); `gaps` are none of it. */
export function makeText(
  isa: Isa,
  base: number,
  bytes: Uint8Array,
  refused: (instruction: Instruction) => boolean = () => false,
  gaps: readonly AddressRange[] = [],
): GuestText {
  const decode = makeDecoder(isa);
  const slotShift = isa.compressed ? 1 : 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const slots = bytes.length >>> slotShift;
  const isInGap = (offset: number): boolean =>
    gaps.some(({ start, end }) => base + offset >= start && base + offset < end);
  const isGap = gaps.length === 0 ? (): boolean => false : (slot: number): boolean => isInGap(slot << slotShift);
  const decodeAt = (slot: number): Instruction | undefined => {
    const at = slot << slotShift;
    if (slot >= slots || (gaps.length > 0 && isGap(slot))) return undefined;
    const instruction = decode(at + 4 <= bytes.length ? view.getInt32(at, true) : view.getUint16(at, true));
    if (instruction === undefined || at + instruction.size > bytes.length) return undefined;
    return gaps.length > 0 && isInGap(at + instruction.size - 1) ? undefined : instruction;
  };
  return {
    isa,
    base,
    bytes,
    slotShift,
    slots,
    hasGaps: gaps.length > 0,
    isGap,
    instructionAt(slot) {
      const instruction = decodeAt(slot);
      return instruction !== undefined && refused(instruction) ? undefined : instruction;
    },
    unsupportedAt(slot) {
      if (decodeAt(slot) !== undefined) return undefined;
      const at = slot << slotShift;
      const word = [0, 1, 2, 3].reduce((sum, i) => sum | ((bytes[at + i] ?? 0) << (8 * i)), 0);
      const name = word === ALL_ONES ? undefined : nameUnsupported(word, isa);
      return name === 'unimp' ? undefined : name;
    },
  };
}

/** The slot at an address of 32 bits, or -1 where none is. */
export function slotAt({ base, bytes, slotShift, hasGaps, isGap }: GuestText, address: number): number {
  const offset = (address >>> 0) - base;
  if (offset < 0 || offset >= bytes.length || (offset & ((1 << slotShift) - 1)) !== 0) return -1;
  return hasGaps && isGap(offset >>> slotShift) ? -1 : offset >>> slotShift;
}
