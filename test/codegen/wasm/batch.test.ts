// Which functions are compiled together with one that is hot.

import { describe, expect, it } from 'vitest';
import { isa } from '../../../codegen/isa/index.ts';
import { makeText } from '../../../codegen/program/text.ts';
import { formBatch } from '../../../codegen/wasm/region/compile.ts';
import { assemble, type Label, type Line } from '../../engines/assembler.ts';

const BASE = 0x1_0000;
const [seldom, busy, below]: [Label, Label, Label] = [{ address: 0 }, { address: 0 }, { address: 0 }];
const body = (instructions: number): Line[] => Array.from({ length: instructions - 1 }, () => ({ mnemonic: 'addi' }));
const give: Line = { mnemonic: 'jalr', rs1: 1 };

/** A function of 3 instructions that calls one of 20, which is seldom called, and one of 10, which calls one of 5. */
const TEXT = makeText(
  isa('rv32im'),
  BASE,
  assemble('rv32im', BASE, [
    { mnemonic: 'jal', rd: 1, to: seldom },
    { mnemonic: 'jal', rd: 1, to: busy },
    give,
    { label: seldom },
    ...body(20),
    give,
    { label: busy },
    ...body(9),
    { mnemonic: 'jal', rd: 1, to: below },
    give,
    { label: below },
    ...body(5),
    give,
  ]),
);

interface Limits {
  readonly whole: number;
  readonly most?: number;
  /** What is compiled already. */
  readonly done?: readonly Label[];
}

const batch = ({ whole, most = 1000, done = [] }: Limits): number[] =>
  formBatch(TEXT, BASE, {
    maxInstructions: 100,
    isFunctionStart: pc => [seldom, busy, below].some(({ address }) => address === pc),
    seenTargets: () => [],
    strays: () => false,
    tableIndexOf: () => undefined,
    wanted: pc => !done.some(({ address }) => address === pc),
    isBusy: pc => pc === busy.address || pc === below.address,
    wholeInstructions: whole,
    batchInstructions: most,
  }).map(({ entryPc }) => entryPc);

describe('a batch', () => {
  it('has every callee where that is not much', () => {
    expect(batch({ whole: 38 })).toEqual([BASE, seldom.address, busy.address, below.address]);
    expect(batch({ whole: 1000, done: [busy] })).toEqual([BASE, seldom.address]);
  });

  it('has busy callees, and theirs, where all would be too much', () => {
    for (const whole of [0, 1, 20, 37]) expect(batch({ whole })).toEqual([BASE, busy.address, below.address]);
    expect(batch({ whole: 0, done: [below] })).toEqual([BASE, busy.address]);
  });

  it('takes up no more of them behind its limit', () => {
    expect(batch({ whole: 0, most: 4 })).toEqual([BASE, busy.address]);
    expect(batch({ whole: 0, most: 3 })).toEqual([BASE]);
  });
});
