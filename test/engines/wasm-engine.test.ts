import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { execute, type RunResult } from '../../src/verbs/execute.ts';
import { buildElf, words } from '../codegen/elf/elf-builder.ts';

const BASE = 0x1_0000;

interface Guest {
  readonly runs: readonly { args: readonly string[]; stdoutSha256: string; instructions?: number }[];
}

const expected = JSON.parse(
  readFileSync(new URL('../../bench/guests/expected.json', import.meta.url), 'utf8'),
) as Record<string, Guest>;

function guest(name: string, options: Parameters<typeof execute>[1] = {}): RunResult & { stdout: string } {
  const hash = createHash('sha256');
  const bytes = readFileSync(new URL(`../../bench/guests/bin/${name}.elf`, import.meta.url));
  const result = execute(bytes, {
    engine: 'wasm',
    machine: 'bare',
    stdout: piece => void hash.update(piece),
    ...options,
  });
  return { ...result, stdout: hash.digest('hex') };
}

const instruction = (opcode: number, rd: number, funct3: number, rs1: number, imm: number): number =>
  ((imm << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode) >>> 0;
const addi = (rd: number, rs1: number, imm: number): number => instruction(0x13, rd, 0, rs1, imm);
const lui = (rd: number, page: number): number => ((page << 12) | (rd << 7) | 0x37) >>> 0;
const load = (rd: number, rs1: number, imm: number): number => instruction(0x03, rd, 2, rs1, imm);
const store = (rs2: number, rs1: number, imm: number): number =>
  (((imm >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (2 << 12) | ((imm & 31) << 7) | 0x23) >>> 0;
const branchBack = (rs1: number, bytes: number): number => {
  const imm = -bytes;
  const bits =
    (((imm >> 12) & 1) << 31) | (((imm >> 5) & 63) << 25) | (((imm >> 1) & 15) << 8) | (((imm >> 11) & 1) << 7);
  return (bits | (rs1 << 15) | (1 << 12) | 0x63) >>> 0;
};
const ECALL = 0x73;

/** `count` rounds of `body`, then exit(a0). */
function loop(xlen: 32 | 64, setUp: readonly number[], count: number, body: readonly number[]): Uint8Array {
  const text = [
    ...setUp,
    lui(5, count >> 12),
    addi(5, 5, count & 0x7ff),
    ...body,
    addi(5, 5, -1),
    branchBack(5, 4 * (body.length + 1)),
    addi(17, 0, 93),
    ECALL,
  ];
  return buildElf({ xlen, entry: BASE, segments: [{ address: BASE, bytes: words(...text), flags: 5 }] });
}

describe.each([32, 64] as const)('RV%i', xlen => {
  test('a budget stops at the same instruction as in the interpreter', () => {
    for (const maxCycles of [1, 499, 5000, 100_001, 1_234_567, 3_000_003]) {
      const [compiled, interpreted] = (['wasm', 'interpreter'] as const).map(engine =>
        guest(`calls.rv${xlen}`, { engine, maxCycles }),
      );
      expect(compiled!.instructions).toBe(maxCycles);
      expect([compiled!.exit, compiled!.registers]).toEqual([interpreted!.exit, interpreted!.registers]);
    }
  });

  test('an access that keeps falling outside the window goes on being exact', () => {
    // Page 0xe0000 is mapped on demand, outside the window of 1 GiB.
    const body = [load(10, 6, 0), addi(10, 10, 1), store(10, 6, 0)];
    const setUp = xlen === 32 ? [lui(6, 0xe0000)] : [addi(6, 0, 7), instruction(0x13, 6, 1, 6, 29)];
    const bytes = loop(xlen, setUp, 40_960, body);
    const result = execute(bytes, { engine: 'wasm', machine: 'bare' });
    expect(result.exit).toMatchObject({ kind: 'halted', code: 40_960 });
    expect(result.instructions).toBe(setUp.length + 2 + 5 * 40_960 + 2);
  });

  test('a store into text faults in compiled code, at its own pc', () => {
    const bytes = loop(xlen, [lui(6, BASE >> 12), lui(7, 0x20)], 8192, [store(0, 7, 0), addi(7, 7, -8), addi(0, 0, 0)]);
    const results = (['wasm', 'interpreter'] as const).map(engine => execute(bytes, { engine, machine: 'bare' }));
    expect(results[0]!.exit).toMatchObject({ kind: 'fault', cause: 'store-to-text', pc: BigInt(BASE + 16) });
    expect([results[0]!.exit, results[0]!.instructions]).toEqual([results[1]!.exit, results[1]!.instructions]);
  });

  test('a jump table of many targets is compiled again as they are met', () => {
    const run = expected[`bcinterp.rv${xlen}`]!.runs[0]!;
    const { exit, instructions, stdout } = guest(`bcinterp.rv${xlen}`, { args: run.args, hot: 1 });
    expect([exit.kind, instructions, stdout]).toEqual(['halted', run.instructions, run.stdoutSha256]);
  });

  test('recursion deeper than the host stack goes on where it was', () => {
    const run = expected[`rec.rv${xlen}`]!.runs[0]!;
    const { exit, instructions, stdout } = guest(`rec.rv${xlen}`, { args: run.args });
    expect([exit.kind, instructions, stdout]).toEqual(['halted', run.instructions, run.stdoutSha256]);
  });
});
