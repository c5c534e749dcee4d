// Tables of other provers: every instruction of a set has a figure, widths are those of OpenVM's keygen, costs of shards come to the run.

import { describe, expect, it } from 'vitest';
import { isa } from '../../codegen/isa/index.ts';
import { AIRS } from '../../src/machine/openvm/airs.ts';
import { COST_TABLES, planForProver } from '../../src/planner/provers/plan-prover.ts';
import { profileRun } from '../../src/verbs/profile-run.ts';
import { guestBytes, inputBytes } from '../machine/sp1/guest-runs.ts';

const HOSTS = new Set(['ecall', 'ebreak', 'fence']);
const mnemonics = (name: 'rv32im' | 'rv64im'): string[] =>
  isa(name)
    .rows.map(({ mnemonic }) => mnemonic)
    .filter(mnemonic => !HOSTS.has(mnemonic));

describe('tables', () => {
  it.each([
    ['openvm', 'rv32im'],
    ['risc0', 'rv32im'],
    ['zisk', 'rv64im'],
  ] as const)('of %s have a figure for all of %s', (prover, set) => {
    const { opcodes } = COST_TABLES[prover];
    expect(mnemonics(set).filter(mnemonic => opcodes[mnemonic] === undefined)).toEqual([]);
  });

  it('of OpenVM have the widths of its keygen', () => {
    const width = new Map(AIRS.map(air => [air.name as string, air.width]));
    const { opcodes } = COST_TABLES.openvm;
    const rows = { BaseAlu: 'xor', Shift: 'sra', LessThan: 'slt', BranchEqual: 'bne', BranchLessThan: 'bgeu' };
    const others = { Jalr: 'jalr', JalLui: 'lui', Auipc: 'auipc', LoadStore: 'sw', LoadSignExtend: 'lh', Mul: 'mul' };
    for (const [air, mnemonic] of Object.entries({ ...rows, ...others, MulH: 'mulhu', DivRem: 'rem' }))
      expect([mnemonic, opcodes[mnemonic]]).toEqual([mnemonic, width.get(air)]);
  });
});

describe('a plan for another prover', () => {
  const inputs = [inputBytes('u64:300')];
  const { profile } = profileRun(guestBytes('fibonacci'), { inputs, slice: 200 });
  const [run] = profile.runs;

  it('is partial where instructions have no figure, and says which', () => {
    const { isPartial, missing, shards } = planForProver(profile, run!, 'risc0', {});
    expect([isPartial, shards.length]).toEqual([true, 1]);
    const counted = run!.slices.flatMap(({ opcodes }) => opcodes);
    const sd = profile.opcodes.indexOf('sd');
    expect(missing.sd).toBe(counted.reduce((sum, [opcode, count]) => (opcode === sd ? sum + count : sum), 0));
    expect(Object.keys(missing).every(mnemonic => COST_TABLES.risc0.opcodes[mnemonic] === undefined)).toBe(true);
  });

  it('has as many shards as asked for, or the fewest under a cap, and comes to the run', () => {
    const whole = planForProver(profile, run!, 'zisk', { shards: 1 });
    expect(whole.isPartial).toBe(false);
    const base = COST_TABLES.zisk.perShard;
    const three = planForProver(profile, run!, 'zisk', { shards: 3 });
    expect(three.cost - 3 * base).toBe(whole.cost - base);
    expect(three.shards.at(-1)!.end).toBe(run!.instructions);
    const most = Math.max(...three.shards.map(({ cost }) => cost));
    expect(planForProver(profile, run!, 'zisk', { cap: most }).shards.length).toBe(3);
    expect(planForProver(profile, run!, 'zisk', { cap: most - 1 }).shards.length).toBe(4);
    expect(() => planForProver(profile, run!, 'zisk', {})).toThrow('(--cap or --shards)');
    expect(() => planForProver(profile, run!, 'zisk', { cap: base })).toThrow('slice 0 alone costs');
  });
});
