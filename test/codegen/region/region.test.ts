import { describe, expect, it } from 'vitest';
import { isa } from '../../../codegen/isa/index.ts';
import { makeText } from '../../../codegen/program/predecode.ts';
import { formRegion, type Region, type RegionOptions } from '../../../codegen/region/region.ts';
import { assemble, type Label, type Line } from '../../engines/assembler.ts';

const BASE = 0x1_0000;
const OPTIONS: RegionOptions = { maxInstructions: 1000, isFunctionStart: () => false, seenTargets: () => [] };
const NOP: Line = { mnemonic: 'addi' };
const label = (): Label => ({ address: 0 });

const form = (
  lines: readonly Line[],
  options: Partial<RegionOptions> = {},
  name: 'rv32im' | 'rv64imc' = 'rv32im',
): Region => formRegion(makeText(isa(name), BASE, assemble(name, BASE, lines)), BASE, { ...OPTIONS, ...options });

/** Blocks as `offset+instructions: end → offsets of successors`, in order of address. */
const show = (region: Region): string[] =>
  [...region.blocks]
    .sort((a, b) => a.pc - b.pc)
    .map(({ pc, instructions, end, successors }) => {
      const to = successors.map(s => region.blocks[s]!.pc - BASE).join(' ');
      return `${pc - BASE}+${instructions.length}: ${end.kind}${to === '' ? '' : ` → ${to}`}`;
    });

describe('a region', () => {
  it('has a block for each place that is jumped to, also into the middle of what was read', () => {
    const [head, out] = [label(), label()];
    const lines: Line[] = [
      NOP,
      { label: head },
      { mnemonic: 'beq', rs1: 5, to: out },
      NOP,
      { mnemonic: 'jal', to: head },
      { label: out },
      { mnemonic: 'jalr', rs1: 1 },
    ];
    expect(show(form(lines))).toEqual(['0+1: jump → 4', '4+1: branch → 16 8', '8+2: jump → 4', '16+1: return']);
  });

  it('leaves where it would come to code that was never reached', () => {
    const [rare, end] = [label(), label()];
    const lines: Line[] = [
      { mnemonic: 'beq', rs1: 10, rs2: 11, to: rare },
      { mnemonic: 'jal', to: end },
      { label: rare },
      NOP,
      { label: end },
      { mnemonic: 'jalr', rs1: 1 },
    ];
    const isReached = (pc: number): boolean => pc !== BASE + 8;
    expect(show(form(lines, { isReached }))).toEqual([
      '0+1: branch → 8 4',
      '4+1: jump → 12',
      '8+0: exit',
      '12+1: return',
    ]);
  });

  it('goes on behind a call that has not returned yet', () => {
    const lines: Line[] = [
      { mnemonic: 'jal', rd: 1, imm: 0 },
      { mnemonic: 'jalr', rs1: 1 },
    ];
    const region = form(lines, { isReached: () => false });
    expect(show(region)).toEqual(['0+1: call → 4', '4+1: return']);
  });

  it('goes on behind calls and environment calls', () => {
    const callee = label();
    const lines: Line[] = [
      { mnemonic: 'jal', rd: 1, to: callee },
      { mnemonic: 'ecall' },
      { mnemonic: 'jalr', rs1: 1 },
      { label: callee },
      NOP,
    ];
    const region = form(lines);
    expect(show(region)).toEqual(['0+1: call → 4', '4+1: ecall → 8', '8+1: return']);
    expect(region.blocks[0]!.end).toMatchObject({ to: BASE + 12, next: BASE + 4 });
  });

  it('leaves to another region where a function starts', () => {
    const other = label();
    const lines: Line[] = [NOP, { mnemonic: 'jal', to: other }, { label: other }, NOP];
    const region = form(lines, { isFunctionStart: pc => pc === BASE + 8 });
    expect(show(region)).toEqual(['0+2: jump → 8', '8+0: exit']);
  });

  it('follows auipc and jalr to the function that they call', () => {
    const lines: Line[] = [
      { mnemonic: 'auipc', rd: 1, imm: 0 },
      { mnemonic: 'jalr', rd: 1, rs1: 1, imm: 12 },
      { mnemonic: 'jalr', rs1: 1 },
      NOP,
    ];
    expect(form(lines).blocks[0]!.end).toEqual({ kind: 'call', to: BASE + 12, next: BASE + 8 });
  });

  it('has a switch where a jump was seen to go, and gives up where it was not', () => {
    const lines: Line[] = [{ mnemonic: 'jalr', rs1: 10 }, NOP, { mnemonic: 'jalr', rs1: 1 }];
    expect(show(form(lines))).toEqual(['0+1: indirect']);
    const seen = form(lines, { seenTargets: () => [BASE + 4, BASE + 8, BASE + 100] });
    expect(seen.blocks[0]!.end).toEqual({ kind: 'switch', targets: [BASE + 4, BASE + 8] });
  });

  it.each([
    ['an illegal word', { word: 0 }],
    ['ebreak', { mnemonic: 'ebreak' }],
    ['a jump out of the text', { mnemonic: 'jal', to: { address: BASE - 4 } }],
    ['a branch out of the text', { mnemonic: 'beq', rs1: 5, to: { address: BASE - 4 } }],
    ['the end of the text', { label: label() }],
  ] as [string, Line][])('hands %s to the interpreter, which counts it', (_, line) => {
    const region = form([NOP, line]);
    expect(show(region)).toEqual(['0+1: interpret']);
    expect(region.blocks[0]!.end).toEqual({ kind: 'interpret', at: BASE + 4 });
  });

  it('is no larger than it may be; what is left out are exits', () => {
    const lines = Array.from({ length: 50 }, (): Line[] => {
      const next = label();
      return [{ mnemonic: 'bne', rs1: 5, to: next }, NOP, { label: next }];
    }).flat();
    const region = form([...lines, { mnemonic: 'jalr', rs1: 1 }], { maxInstructions: 20 });
    expect(region.instructionCount).toBeLessThanOrEqual(21);
    expect(region.blocks.some(({ end }) => end.kind === 'exit')).toBe(true);
  });

  it('counts two slots for long instructions between compressed ones', () => {
    const out = label();
    const lines: Line[] = [
      { mnemonic: 'addi', rd: 10, rs1: 10, imm: 1, compress: true },
      { mnemonic: 'bne', rs1: 5, to: out },
      { mnemonic: 'addi', rd: 10, rs1: 10, imm: 1, compress: true },
      { label: out },
      { mnemonic: 'jalr', rs1: 1, compress: true },
    ];
    expect(show(form(lines, {}, 'rv64imc'))).toEqual(['0+2: branch → 8 6', '6+1: jump → 8', '8+1: return']);
  });
});
