// Lists of instructions with labels → text. Compressed encodings are found by expanding all of them.

import { makeExpander } from '../../codegen/isa/c.ts';
import { makeDecoder } from '../../codegen/isa/decode.ts';
import { disassemble } from '../../codegen/isa/disassemble.ts';
import { encode } from '../../codegen/isa/encode.ts';
import { type Isa, type IsaName, isa, rowOf } from '../../codegen/isa/index.ts';
import type { Instruction } from '../../codegen/isa/instruction.ts';

export interface Label {
  address: number;
}

export interface Item {
  readonly mnemonic: string;
  readonly rd?: number;
  readonly rs1?: number;
  readonly rs2?: number;
  readonly imm?: number;
  /** The immediate is the distance to this label, from `from` where given. */
  readonly to?: Label;
  readonly from?: Label;
  /** Use a 16-bit encoding where there is one. */
  readonly compress?: boolean;
}

/** An instruction, a raw 16- or 32-bit word, or a place. */
export type Line = Item | { readonly half: number } | { readonly word: number } | { readonly label: Label };

const keyOf = (mnemonic: string, rd = 0, rs1 = 0, rs2 = 0, imm = 0): string => `${mnemonic} ${rd} ${rs1} ${rs2} ${imm}`;

export interface Compressed {
  readonly half: number;
  readonly instruction: Instruction;
}

const compressedByIsa = new Map<IsaName, readonly Compressed[]>();

/** Every 16-bit instruction of the set. */
export function allCompressed(set: Isa): readonly Compressed[] {
  let found = compressedByIsa.get(set.name);
  if (found === undefined) {
    const expand = makeExpander(set);
    const halves = Array.from({ length: 65536 }, (_, half) => half).filter(half => (half & 3) !== 3);
    found = halves.flatMap(half => {
      const instruction = expand(half);
      return instruction === undefined ? [] : [{ half, instruction }];
    });
    compressedByIsa.set(set.name, found);
  }
  return found;
}

const halvesByIsa = new Map<IsaName, ReadonlyMap<string, number>>();

function halvesOf(set: Isa): ReadonlyMap<string, number> {
  let found = halvesByIsa.get(set.name);
  if (found === undefined) {
    const entries = allCompressed(set).map(({ half, instruction: { row, rd, rs1, rs2, imm } }) => {
      return [keyOf(row.mnemonic, rd, rs1, rs2, imm), half] as const;
    });
    found = new Map(entries);
    halvesByIsa.set(set.name, found);
  }
  return found;
}

/** The bytes of a program at `base`; fills in the labels. Throws RangeError where a target is out of reach. */
export function assemble(name: IsaName, base: number, lines: readonly Line[]): Uint8Array {
  const set = isa(name);
  const halves = halvesOf(set);
  // Grows only: what did not fit once stays long.
  const isLong = new Set<number>();
  const halfOf = (item: Item, pc: number, i: number): number | undefined => {
    if (!set.compressed || item.compress !== true || isLong.has(i)) return undefined;
    return halves.get(keyOf(item.mnemonic, item.rd, item.rs1, item.rs2, immediate(item, pc)));
  };
  for (;;) {
    let pc = base;
    let grown = false;
    const sizes = lines.map((line, i) => sizeOf(line, set, isLong.has(i)));
    lines.forEach((line, i) => {
      if ('label' in line) line.label.address = pc;
      pc += sizes[i]!;
    });
    pc = base;
    const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    const view = new DataView(bytes.buffer);
    lines.forEach((line, i) => {
      const at = pc - base;
      pc += sizes[i]!;
      if ('label' in line) return;
      if ('half' in line) view.setUint16(at, line.half, true);
      else if ('word' in line) view.setUint32(at, line.word, true);
      else if (sizes[i] === 4)
        view.setUint32(at, encode(rowOf(set, line.mnemonic), { ...line, imm: immediate(line, pc - 4) }), true);
      else {
        const half = halfOf(line, pc - 2, i);
        if (half === undefined) {
          isLong.add(i);
          grown = true;
        } else view.setUint16(at, half, true);
      }
    });
    if (!grown) return bytes;
  }
}

function sizeOf(line: Line, set: Isa, isLong: boolean): number {
  if ('label' in line) return 0;
  if ('half' in line) return 2;
  if ('word' in line) return 4;
  return set.compressed && line.compress === true && !isLong ? 2 : 4;
}

const immediate = ({ imm = 0, to, from }: Item, pc: number): number =>
  to === undefined ? imm : to.address - (from?.address ?? pc) + imm;

/** A listing for messages, with `labels` by address. */
export function listing(name: IsaName, base: number, text: Uint8Array): string {
  const decode = makeDecoder(isa(name));
  const lines: string[] = [];
  for (let at = 0; at < text.length; ) {
    const word = [0, 1, 2, 3].reduce((sum, i) => sum | ((text[at + i] ?? 0) << (8 * i)), 0);
    const instruction = decode(word);
    const pc = base + at;
    lines.push(
      `${pc.toString(16)}: ${instruction === undefined ? `.word ${word}` : disassemble(instruction, BigInt(pc))}`,
    );
    at += instruction?.size ?? (isa(name).compressed ? 2 : 4);
  }
  return lines.join('\n');
}
