import { describe, expect, it } from 'vitest';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { disassemble } from '../../../codegen/isa/disassemble.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { recorded } from './vectors.ts';

const BASE = 0x80000000n;

describe.each([32, 64] as const)('RV%i words as objdump -M no-aliases', xlen => {
  const set = isa(`rv${xlen}im`);
  const decode = makeDecoder(set);
  const mnemonics = new Set(set.rows.map(row => row.mnemonic));
  const lines = recorded(`objdump-rv${xlen}`).map((line, i) => ({
    word: Number.parseInt(line.slice(0, 8), 16),
    pc: BASE + BigInt(4 * i),
    text: line.slice(9),
  }));

  /** objdump 2.40 shows a 6-bit shift amount also on RV32, where the manual reserves it. */
  const isReservedShift = (text: string): boolean => xlen === 32 && /^s(ll|rl|ra)i .*0x[23][0-9a-f]$/.test(text);

  it('agree, and what objdump does not name as one of our rows is not decoded', () => {
    for (const { word, pc, text } of lines) {
      const mnemonic = text.replace(/ .*/, '').replace('fence.tso', 'fence');
      const expected = mnemonics.has(mnemonic) && !isReservedShift(text) ? text : undefined;
      const instruction = decode(word);
      expect([word.toString(16), instruction && disassemble(instruction, pc)]).toEqual([word.toString(16), expected]);
    }
  });

  it('cover every row', () => {
    const seen = new Set(lines.map(({ word }) => decode(word)?.row.mnemonic));
    expect([...mnemonics].filter(mnemonic => !seen.has(mnemonic))).toEqual([]);
  });
});

it('a fence with reserved bits set is still a fence', () => {
  const decode = makeDecoder(isa('rv64im'));
  for (const word of [0xfff0f58f | 0, 0x0330008f]) expect(decode(word & ~0x7000)?.row.mnemonic).toBe('fence');
});

it('targets wrap at the width of the address space', () => {
  const jump = makeDecoder(isa('rv32im'))(0xffdff0ef)!;
  expect(disassemble(jump, 0n)).toBe('jal ra,0xfffffffc');
  expect(disassemble(makeDecoder(isa('rv64im'))(0xffdff0ef)!, 0n)).toBe('jal ra,0xfffffffffffffffc');
});
