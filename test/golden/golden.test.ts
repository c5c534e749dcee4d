// Small programs beside the JavaScript that is made of them. `npm run golden` accepts a change; review it as code.

import { parse } from 'acorn';
import { describe, expect, it } from 'vitest';
import { makeDecoder } from '../../codegen/isa/decode.ts';
import { disassemble } from '../../codegen/isa/disassemble.ts';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { CodeCache } from '../../src/engine/code/code-cache.ts';
import { assemble, type Label, type Line } from '../engines/assembler.ts';
import { prepare, type RunOptions } from '../engines/compare.ts';
import type { Built } from '../engines/random-program.ts';
import { LAYOUTS, type Setup } from '../engines/test-machine.ts';

const layout = LAYOUTS[0]!;
const XLENS = [32, 64] as const;
type Xlen = (typeof XLENS)[number];

const label = (): Label => ({ address: 0 });
const EXIT: readonly Line[] = [{ mnemonic: 'addi', rd: 17 }, { mnemonic: 'ecall' }];

/** Lines, and the label whose code is shown; the jump table starts at s0. */
interface Sample {
  readonly lines: readonly Line[];
  readonly entry: Label;
  readonly table?: readonly Label[];
  readonly functions?: readonly Label[];
}

/** The sum of an array, backwards. */
function loop(xlen: Xlen): Sample {
  const entry = label();
  const load = xlen === 64 ? 'ld' : 'lw';
  return {
    entry,
    lines: [
      { mnemonic: 'addi', rd: 11, rs1: 8, imm: 512 },
      { label: entry },
      { mnemonic: load, rd: 12, rs1: 11, imm: -8 },
      { mnemonic: 'addi', rd: 11, rs1: 11, imm: -8 },
      { mnemonic: 'add', rd: 10, rs1: 10, rs2: 12 },
      { mnemonic: 'bne', rs1: 11, rs2: 8, to: entry },
      ...EXIT,
    ],
  };
}

/** A loop around a call of a function that squares. */
function call(xlen: Xlen): Sample {
  const [entry, square] = [label(), label()];
  return {
    entry,
    functions: [square],
    lines: [
      { mnemonic: 'addi', rd: 9, imm: 50 },
      { label: entry },
      { mnemonic: 'addi', rd: 10, rs1: 9 },
      { mnemonic: 'jal', rd: 1, to: square },
      { mnemonic: xlen === 64 ? 'sd' : 'sw', rs1: 8, rs2: 10, imm: 16 },
      { mnemonic: 'addi', rd: 9, rs1: 9, imm: -1 },
      { mnemonic: 'blt', rs2: 9, to: entry },
      ...EXIT,
      { label: square },
      { mnemonic: 'mul', rd: 10, rs1: 10, rs2: 10 },
      { mnemonic: 'jalr', rs1: 1 },
    ],
  };
}

/** A loop around a jump table of three cases. */
function choose(xlen: Xlen): Sample {
  const [entry, end] = [label(), label()];
  const cases = [label(), label(), label()];
  const wide = xlen === 64;
  return {
    entry,
    table: cases,
    lines: [
      { mnemonic: 'addi', rd: 9, imm: 99 },
      { label: entry },
      { mnemonic: 'addi', rd: 6, imm: 3 },
      { mnemonic: 'remu', rd: 7, rs1: 9, rs2: 6 },
      { mnemonic: 'slli', rd: 7, rs1: 7, imm: wide ? 3 : 2 },
      { mnemonic: 'add', rd: 7, rs1: 7, rs2: 8 },
      { mnemonic: wide ? 'ld' : 'lw', rd: 7, rs1: 7 },
      { mnemonic: 'jalr', rs1: 7 },
      { label: cases[0]! },
      { mnemonic: 'addi', rd: 10, rs1: 10, imm: 7 },
      { mnemonic: 'jal', to: end },
      { label: cases[1]! },
      { mnemonic: 'xori', rd: 10, rs1: 10, imm: -1 },
      { mnemonic: 'jal', to: end },
      { label: cases[2]! },
      { mnemonic: wide ? 'addiw' : 'slli', rd: 10, rs1: 10, imm: 1 },
      { label: end },
      { mnemonic: 'addi', rd: 9, rs1: 9, imm: -1 },
      { mnemonic: 'bne', rs1: 9, to: entry },
      ...EXIT,
    ],
  };
}

