// Loads and stores around every edge of memory: windows, text, and where addresses begin and end.

import { describe, expect, it } from 'vitest';
import { type IsaName, isa, type Row } from '../../codegen/isa/index.ts';
import { IS_DEEP, sampled } from '../depth.ts';
import { assemble, type Line } from './assembler.ts';
import { differences, prepare } from './compare.ts';
import { ROWS, RUNNERS } from './engines.ts';
import { runOracle } from './oracle.ts';
import type { Built } from './random-program.ts';
import { type Rules, smallProgram, wordBytes } from './small-program.ts';
import { BOUNDS, LAYOUTS, type Layout } from './test-machine.ts';

const BUDGET = 1e6;

const accessesOf = (name: IsaName): readonly Row[] =>
  isa(name).rows.filter(({ effect: { kind } }) => kind === 'load' || kind === 'store');

const bytesOf = ({ effect }: Row): number => (effect.kind === 'load' || effect.kind === 'store' ? effect.bytes : 0);

const [TABLE, POINTER, FOUND, GIVEN, FACTOR] = [8, 9, 10, 11, 12];
const DISTANCES = [-9, -8, -7, -4, -3, -2, -1, 0, 1, 2, 4, 7, 8].map(BigInt);
const IMMEDIATES = [0, 2047, -2048].map(BigInt);

/** Addresses around which accesses change from one kind to another. */
function edgesOf(layout: Layout, textBytes: number): readonly bigint[] {
  const { windowBase, windowBits, textBase, farBase, farBytes } = layout;
  const far = farBytes === 0 ? [] : [farBase, farBase + farBytes];
  const edges = [windowBase, windowBase + 2 ** windowBits, textBase, textBase + textBytes, ...far];
  return [...new Set([...edges, BOUNDS.test.floor, BOUNDS.test.limit])].map(BigInt);
}

interface Access {
  readonly row: Row;
  readonly imm: bigint;
  readonly address: bigint;
}

/** Whether nothing is wrong with it, so that the program can go on. */
function isAllowed({ row, address }: Access, { layout, ...rules }: Rules & { layout: Layout }, textBytes: number) {
  const bytes = BigInt(bytesOf(row));
  if (rules.alignedOnly && address % bytes !== 0n) return false;
  if (address < BigInt(BOUNDS.test.floor) || address + bytes > BigInt(BOUNDS.test.limit)) return false;
  const text = BigInt(layout.textBase);
  const inText = address + bytes > text && address < text + BigInt(textBytes);
  return !(rules.protectsText && row.effect.kind === 'store' && inText);
}

const around = (name: IsaName, layout: Layout, textBytes: number): readonly Access[] =>
  accessesOf(name).flatMap(row =>
    IMMEDIATES.flatMap(imm =>
      edgesOf(layout, textBytes).flatMap(edge => DISTANCES.map(by => ({ row, imm, address: edge + by }))),
    ),
  );

/** For each row and immediate, accesses through the pointers of the table until one is zero. */
function accessLoops(name: IsaName): readonly Line[] {
  const word = isa(name).xlen / 8;
  const lines: Line[] = [];
  for (const { mnemonic, effect } of accessesOf(name)) {
    for (const imm of IMMEDIATES.map(Number)) {
      const head = { address: 0 };
      const end = { address: 0 };
      lines.push(
        { label: head },
        { mnemonic: word === 8 ? 'ld' : 'lw', rd: POINTER, rs1: TABLE },
        { mnemonic: 'addi', rd: TABLE, rs1: TABLE, imm: word },
        { mnemonic: 'beq', rs1: POINTER, to: end },
        { mnemonic: 'mul', rd: GIVEN, rs1: GIVEN, rs2: FACTOR },
        effect.kind === 'load'
          ? { mnemonic, rd: FOUND, rs1: POINTER, imm }
          : { mnemonic, rs1: POINTER, rs2: GIVEN, imm },
        { mnemonic: 'add', rd: GIVEN, rs1: GIVEN, rs2: FOUND },
        { mnemonic: 'jal', to: head },
        { label: end },
      );
    }
  }
  return [...lines, { mnemonic: 'addi', rd: 17 }, { mnemonic: 'ecall' }];
}

const START = { [GIVEN]: 0x0123_4567_89ab_cdefn, [FACTOR]: 0x9e37_79b9_7f4a_7c15n };

