// From instruction words to rows and operands. The lookup is generated from the masks and matches of the table:
// bits 6..2 and 14..12 choose a list of at most a few rows.

import { makeExpander } from './c.ts';
import { type ImmediateLayout, immediateLayout } from './encoding.ts';
import type { Isa } from './index.ts';
import type { Instruction } from './instruction.ts';
import type { Row } from './row.ts';

export type { CompressedForm, Instruction } from './instruction.ts';

interface Candidate {
  readonly row: Row;
  /** As signed numbers, which is what the bit operators give. */
  readonly mask: number;
  readonly match: number;
  /** All ones for a register operand that the row has, else 0. */
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly immediate: ImmediateLayout;
}

const KEYS = 256;
const KEY_BITS = 0x707c;

const keyOf = (word: number): number => ((word >>> 2) & 0x1f) | ((word >>> 7) & 0xe0);

function candidate(row: Row): Candidate {
  const { mask, match, operands } = row.encoding;
  const field = (name: 'rd' | 'rs1' | 'rs2'): number => (operands.includes(name) ? 31 : 0);
  return {
    row,
    mask: mask | 0,
    match: match | 0,
    rd: field('rd'),
    rs1: field('rs1'),
    rs2: field('rs2'),
    immediate: immediateLayout(row.encoding),
  };
}

function lookup(rows: readonly Row[]): readonly (readonly Candidate[])[] {
  const candidates = rows.map(candidate);
  return Array.from({ length: KEYS }, (_, key) => {
    const word = ((key & 0x1f) << 2) | ((key & 0xe0) << 7);
    return candidates.filter(({ mask, match }) => ((word ^ match) & mask & KEY_BITS) === 0);
  });
}

/** The immediate of a 32-bit encoding, sign-extended. */
function immediateOf(layout: ImmediateLayout, word: number): number {
  switch (layout) {
    case 'none':
      return 0;
    case 'I':
    case 'fence':
      return word >> 20;
    case 'S':
      return ((word >> 25) << 5) | ((word >>> 7) & 0x1f);
    case 'B':
      return ((word >> 31) << 12) | ((word << 4) & 0x800) | ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e);
    case 'U':
      return word & ~0xfff;
    case 'J':
      return ((word >> 31) << 20) | (word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe);
    case 'shamt5':
      return (word >>> 20) & 0x1f;
    case 'shamt6':
      return (word >>> 20) & 0x3f;
  }
}

/**
 * A decoder for the set: takes the 32 bits at pc, little-endian (of which a compressed instruction uses the lower
 * 16), and gives undefined for what is not an instruction of the set.
 */
export function makeDecoder(set: Isa): (word: number) => Instruction | undefined {
  const table = lookup(set.rows);
  const expand = set.compressed ? makeExpander(set) : undefined;
  const expanded = new Map<number, Instruction | undefined>();

  function decodeCompressed(half: number): Instruction | undefined {
    if (expand === undefined) return undefined;
    let instruction = expanded.get(half);
    if (instruction === undefined && !expanded.has(half)) {
      instruction = expand(half);
      expanded.set(half, instruction);
    }
    return instruction;
  }

  return word => {
    if ((word & 3) !== 3) return decodeCompressed(word & 0xffff);
    for (const { row, mask, match, rd, rs1, rs2, immediate } of table[keyOf(word)]!) {
      if ((word & mask) !== match) continue;
      return {
        row,
        rd: (word >>> 7) & rd,
        rs1: (word >>> 15) & rs1,
        rs2: (word >>> 20) & rs2,
        imm: immediateOf(immediate, word),
        size: 4,
        form: undefined,
      };
    }
    return undefined;
  };
}
