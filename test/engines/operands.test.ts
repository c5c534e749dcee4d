// Every row of the table on every pair of edge operands, as the evaluator has it.

import { describe, expect, it } from 'vitest';
import { immediateLayout } from '../../codegen/isa/encoding.ts';
import { type IsaName, isa, type Row } from '../../codegen/isa/index.ts';
import { IS_DEEP } from '../depth.ts';
import type { Item, Line } from './assembler.ts';
import { differences, prepare } from './compare.ts';
import { RUNNERS } from './engines.ts';
import { type OracleRun, runOracle } from './oracle.ts';
import type { Built } from './random-program.ts';
import { smallProgram, wordBytes } from './small-program.ts';
import { LAYOUTS } from './test-machine.ts';

const SETS: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];

const EDGES: readonly bigint[] = [0n, 1n, 2n, 33n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 2n ** 32n]
  .concat([2n ** 63n - 1n, 2n ** 63n, -1n, -2n, 0x8765_4321_0fed_cba9n])
  .map(value => BigInt.asUintN(64, value));

const IMMEDIATES: Readonly<Record<string, readonly number[]>> = {
  I: [0, 1, 8, -1, 2047, -2048],
  U: [0, 4096, -4096, 0x7fff_f000, -0x8000_0000],
  shamt5: [0, 1, 31],
  shamt6: [0, 1, 31, 32, 63],
};

const [PAIRS, OUT, OUT_START, SUM, A, B] = [8, 9, 18, 19, 10, 11];
/** Where results are, and a register that is neither operand. */
const [RESULT, COPY] = [12, 13];
const LEFT = 20;
const MULTIPLIER = 21;

type Put = (mnemonic: string, item?: Omit<Item, 'mnemonic'>) => void;

class Writer {
  readonly lines: Line[] = [];
  readonly word: number;
  readonly put: Put = (mnemonic, item = {}) => void this.lines.push({ mnemonic, compress: true, ...item });

  constructor(word: number) {
    this.word = word;
  }

  /** Mixes a register into the sum that the row's form has. */
  keep(register: number): void {
    const { put, word } = this;
    const [load, store] = word === 8 ? ['ld', 'sd'] : ['lw', 'sw'];
    put(load!, { rd: SUM, rs1: OUT });
    put('mul', { rd: SUM, rs1: SUM, rs2: MULTIPLIER });
    put('add', { rd: SUM, rs1: SUM, rs2: register });
    put(store!, { rs1: OUT, rs2: SUM });
    put('addi', { rd: OUT, rs1: OUT, imm: 8 });
  }

  /** With a destination of its own, one of the operands, and x0. */
  compute({ mnemonic, encoding }: Row, imm: number): void {
    const { put } = this;
    const of = (rd: number, rs1: number): Omit<Item, 'mnemonic'> => ({
      rd,
      imm,
      ...(encoding.operands.includes('rs1') ? { rs1 } : {}),
      ...(encoding.operands.includes('rs2') ? { rs2: B } : {}),
    });
    put(mnemonic, of(RESULT, A));
    this.keep(RESULT);
    put('addi', { rd: COPY, rs1: A });
    put(mnemonic, of(COPY, COPY));
    this.keep(COPY);
    put(mnemonic, of(0, A));
    this.keep(0);
  }

  /** Branches leave `RESULT` other than going on does. */
  branch(mnemonic: string, rs1: number, rs2: number): void {
    const over = { address: 0 };
    this.put('addi', { rd: RESULT, imm: 1 });
    this.put(mnemonic, { rs1, rs2, to: over });
    this.put('addi', { rd: RESULT, imm: 2 });
    this.lines.push({ label: over });
    this.keep(RESULT);
  }

  row(row: Row): void {
    const { put, lines, word } = this;
    const { mnemonic, effect, encoding } = row;
    switch (effect.kind) {
      case 'write':
        for (const imm of IMMEDIATES[immediateLayout(encoding)] ?? [0]) this.compute(row, imm);
        return;
      case 'load':
        for (const imm of [0, word - effect.bytes, 2 * word - effect.bytes]) {
          put(mnemonic, { rd: RESULT, rs1: PAIRS, imm });
          this.keep(RESULT);
        }
        return;
      case 'store':
        // Over what is there, behind what `keep` keeps.
        put(word === 8 ? 'sd' : 'sw', { rs1: OUT, rs2: A, imm: 8 });
        put(mnemonic, { rs1: OUT, rs2: B, imm: 8 });
        put(word === 8 ? 'ld' : 'lw', { rd: RESULT, rs1: OUT, imm: 8 });
        put('addi', { rd: OUT, rs1: OUT, imm: 16 });
        this.keep(RESULT);
        return;
      case 'branch':
        this.branch(mnemonic, A, B);
        this.branch(mnemonic, A, A);
        this.branch(mnemonic, 0, B);
        return;
      case 'jump': {
        const next = { address: 0 };
        const from = { address: 0 };
        const isDirect = mnemonic === 'jal';
        lines.push({ label: from });
        if (!isDirect) put('auipc', { rd: RESULT, compress: false });
        put(mnemonic, isDirect ? { rd: RESULT, to: next } : { rd: RESULT, rs1: RESULT, to: next, from });
        put('addi', { rd: RESULT });
        lines.push({ label: next });
        this.keep(RESULT);
        return;
      }
      case 'fence':
        put(mnemonic);
        return;
      default:
        return;
    }
  }
}

function program(name: IsaName): Built {
  const set = isa(name);
  const word = set.xlen / 8;
  const writer = new Writer(word);
  const { put, lines } = writer;
  const { dataBase } = LAYOUTS[0]!;
  const pairs = EDGES.flatMap(a => EDGES.map(b => [a, b] as const));
  const head = { address: 0 };
  const end = { address: 0 };
  lines.push({ label: head });
  put(word === 8 ? 'ld' : 'lw', { rd: A, rs1: PAIRS });
  put(word === 8 ? 'ld' : 'lw', { rd: B, rs1: PAIRS, imm: word });
  put('addi', { rd: OUT, rs1: OUT_START });
  for (const row of set.rows) writer.row(row);
  put('addi', { rd: PAIRS, rs1: PAIRS, imm: 2 * word });
  put('addi', { rd: LEFT, rs1: LEFT, imm: -1 });
  put('beq', { rs1: LEFT, to: end });
  put('jal', { to: head });
  lines.push({ label: end });
  put('addi', { rd: 17 });
  put('ecall');

  const data = wordBytes(set.xlen, pairs.flat());
  const registers = {
    [PAIRS]: BigInt(dataBase),
    [OUT_START]: BigInt(dataBase + data.length),
    [LEFT]: BigInt(pairs.length),
    [MULTIPLIER]: 0x9e37_79b9_7f4a_7c15n,
  };
  return smallProgram(name, { lines, registers, data, alignedOnly: true, protectsText: true });
}

const BUDGET = 1e6;

const runners = RUNNERS.filter(({ name }) => IS_DEEP || name === 'interpreter' || name === 'wasm');

describe.each(SETS)('every row of %s', name => {
  const built = program(name);
  let oracle: OracleRun | undefined;

  it.each(runners)('does on engine $name what the evaluator does with edge operands', ({ engine, hot = 5 }) => {
    oracle ??= runOracle(built.setup, built.text, BUDGET);
    expect(oracle.exit.kind).toBe('halted');
    const found = differences(built, prepare(built, { engine, budget: BUDGET, hot }), oracle);
    // Without the listing, which is long.
    expect(found.slice(0, -1)).toEqual([]);
  });
});
