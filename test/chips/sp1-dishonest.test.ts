// Rows that a dishonest prover would like: each looks up only what its tables have, but is no execution, and is refused by
// the rule that is named.

import { describe, expect, it } from 'vitest';
import { checkRow, type Violation } from '../../codegen/chips/check.ts';
import type { Chip } from '../../codegen/chips/chip.ts';
import { evaluateRow } from '../../codegen/chips/evaluate.ts';
import type { Event } from '../../codegen/chips/event.ts';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { CORE_CHIPS } from './core-chips.ts';
import { honestEvents } from './honest.ts';

/** What a dishonest row is made of: an honest event that suits, and cells that are others. */
interface Lie {
  readonly chip: string;
  readonly lie: string;
  readonly suits?: (event: Event, cells: (name: string) => number) => boolean;
  readonly cells: (cell: (name: string) => number) => Readonly<Record<string, number>>;
  readonly rule: RegExp;
}

const P = sp1Chip('Add').field.modulus;
const not = (x: number): number => 1 - x;
const wrap = (x: number): number => (x + 65_536) % 65_536;
const sum =
  (path: string): Lie['cells'] =>
  cell => ({ [`${path}[0]`]: wrap(cell(`${path}[0]`) + 1) });

const LIES: readonly Lie[] = [
  { chip: 'Add', lie: 'a sum one too large', cells: sum('add_op.value'), rule: /carry/ },
  { chip: 'Addi', lie: 'a sum one too large', cells: sum('add_op.value'), rule: /carry/ },
  { chip: 'Addw', lie: 'a sum one too large', cells: sum('addw_op.value'), rule: /carry/ },
  { chip: 'Sub', lie: 'a difference one too large', cells: sum('sub_op.value'), rule: /carry/ },
  { chip: 'Subw', lie: 'a difference one too large', cells: sum('subw_op.value'), rule: /carry/ },
  { chip: 'Bitwise', lie: 'two operations at once', cells: () => ({ is_xor: 1, is_or: 1, is_and: 0 }), rule: /flag/ },
  {
    chip: 'Lt',
    lie: 'equal numbers, one of which is less',
    suits: (_, cell) => [0, 1, 2, 3].every(i => cell(`lt_op.result.u16_flags[${i}]`) === 0),
    cells: () => ({
      ...{ 'lt_op.result.u16_flags[0]': 1, 'lt_op.result.u16_compare_op.bit': 1 },
      ...{ 'lt_op.result.comparison_limbs[0]': 0, 'lt_op.result.comparison_limbs[1]': 1 },
      'lt_op.result.not_eq_inv': P - 1,
    }),
    rule: /deciding limb/,
  },
  { chip: 'AluX0', lie: 'a result that x0 would keep', cells: () => ({ 'adapter.op_a_0': 0 }), rule: /x0/ },
  {
    chip: 'Mul',
    lie: 'a product one too large',
    suits: (_, cell) => cell('is_mul') === 1 && cell('mul_op.product[0]') < 255,
    cells: cell => ({ 'a[0]': cell('a[0]') + 1, 'mul_op.product[0]': cell('mul_op.product[0]') + 1 }),
    rule: /digit of the product/,
  },
  {
    chip: 'DivRem',
    lie: 'a remainder as large as the divisor',
    suits: ({ quotient, remainder, c }, cell) =>
      cell('is_divu') + cell('is_remu') === 1 && (quotient as bigint) > 1n && (remainder as bigint) === 0n && c === 1n,
    cells: cell => ({
      'remainder[0]': 1,
      'remainder_comp[0]': 1,
      'abs_remainder[0]': 1,
      'quotient[0]': cell('quotient[0]') - 1,
    }),
    rule: /add up|deciding|digit/,
  },
  { chip: 'ShiftLeft', lie: 'another power of two', cells: cell => ({ v_01: cell('v_01') * 2 }), rule: /power of two/ },
  {
    chip: 'ShiftRight',
    lie: 'a sign where none is asked for',
    suits: (_, cell) => cell('is_srl') === 1,
    cells: cell => ({ 'b_msb.msb': 1, sra_msb_v0123: cell('v_0123') }),
    rule: /no sign|shifted/,
  },
  {
    chip: 'LoadByte',
    lie: 'the other byte of the limb',
    suits: (_, cell) => cell('selected_byte') < 128 && cell('selected_limb') >> 8 !== (cell('selected_limb') & 255),
    cells: cell => ({ 'offset_bit[0]': not(cell('offset_bit[0]')) }),
    rule: /byte at the address|Byte/,
  },
  {
    chip: 'LoadHalf',
    lie: 'another half',
    cells: cell => ({ selected_half: cell('selected_half') ^ 1 }),
    rule: /half at/,
  },
  {
    chip: 'LoadWord',
    lie: 'another word',
    cells: cell => ({ 'selected_word[0]': cell('selected_word[0]') ^ 1 }),
    rule: /word at/,
  },
  {
    chip: 'LoadDouble',
    lie: 'another address',
    cells: cell => ({ 'address_operation.value[0]': cell('address_operation.value[0]') ^ 8 }),
    rule: /carry/,
  },
  { chip: 'LoadX0', lie: 'a load that x0 would keep', cells: () => ({ 'adapter.op_a_0': 0 }), rule: /x0/ },
  {
    chip: 'StoreByte',
    lie: 'another byte stored',
    cells: cell => ({ register_low_byte: cell('register_low_byte') ^ 1 }),
    rule: /what the byte changes/,
  },
  {
    chip: 'StoreHalf',
    lie: 'another limb',
    cells: cell => ({ 'store_value[3]': cell('store_value[3]') ^ 1 }),
    rule: /after the store/,
  },
  {
    chip: 'StoreWord',
    lie: 'another limb',
    cells: cell => ({ 'store_value[3]': cell('store_value[3]') ^ 1 }),
    rule: /after the store/,
  },
  {
    chip: 'StoreDouble',
    lie: 'an access before the last one',
    suits: (_, cell) => cell('memory_access.compare_low') === 1 && cell('memory_access.prev_low') > 0,
    cells: cell => ({ 'memory_access.prev_low': cell('memory_access.prev_low') - 1 }),
    rule: /earlier/,
  },
  {
    chip: 'UType',
    lie: 'LUI with a pc',
    suits: (_, cell) => cell('is_auipc') === 0,
    cells: () => ({ 'addend[0]': 4 }),
    rule: /pc of AUIPC/,
  },
  {
    chip: 'Branch',
    lie: 'the other way',
    cells: cell => ({ is_branching: not(cell('is_branching')) }),
    rule: /taken|carry/,
  },
  {
    chip: 'Jal',
    lie: 'another target',
    cells: cell => ({ 'add_op.value[0]': cell('add_op.value[0]') ^ 4 }),
    rule: /carry/,
  },
  { chip: 'Jalr', lie: 'an odd target', cells: cell => ({ lsb: not(cell('lsb')) }), rule: /Byte/ },
  {
    chip: 'SyscallInstrs',
    lie: 'a halt that is none',
    suits: (_, cell) => cell('is_halt') === 0,
    cells: () => ({ is_halt: 1, 'next_pc[0]': 1, 'next_pc[1]': 0, 'next_pc[2]': 0 }),
    rule: /halts/,
  },
  { chip: 'SyscallCore', lie: 'half a row', cells: () => ({ is_real: P - 1 }), rule: /flag/ },
  { chip: 'SyscallPrecompile', lie: 'a negative row', cells: () => ({ is_real: P - 1 }), rule: /flag/ },
  {
    chip: 'MemoryLocal',
    lie: 'bytes that are not the limb',
    cells: cell => ({
      'memory_local_entries[0].initial_value_lower': cell('memory_local_entries[0].initial_value_lower') ^ 1,
    }),
    rule: /two bytes of the third limb/,
  },
  {
    chip: 'MemoryBump',
    lie: 'a later access before',
    suits: (_, cell) => cell('access.compare_low') === 1,
    cells: cell => ({ 'access.prev_low': cell('access.prev_low') + 1 }),
    rule: /earlier/,
  },
  {
    chip: 'StateBump',
    lie: 'another epoch',
    cells: cell => ({ next_clk_24_32: cell('next_clk_24_32') ^ 1 }),
    rule: /high clock/,
  },
  {
    chip: 'MemoryGlobalInit',
    lie: 'an address again',
    suits: (_, cell) => cell('is_comp') === 1,
    cells: () => ({ 'lt_cols.u16_compare_op.bit': 0 }),
    rule: /ascend|Byte/,
  },
  {
    chip: 'MemoryGlobalFinalize',
    lie: 'a value of x0',
    suits: (_, cell) => cell('is_comp') === 0,
    cells: () => ({ 'value[0]': 1 }),
    rule: /x0 is first/,
  },
  {
    chip: 'Global',
    lie: 'the negative point',
    cells: cell => ({ 'interaction.y_coordinate[6]': P - cell('interaction.y_coordinate[6]') }),
    rule: /sign of what/,
  },
];

function faultsOf(chip: Chip, { suits, cells }: Lie): Violation[] {
  const index = new Map(chip.columns.map(column => [column.name, column.index]));
  for (const event of honestEvents(chip, 400, 5)) {
    const row = evaluateRow(chip, event).cells;
    const cell = (name: string): number => row[index.get(name)!]!;
    if (suits !== undefined && !suits(event, cell)) continue;
    for (const [name, value] of Object.entries(cells(cell))) row[index.get(name)!] = value;
    return checkRow(chip, { cells: row });
  }
  throw new Error(`no honest event suits the lie about ${chip.name}`);
}

describe('a dishonest row', () => {
  it.each(LIES.map(lie => [lie.chip, lie.lie, lie] as const))('of %s, %s, is refused', (name, _, lie) => {
    const faults = faultsOf(sp1Chip(name), lie);
    expect(faults.map(({ rule }) => rule).filter(rule => lie.rule.test(rule))).not.toEqual([]);
  });

  it('is tried of every chip but the tables', () => {
    const tried = new Set(LIES.map(({ chip }) => chip));
    expect(CORE_CHIPS.filter(chip => chip.fixed === 0 && !tried.has(chip.name)).map(({ name }) => name)).toEqual([]);
  });
});
