import { describe, expect, it } from 'vitest';
import { isa, rowOf } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import { planAccesses, type SharingPolicy } from '../../../codegen/region/accesses.ts';
import type { Block } from '../../../codegen/region/region.ts';

const set = isa('rv64im');
const PC = 0x1000;

interface Line {
  readonly rd?: number;
  readonly rs1?: number;
  readonly imm?: number;
}

const make = (mnemonic: string, { rd = 0, rs1 = 0, imm = 0 }: Line): Instruction => ({
  row: rowOf(set, mnemonic),
  rd,
  rs1,
  rs2: 0,
  imm,
  size: 4,
});
const ld = (imm: number, rs1 = 8, rd = 5): Instruction => make('ld', { rd, rs1, imm });
const lb = (imm: number, rs1 = 8): Instruction => make('lb', { rd: 6, rs1, imm });
const sd = (imm: number, rs1 = 8): Instruction => make('sd', { rs1, imm });

/** Compares where a group begins and ends, as WebAssembly does. */
const ENDS: SharingPolicy = {
  sharesZero: true,
  alone: 'all',
  displacements: 'alike',
  leastStore: -2048,
  sharesStores: true,
};
/** Tests the base register alone, as JavaScript does. */
const BASE: SharingPolicy = {
  sharesZero: false,
  alone: 'itself',
  displacements: 'own',
  leastStore: 0,
  sharesStores: true,
};

/** Of each access, the accesses that share its test. */
function groups(policy: SharingPolicy, instructions: readonly Instruction[], straying: readonly number[] = []): string {
  const block: Block = { pc: PC, instructions, effects: [], end: { kind: 'return' }, successors: [] };
  const plan = planAccesses(block, policy, pc => straying.includes((pc - PC) / 4));
  const named = new Map(
    [...new Set(plan.filter(group => group !== undefined))].map((group, i) => [group, 'abcdefg'[i]!]),
  );
  return plan
    .map((group, i) =>
      group === undefined ? '-' : group.first === i ? named.get(group)!.toUpperCase() : named.get(group)!,
    )
    .join('');
}

describe.each([
  ['the ends of a group', ENDS],
  ['the base register', BASE],
])('a test of %s', (_, policy) => {
  it('is made by the first access, for all that are relative to the same value', () => {
    expect(groups(policy, [ld(0), lb(3), ld(8, 9), ld(16), sd(24)])).toBe('AaBaa');
  });

  it('is made again where the register has a new value, also one that is loaded through it', () => {
    expect(groups(policy, [ld(0), ld(8), make('addi', { rd: 8, rs1: 8, imm: 8 }), ld(0), ld(8)])).toBe('Aa-Bb');
    expect(groups(policy, [ld(0), ld(8, 8, 8), ld(16)])).toBe('AaB');
  });
});

it('of the ends of a group: who strays, or is not aligned like the widest, leaves all alone', () => {
  expect(groups(ENDS, [ld(0), ld(8), ld(16)], [1])).toBe('ABC');
  expect(groups(ENDS, [ld(0), ld(4), ld(8)])).toBe('ABC');
  expect(groups(ENDS, [ld(4), ld(12), lb(1)])).toBe('Aaa');
  expect(groups({ ...ENDS, displacements: 'any' }, [ld(0), ld(3), ld(8)])).toBe('Aaa');
});

it('of the base register: who strays, is displaced by no multiple of its width or stores below is alone itself', () => {
  expect(groups(BASE, [ld(0), ld(8), ld(16)], [1])).toBe('ABa');
  expect(groups(BASE, [ld(0), ld(4), ld(8)])).toBe('ABa');
  expect(groups(BASE, [ld(0), sd(-8), ld(8)])).toBe('ABa');
  expect(groups({ ...BASE, leastStore: -2048 }, [ld(0), sd(-8), ld(8)])).toBe('Aaa');
});

it('is not shared by stores where each tests its own page', () => {
  const alone = [ld(0), sd(8), ld(16), sd(24)];
  expect(groups({ ...ENDS, sharesStores: false }, alone)).toBe('ABaC');
  expect(groups({ ...BASE, sharesStores: false }, alone)).toBe('ABaC');
});

it('of x0 is shared where the policy says so', () => {
  expect(groups(ENDS, [ld(8, 0), ld(16, 0)])).toBe('Aa');
  expect(groups(BASE, [ld(8, 0), ld(16, 0)])).toBe('AB');
});

it('covers the bytes of all members from a place that is aligned like the widest', () => {
  const block: Block = {
    pc: PC,
    instructions: [ld(16), lb(3), sd(32)],
    effects: [],
    end: { kind: 'return' },
    successors: [],
  };
  const [group] = planAccesses(block, ENDS, () => false);
  expect(group).toMatchObject({ first: 0, from: 0, end: 40, alignment: 8, isStore: true, isShared: true });
  expect([0, 1, 2].map(i => group!.immediateOf(i))).toEqual([16, 3, 32]);
});