/** All accesses of the set that do not fault, one after another. */
function allowedAccesses(name: IsaName, layout: Layout, rules: Rules): Built {
  const { xlen } = isa(name);
  const lines = accessLoops(name);
  const textBytes = assemble(name, layout.textBase, lines).length;
  const pointers: bigint[] = [];
  const all = around(name, layout, textBytes);
  for (const row of accessesOf(name)) {
    for (const imm of IMMEDIATES) {
      const these = all.filter(each => each.row === row && each.imm === imm);
      const allowed = these.filter(each => isAllowed(each, { layout, ...rules }, textBytes));
      pointers.push(...allowed.map(({ address }) => BigInt.asUintN(xlen, address - imm)).filter(p => p !== 0n), 0n);
    }
  }
  const registers = { ...START, [TABLE]: BigInt(layout.dataBase) };
  return smallProgram(name, { layout, lines, data: wordBytes(xlen, pointers), registers, ...rules });
}

const HOLE: Line = { mnemonic: 'fence' };
/** The access that faults stands between others. */
const FAULTING: readonly Line[] = [
  { mnemonic: 'addi', rd: 5, imm: 1 },
  HOLE,
  { mnemonic: 'addi', rd: 5, imm: 2 },
  { mnemonic: 'ebreak' },
];

const RULES: readonly Rules[] = [
  { alignedOnly: true, protectsText: false },
  { alignedOnly: false, protectsText: true },
  { alignedOnly: false, protectsText: false },
];

const places = LAYOUTS.flatMap((layout, index) =>
  (index === 0 ? RULES : RULES.slice(0, 2)).map(rules => ({ index, layout, rules, ...rules })),
);

describe.each(['rv32im', 'rv64im'] as const)('accesses of %s around the edges', name => {
  describe.each(name === 'rv64im' ? places : sampled(places, 3))(
    'of layout $index, alignedOnly $alignedOnly, protectsText $protectsText',
    place => {
      const { layout, rules } = place;

      it('reach what they should', () => {
        const built = allowedAccesses(name, layout, rules);
        const isTraced = name === 'rv64im' && rules.alignedOnly;
        const pure = runOracle(built.setup, built.text, BUDGET);
        const traced = isTraced ? runOracle(built.setup, built.text, BUDGET, 1000) : undefined;
        expect(pure.exit.kind).toBe('halted');
        for (const { name: runner, engine, hot = 5, mode } of ROWS) {
          const oracle = mode === 'pure' ? pure : traced;
          if (oracle === undefined) continue;
          const threshold = mode === 'pure' ? undefined : 1000;
          const found = differences(built, prepare(built, { engine, budget: BUDGET, hot, threshold }), oracle);
          expect([runner, mode, ...found.slice(0, -1)]).toEqual([runner, mode]);
        }
      });

      // Compiled code leaves such an access to the interpreter.
      it('fault where they should', () => {
        const where = { layout, ...rules };
        const isFault = (access: Access): boolean =>
          access.imm === 0n && !isAllowed(access, where, FAULTING.length * 4);
        // The last one before an access that is allowed, or the first one after it; of what is only misaligned, some.
        const isNext = ({ row, address }: Access): boolean =>
          [-1n, 1n].some(by => isAllowed({ row, imm: 0n, address: address + by }, where, FAULTING.length * 4)) &&
          (!rules.alignedOnly || address % 16n === 1n);
        const faults = around(name, layout, FAULTING.length * 4).filter(access => isFault(access) && isNext(access));
        for (const { row, address } of faults) {
          const { mnemonic, effect } = row;
          const access: Line =
            effect.kind === 'load' ? { mnemonic, rd: FOUND, rs1: POINTER } : { mnemonic, rs1: POINTER, rs2: GIVEN };
          const body = FAULTING.map(line => (line === HOLE ? access : line));
          const registers = { ...START, [POINTER]: BigInt.asUintN(isa(name).xlen, address) };
          const built = smallProgram(name, { layout, lines: body, registers, data: new Uint8Array(0), ...rules });
          const oracle = runOracle(built.setup, built.text, BUDGET);
          expect(oracle.exit).toMatchObject({ kind: 'fault', address: registers[POINTER] });
          for (const { engine, hot = 5, name: runner } of RUNNERS) {
            if (engine === 'js' || (engine === 'wasm' && hot === 5)) continue;
            if (!IS_DEEP && engine === 'interpreter' && address % 2n === 1n) continue;
            const found = differences(built, prepare(built, { engine, budget: BUDGET, hot }), oracle);
            expect([runner, ...found]).toEqual([runner]);
          }
        }
      });
    },
  );
});
