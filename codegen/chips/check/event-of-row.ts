// What a row says of its event: the fields whose digits are columns as they are.

import type { Chip } from '../chip.ts';
import type { Word } from '../word.ts';

interface Piece {
  readonly field: string;
  /** Bits of the field that the column has, from this one on. */
  readonly from: number;
  readonly bits: number;
  readonly column: number;
}

/** Fields by name, hexadecimal; lists are left out, as are fields that no columns tell. */
export function eventOfRow(chip: Chip, cells: readonly number[]): Readonly<Record<string, string>> {
  const { fields } = chip.event;
  const values = new Map<string, { value: bigint; known: bigint }>();
  for (const { field, from, bits, column } of piecesOf(chip)) {
    const { value, known } = values.get(field) ?? { value: 0n, known: 0n };
    const mask = (2n ** BigInt(bits) - 1n) << BigInt(from);
    values.set(field, { value: value | ((BigInt(cells[column]!) << BigInt(from)) & mask), known: known | mask });
  }
  const whole = [...fields].filter(
    ([name, { bits, isList }]) => !isList && values.get(name)?.known === 2n ** BigInt(bits) - 1n,
  );
  return Object.fromEntries(whole.map(([name]) => [name, `0x${values.get(name)!.value.toString(16)}`]));
}

const PIECES = new WeakMap<Chip, readonly Piece[]>();

function piecesOf(chip: Chip): readonly Piece[] {
  const before = PIECES.get(chip);
  if (before !== undefined) return before;
  const pieces = chip.columns.flatMap(({ word, index }) => pieceOf(word, index, chip));
  PIECES.set(chip, pieces);
  return pieces;
}

function pieceOf(word: Word, column: number, { event }: Chip): Piece[] {
  const isPart = word.op === 'bits';
  const whole = isPart ? word.args[0]! : word;
  if (whole.op !== 'field') return [];
  const { bits } = event.fields.get(whole.name)!;
  const [from, to] = isPart ? [word.from, Math.min(word.to, bits)] : [0, bits];
  return [{ field: whole.name, from, bits: to - from, column }];
}
