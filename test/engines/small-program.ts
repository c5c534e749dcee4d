// Programs of a few lines, for the machine of test-machine.ts or SP1's.

import type { IsaName } from '../../codegen/isa/index.ts';
import { assemble, type Line } from './assembler.ts';
import type { Built } from './random-program.ts';
import { LAYOUTS, type Layout, type Setup, SP1_LAYOUT } from './test-machine.ts';

/** What the machine is strict about. */
export type Rules = Pick<Setup, 'alignedOnly' | 'protectsText'>;

export interface Parts extends Rules {
  readonly lines: readonly Line[];
  /** Others are zero. */
  readonly registers: Readonly<Record<number, bigint>>;
  readonly data: Uint8Array;
  readonly layout?: Layout;
}

export function smallProgram(isa: IsaName, { lines, registers, data, ...rest }: Parts): Built {
  const { alignedOnly, protectsText, layout = LAYOUTS[0]! } = rest;
  const text = assemble(isa, layout.textBase, lines);
  const setup: Setup = {
    machine: 'test',
    isa,
    layout,
    textBytes: text.length,
    alignedOnly,
    protectsText,
    data,
    registers: Array.from({ length: 32 }, (_, r) => registers[r] ?? 0n),
    inputs: [],
  };
  return { setup, text, functionStarts: [] };
}

/** Words of xlen bits as bytes. */
export function wordBytes(xlen: 32 | 64, words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array((words.length * xlen) / 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    if (xlen === 64) view.setBigUint64(8 * i, BigInt.asUintN(64, word), true);
    else view.setUint32(4 * i, Number(BigInt.asUintN(32, word)), true);
  });
  return bytes;
}

/** A guest of SP1 whose registers are zero. */
export function sp1Program(lines: readonly Line[]): Built {
  const layout = SP1_LAYOUT;
  const { setup, ...rest } = smallProgram('rv64im', {
    ...{ lines, layout, registers: {}, data: new Uint8Array(8), alignedOnly: true, protectsText: true },
  });
  return { setup: { ...setup, machine: 'sp1' }, ...rest };
}