/** Nothing but arithmetic, with a branch out of the middle. */
function arithmetic(xlen: Xlen): Sample {
  const [entry, out] = [label(), label()];
  const tail: Line[] = xlen === 64 ? [{ mnemonic: 'addw', rd: 12, rs1: 12, rs2: 13 }] : [];
  return {
    entry,
    lines: [
      { label: entry },
      { mnemonic: 'addi', rd: 10, rs1: 10, imm: 1 },
      { mnemonic: 'srai', rd: 11, rs1: 10, imm: 3 },
      { mnemonic: 'sltu', rd: 13, rs1: 11, rs2: 12 },
      { mnemonic: 'mulhu', rd: 14, rs1: 10, rs2: 12 },
      { mnemonic: 'bltu', rs1: 14, rs2: 13, to: out },
      ...tail,
      { mnemonic: 'sub', rd: 12, rs1: 12, rs2: 10 },
      { label: out },
      { mnemonic: 'slti', rd: 5, rs1: 10, imm: 90 },
      { mnemonic: 'bne', rs1: 5, to: entry },
      ...EXIT,
    ],
  };
}

function build(name: IsaName, { lines, table = [], functions = [] }: Sample): Built {
  const text = assemble(name, layout.textBase, lines);
  const data = new Uint8Array(512);
  const view = new DataView(data.buffer);
  const bytes = isa(name).xlen / 8;
  table.forEach((target, i) => {
    view.setUint32(bytes * i, target.address, true);
  });
  const registers = Array.from({ length: 32 }, (_, r) => (r === 8 ? BigInt(layout.dataBase) : 0n));
  const setup: Setup = {
    machine: 'test',
    isa: name,
    layout,
    textBytes: text.length,
    alignedOnly: false,
    protectsText: true,
    data,
    registers,
    inputs: [],
  };
  return { setup, text, functionStarts: functions.map(start => start.address) };
}

/** Address, bytes as a word, and assembly, a line each. */
function listing(name: IsaName, text: Uint8Array): string {
  const decode = makeDecoder(isa(name));
  const view = new DataView(text.buffer);
  const lines = Array.from({ length: text.length / 4 }, (_, i) => {
    const word = view.getInt32(4 * i, true);
    const pc = layout.textBase + 4 * i;
    const digits = (word >>> 0).toString(16).padStart(8, '0');
    return `${pc.toString(16)}: ${digits}  ${disassemble(decode(word)!, BigInt(pc))}`;
  });
  return `${lines.join('\n')}\n`;
}

const SAMPLES = { loop, call, switch: choose, arithmetic };

/** What is made of a program that runs to its end with the code at `entry` compiled: what was seen on the way is part of it. */
function translated(built: Built, { entry }: Sample, kind: Partial<RunOptions> = {}): string {
  const { executor } = prepare(built, { engine: 'js', budget: 50_000, hot: 10, ...kind });
  expect(executor.run().kind).toBe('halted');
  const { code } = executor;
  if (!(code instanceof CodeCache)) throw new Error('no JavaScript');
  const { text } = code.translate(entry.address);
  parse(`(function (abi) {${text}\n})`, { ecmaVersion: 2022, sourceType: 'script' });
  return `${text}\n`;
}

describe.each(XLENS)('RV%i', xlen => {
  it.each(Object.entries(SAMPLES))('%s', async (title, make) => {
    const name = `rv${xlen}im` as const;
    const sample = make(xlen);
    const built = build(name, sample);
    await expect(listing(name, built.text)).toMatchFileSnapshot(`${title}.rv${xlen}.s`);
    await expect(translated(built, sample)).toMatchFileSnapshot(`${title}.rv${xlen}.js`);
  });
});

describe.each(['loop', 'call'] as const)('%s of RV64', title => {
  const sample = SAMPLES[title](64);
  const built = build('rv64im', sample);

  it.each([
    ['metered', { period: 2 ** 20 }],
    ['traced', { threshold: 2 ** 20 }],
  ] as const)('%s', async (kind, options) => {
    await expect(translated(built, sample, options)).toMatchFileSnapshot(`${title}.rv64.${kind}.js`);
  });
});
