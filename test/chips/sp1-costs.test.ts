// Numbers that follow from the descriptions, against upstream's tables: columns of a row, preprocessed ones included, and gas.

import { describe, expect, it } from 'vitest';
import { AREA } from '../../codegen/chips/sp1/area.ts';
import { SP1_CHIPS } from '../../codegen/chips/sp1/index.ts';
import { CALL_SHAPES } from '../../src/machine/sp1/records/chips.ts';
import { chipOfOpcode, OPCODE_CHIPS } from '../../src/machine/sp1/records/opcode-chips.ts';
import { type ChunkUse, GAS_TENTHS, gasOf } from '../../src/machine/sp1/report/gas.ts';
import upstream from '../vectors/sp1-chip-costs.json' with { type: 'json' };

const COSTS: Readonly<Record<string, readonly number[]>> = upstream.chips;

/** Tenths of gas of a row, by upstream's tables. */
function tenthsOf(chip: string): number {
  const [columns, constraints] = COSTS[chip]!;
  return 3 * columns! + constraints!;
}

describe('the chips of the Supervisor machine', () => {
  it('are those that SP1 has, and as wide', () => {
    const widths = Object.fromEntries(SP1_CHIPS.map(({ name, columns }) => [name, columns.length]));
    expect(widths).toEqual(Object.fromEntries(Object.entries(COSTS).map(([name, [columns]]) => [name, columns])));
  });

  // `npm run golden` prints it again.
  it('are as wide, and in the order, as those reckon who do not load them', async () => {
    const lines = SP1_CHIPS.map(({ name, columns }) => `  ${name}: ${columns.length},\n`);
    const text = `// Columns of a row of each of SP1's chips, preprocessed ones included, in the machine's order: a fold over the descriptions, printed
// by \`npm run golden\` because who only reckons would wait most of a second for them.

export const AREA = {
${lines.join('')}} as const;
`;
    await expect(text).toMatchFileSnapshot('../../codegen/chips/sp1/area.ts');
    expect(Object.keys(AREA)).toEqual(SP1_CHIPS.map(({ name }) => name));
  });
});

describe('gas by upstream’s tables', () => {
  const none: ChunkUse = { opcodes: new Map(), precompiles: new Map(), locals: 0, clockBumps: 0, stateBumps: 0 };

  it('of an instruction', () => {
    const opcodes = [
      'ADD',
      'ADDI',
      'MULHU',
      'REMW',
      'SLL',
      'SRAW',
      'LBU',
      'LD',
      'SB',
      'SD',
      'BGEU',
      'LUI',
      'JALR',
      'ECALL',
    ];
    for (const opcode of opcodes) expect(GAS_TENTHS.opcode(opcode)).toBe(tenthsOf(chipOfOpcode(opcode)!));
    expect(GAS_TENTHS.opcode('FENCE')).toBe(0);
    expect(GAS_TENTHS.most).toBe(Math.max(...OPCODE_CHIPS.map(tenthsOf)));
  });

  it('of a call, with what sends it to a shard of its own', () => {
    const sent = tenthsOf('Global') + tenthsOf('SyscallCore');
    for (const [code, { chip, rows, isRetained }] of CALL_SHAPES) {
      expect(GAS_TENTHS.call(code)).toBe(rows * tenthsOf(chip) + (isRetained ? 0 : sent));
    }
  });

  it('of memory and of clocks', () => {
    const tenths = 10 * (tenthsOf('MemoryLocal') + 2 * tenthsOf('Global'));
    expect(gasOf({ ...none, locals: 10 })).toBe(tenths / 10);
    expect(gasOf({ ...none, clockBumps: 10, stateBumps: 30 })).toBe(
      32 * tenthsOf('MemoryBump') + 3 * tenthsOf('StateBump'),
    );
  });
});
