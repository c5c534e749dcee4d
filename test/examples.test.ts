// Every program in examples/ does what its first lines say, on the built package and by its public name.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import build from './build.ts';
import { deepTest } from './depth.ts';
import { TINY } from './machine/openvm/programs.ts';

const FOLDER = fileURLToPath(new URL('../examples', import.meta.url));
const PROGRAMS = readdirSync(FOLDER).filter(name => name.endsWith('.mjs'));

beforeAll(build, 300_000);

function run(name: string, ...args: readonly string[]): { status: number | null; lines: readonly string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(FOLDER, name), ...args], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('examples import the package by its public name only', () => {
  for (const name of PROGRAMS) {
    const imports = [...readFileSync(join(FOLDER, name), 'utf8').matchAll(/^import .* from '(.*)';$/gm)];
    expect(imports.map(([, from]) => from!).filter(from => !/^(jit-exec(\/|$)|node:)/.test(from))).toEqual([]);
  }
});

describe('the example', () => {
  test('run-elf shows output, exit, instructions and system calls', () => {
    expect(run('run-elf.mjs')).toEqual({
      status: 0,
      lines: [
        'fibonacci(90) = 2880067194370816120',
        'halted at pc 0x11038, machine bare',
        '2238 instructions, system calls {"write":1,"exit_group":1}',
      ],
    });
  });

  test('run-elf takes a program with arguments and ends with its code', () => {
    const faults = join(FOLDER, 'guests/bin/faults.rv32.elf');
    expect(run('run-elf.mjs', faults, 'divide-by-zero')).toMatchObject({ status: 0 });
    expect(run('run-elf.mjs', faults, 'no such fault').status).toBe(2);
  });

  test('limits-and-faults names each fault, stops at the exact instruction, shows a coded error', () => {
    expect(run('limits-and-faults.mjs').lines).toEqual([
      'divide-by-zero: halted with 0',
      'wild-store: store to a bad address 0x5555555500001230',
      'illegal: illegal instruction',
      expect.stringMatching(/^store-to-text: store into the program text 0x[0-9a-f]+$/),
      'endless: limit of cycles reached after 1234567 instructions',
      'endless: limit of cycles reached after 1234567 instructions',
      'ELF_INVALID (the file is not a well-formed RISC-V executable): elf: expected magic 7f 45 4c 46, got 23 21 2f 62 in script.sh',
    ]);
  });

  test('inputs-and-public-values feeds a guest of SP1 and reads what it commits', () => {
    const { lines } = run('inputs-and-public-values.mjs', '20');
    expect(lines[0]).toBe('F(20) = 6765, F(21) = 10946');
    expect(lines[1]).toMatch(/^\d+ instructions, clk \d+, system calls \{.*"COMMIT":8.*\}$/);
    expect(lines[2]).toBe('without input: 1');
  });

  test("trace shows the chunks that SP1's executor makes", () => {
    const { runs } = JSON.parse(readFileSync(new URL('vectors/sp1-guest-chunks.json', import.meta.url), 'utf8'));
    const recorded = runs.find(
      (one: { guest: string; inputs: readonly string[]; chunkEntries: number }) =>
        one.guest === 'fibonacci' && one.inputs[0] === 'u64:20' && one.chunkEntries === 500,
    );
    const starts = [1, ...recorded.chunks.map(([, clkEnd]: readonly number[]) => clkEnd)];
    const chunks = recorded.chunks.map(
      ([entries, clkEnd, , digest]: readonly unknown[], i: number) =>
        `chunk ${i}: ${entries} entries, clk ${starts[i]} to ${clkEnd}, SHA-256 ${digest}`,
    );
    expect(run('trace.mjs').lines).toEqual([
      ...chunks,
      `halted after ${recorded.cycles} instructions: 2 chunks, 589 entries`,
    ]);
  });

  test('compare-engines finds that all engines count the same', () => {
    const { lines } = run('compare-engines.mjs', join(FOLDER, 'guests/bin/sort.rv64.elf'), '1000');
    expect(lines.map(line => line.split(':')[0])).toEqual(expect.arrayContaining(['interpreter', 'js']));
    expect(new Set(lines.map(line => /\d+ instructions/.exec(line)?.[0])).size).toBe(1);
    expect(new Set(lines.map(line => line.split(', ').at(-1))).size).toBe(1);
  });

  test('segments proves and verifies a run, which the engine only checks', () => {
    const { commitments, pure, proved } = TINY['tiny-ops'];
    const { segments } = proved!.two_segments['cells=9800000,check=16']!;
    const hex = (words: readonly number[]): string => words.map(word => word.toString(16).padStart(8, '0')).join('');
    expect(run('segments.mjs').lines).toEqual([
      ...segments.map(({ num_insns, airs }, i) =>
        expect.stringMatching(
          `^segment ${i}: ${num_insns} instructions, ${airs.reduce((sum, { height }) => sum + height, 0)} rows, \\d+ cells$`,
        ),
      ),
      `the run is of ${hex(commitments.exe_commit)}`,
      `it revealed ${pure.user_public_values}`,
      'the other way round: IsTerminateMismatch { expected: false, actual: true }',
    ]);
  });

  deepTest('prove makes a proof that others accept without the program', () => {
    const { commitments, pure } = TINY['tiny-ops'];
    expect(run('prove.mjs').lines).toEqual([
      ...['main', 'permutation', 'quotient', 'opening'].map(stage => `stage: ${stage}`),
      expect.stringMatching(/^1 segment, 18\d{5} bytes$/),
      `the run is of ${commitments.exe_commit.map(word => word.toString(16).padStart(8, '0')).join('')}`,
      `it revealed ${pure.user_public_values}`,
    ]);
  });

  test('verify accepts a proof and says why it would not convince', () => {
    expect(run('verify.mjs').lines).toEqual([
      'holds; the program commits to 40c77ba1511162ef4a0f55374cfe2fff662b6d664515f0fb72cd0a366ffd2358',
      'with what an app asks for: InvalidOpeningArgument("InvalidProofShape")',
    ]);
  });
});
