// Loads and stores of words, halves and bytes without a sign, in words of four bytes.
// Reference: openvm:extensions/rv32im/circuit/src/loadstore/core.rs, v1.4.0.

import { OPENVM_OPCODE } from '../../../../runtime/openvm/opcodes.ts';
import { RECORDS } from '../../../../runtime/openvm/records.ts';
import type { Chip } from '../../chip.ts';
import { type Cell, type Poly, poly, sum } from '../../poly.ts';
import { firstOf, type Word, word } from '../../word.ts';
import { recorded } from '../air.ts';
import { LOAD_OR_STORE } from '../events.ts';
import { loadStoreAdapter } from './load-store-adapter.ts';

type Name = 'LOADW' | 'LOADBU' | 'LOADHU' | 'STOREW' | 'STOREH' | 'STOREB';

/** An operation at an address, by its remainder by four, and the flags that stand for it: one is 2, or one or two are 1. */
interface Case {
  readonly name: Name;
  readonly shift: number;
  readonly bytes: number;
  readonly flags: readonly [number] | readonly [number, number];
  readonly flag: 1 | 2;
}

const cases = (
  flag: 1 | 2,
  list: readonly (readonly [name: Name, shift: number, bytes: number, flags: Case['flags']])[],
): Case[] => list.map(([name, shift, bytes, flags]) => ({ name, shift, bytes, flags, flag }));

const CASES: readonly Case[] = [
  ...cases(2, [
    ['LOADW', 0, 4, [0]],
    ['LOADHU', 0, 2, [1]],
    ['LOADHU', 2, 2, [2]],
    ['LOADBU', 0, 1, [3]],
  ]),
  ...cases(1, [
    ['LOADBU', 1, 1, [0]],
    ['LOADBU', 2, 1, [1]],
    ['LOADBU', 3, 1, [2]],
    ['STOREW', 0, 4, [3]],
    ['STOREH', 0, 2, [0, 1]],
    ['STOREH', 2, 2, [0, 2]],
    ['STOREB', 0, 1, [0, 3]],
    ['STOREB', 1, 1, [1, 2]],
    ['STOREB', 2, 1, [1, 3]],
    ['STOREB', 3, 1, [2, 3]],
  ]),
];

const BYTES = [0, 1, 2, 3];
const isLoadCase = ({ name }: Case): boolean => name.startsWith('LOAD');
const opcodeOf = ({ name }: Case): number => OPENVM_OPCODE[name] - OPENVM_OPCODE.LOADW;
/** Which byte of what is read stands at `i` of what is written; undefined where the old one stays or zeros come. */
function source({ shift, bytes, ...one }: Case, i: number): number | undefined {
  if (isLoadCase({ shift, bytes, ...one })) return i < bytes ? i + shift : undefined;
  return i >= shift && i < shift + bytes ? i - shift : undefined;
}

export const loadStoreChip: Chip = recorded('LoadStore', RECORDS.LoadStore, LOAD_OR_STORE, (air, e) => {
  const is_valid = air.flag(1);
  const valid = air.when(is_valid);
  const code = e.local_opcode.shl(2).or(e.shift_amount);
  const isCase = CASES.map(one => code.eq(4 * opcodeOf(one) + one.shift));
  const ofCases = (want: (one: Case) => boolean): Word =>
    isCase.filter((_, i) => want(CASES[i]!)).reduce((a, b) => a.or(b), word(0));
  const flags = BYTES.map(i => {
    const has = (value: number): Word => ofCases(one => one.flag === value && one.flags.some(flag => flag === i));
    return air.cell(has(1).add(has(2).shl(1)));
  });
  const total = sum(flags);
  for (const flag of flags) air.only(flag).zero(flag.sub(1).mul(flag.sub(2)), 'a flag is 0, 1 or 2');
  air.only(total).zero(total.sub(1).mul(total.sub(2)), 'flags add up to 0, 1 or 2');
  air.only(total.sub(1)).zero(total.sub(2).mul(is_valid), 'and to 1 or 2 on real rows');
  const selectors = CASES.map(one => selectorOf(one, flags, total));
  const select = (weight: (one: Case) => number): Poly => sum(CASES.map((one, i) => selectors[i]!.mul(weight(one))));
  const isLoad = select(one => (isLoadCase(one) ? 1 : 0));
  const is_load = air.cell(ofCases(isLoadCase));
  air.equal(is_load, isLoad, 'a load');
  air.only(is_load).equal(is_valid, 1, 'padding loads nothing');
  const [read_data, prev_data] = [air.cells(e.read_data), air.cells(e.prev_data)];
  const write_data = BYTES.map(i => air.cell(writtenByte(e, ofCases, is_load.word, i)));
  for (const i of BYTES) {
    const parts = CASES.map((one, at) => {
      const from = source(one, i);
      const stays = isLoadCase(one) ? poly(0) : prev_data[i]!;
      return selectors[at]!.mul(from === undefined ? stays : read_data[from]!);
    });
    air.equal(write_data[i]!, sum(parts), 'what is written');
  }
  const adapter = loadStoreAdapter(valid, e, {
    opcode: select(opcodeOf).add(OPENVM_OPCODE.LOADW),
    isLoad: is_load,
    loadShift: select(one => (isLoadCase(one) ? one.shift : 0)),
    storeShift: select(one => (isLoadCase(one) ? 0 : one.shift)),
    ...{ read: read_data, before: prev_data, written: write_data },
  });
  return { ...adapter, flags, is_valid, is_load, read_data, prev_data, write_data };
});

/** 1 where the flags are those of a case, 0 in the others: of degree 2. */
function selectorOf({ flags: [i, j], flag }: Case, flags: readonly Cell[], total: Poly): Poly {
  const first = flags[i]!;
  if (flag === 2) return first.mul(first.sub(1)).over(2);
  return j === undefined ? first.mul(total.sub(2)).neg() : first.mul(flags[j]!);
}

function writtenByte(
  e: { readonly read_data: readonly Word[]; readonly prev_data: readonly Word[] },
  ofCases: (want: (one: Case) => boolean) => Word,
  isLoad: Word,
  i: number,
): Word {
  const choices = BYTES.map(from => [ofCases(one => source(one, i) === from), e.read_data[from]!] as const);
  return firstOf(
    choices.filter(([condition]) => condition.constant !== 0n),
    isLoad.choose(0, e.prev_data[i]!),
  );
}
