import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { buildElf } from '../codegen/elf/elf-builder.ts';
import { deepTest } from '../depth.ts';
import { guest, jitExec, jitExecHere, scratch, startJitExec } from './command.ts';

const write = scratch();
const fib64 = fileURLToPath(new URL('../vectors/elf/fib64.elf', import.meta.url));
const fib32 = fileURLToPath(new URL('../vectors/elf/fib32.elf', import.meta.url));

describe('info', () => {
  test('describes a program for scripts', async () => {
    const { status, stdout } = await jitExecHere(['info', fib64, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      machine: 'bare',
      xlen: 64,
      arch: 'rv64i2p1_m2p0_zmmul1p0',
      compressed: false,
      entry: '0x101a4',
      entrySymbol: '_start',
      text: { address: '0x10000', bytes: 0x1c8, functions: 2 },
      segments: [
        { address: '0x10000', access: 'r-x' },
        { address: '0x111c8', fileBytes: 4, memoryBytes: 8, access: 'rw-' },
      ],
      notes: [{ name: 'GNU', type: 3, description: expect.stringMatching(/^[0-9a-f]{40}$/) }],
    });
    expect(status).toBe(0);
  });

  test('says why a machine that was asked for does not take a program', async () => {
    const { status, stderr } = await jitExecHere(['info', fib64, '--machine', 'sp1']);
    expect(stderr).toContain('sp1: segment at 0x10000 is below the stack top 0x78000000');
    expect(status).toBe(76);
  });

  test('describes a program for people, a fact a line', async () => {
    const { stdout } = await jitExecHere(['info', fib32]);
    expect(stdout).toMatch(/^machine {2}bare$/m);
    expect(stdout).toMatch(/^isa {6}rv32i2p1_m2p0_c2p0_zmmul1p0$/m);
    expect(stdout).toMatch(/^segment {2}rw- 0x\w+, 8 bytes, 4 of them in the file$/m);
  });
});

describe('disasm', () => {
  /** address → mnemonic of what objdump printed: `   10144:\t0013 \taddi\t…`. */
  const recorded = (name: string): [string, string][] =>
    readFileSync(new URL(`../vectors/elf/${name}.objdump`, import.meta.url), 'utf8')
      .split('\n')
      .flatMap(line => {
        const match = /^ +([\da-f]+):\t[\da-f]+ +\t(\S+)/.exec(line);
        return match ? [[`0x${match[1]}`, match[2]!] as [string, string]] : [];
      });

  test.each([
    ['fib64', fib64],
    ['fib32', fib32],
  ])('shows the instructions of %s that objdump does', async (name, path) => {
    for (const symbol of ['fib', '_start']) {
      const { status, stdout } = await jitExecHere(['disasm', path, '--function', symbol]);
      expect(status).toBe(0);
      expect(stdout).toContain(`<${symbol}>:`);
      const shown = [...stdout.matchAll(/^ +(0x[\da-f]+): [\da-f]+ +(\S+)/gm)].map(match => [match[1], match[2]]);
      const first = shown[0]![0];
      const all = recorded(name);
      const from = all.findIndex(([address]) => address === first);
      expect(shown).toEqual(all.slice(from, from + shown.length));
    }
  });

  test('names the targets of jumps and branches', async () => {
    expect((await jitExecHere(['disasm', fib64, '--function', 'fib'])).stdout).toMatch(/jal ra,0x10144 <fib>/);
  });

  test('shows a range, words that are no instructions, and zeros as a gap', async () => {
    const { stdout } = await jitExecHere(['disasm', fib64, '--from', '0x10000', '--to', '0x10010']);
    expect(stdout).toBe(
      '\n0x10000 <0x10000>:\n     0x10000: 464c457f  .word 0x464c457f\n     0x10004: 00010102  .word 0x00010102\n        ...\n',
    );
  });

  deepTest('prints four megabytes of text and stops quietly when the reader goes away', async () => {
    const bytes = new Uint8Array(4 * 2 ** 20).fill(0x13); // 0x13131313: lui t1, …
    const path = write(
      'big.elf',
      buildElf({ xlen: 64, entry: 0x1_0000, segments: [{ address: 0x1_0000, bytes, flags: 5 }] }),
    );
    const { status, stdout } = jitExec(['disasm', path]);
    expect(status).toBe(0);
    expect(stdout.split('\n').length).toBe(2 ** 20 + 3);
    const running = startJitExec(['disasm', path]);
    running.closeStdout();
    expect(await running.outcome).toMatchObject({ status: 141, stderr: '' });
  });
});

test('bench compares the engines in one run, the interpreter being 1', async () => {
  const { status, stdout } = await jitExecHere(['bench', guest('fibonacci.rv64'), '--rounds', '3', '--json']);
  const { engines, rounds, instructions } = JSON.parse(stdout);
  expect({ status, rounds }).toEqual({ status: 0, rounds: 3 });
  expect(engines[0]).toMatchObject({ engine: 'interpreter', ratio: 1 });
  for (const { seconds, mips } of engines) expect(seconds * mips).toBeCloseTo(instructions / 1e6, 6);
});

describe('help and version', () => {
  test('--help is a page and names every command', async () => {
    const { status, stdout, stderr } = await jitExecHere(['--help']);
    expect(stdout.split('\n').length).toBeLessThan(70);
    for (const command of ['run', 'bench', 'disasm']) expect(stdout).toContain(`jit-exec ${command} <program>`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('options say what they take, in groups, and no type', async () => {
    const { stdout } = await jitExecHere(['--help']);
    expect(stdout).toMatch(/^Inputs, in the order given:\n {6}--input FILE +The bytes of FILE \(- is stdin\)\n/m);
    expect(stdout).toMatch(/^ {6}--max-memory BYTES +Stop when .*BYTES \(k, M, G\)\n/m);
    expect(stdout).toMatch(/^ {6}--engine auto\|js\|wasm\|interpreter\n +How to execute \(auto unless given\)\n/m);
    expect(stdout).toMatch(/^ {2}-q, --quiet +No progress/m);
    expect(stdout).not.toMatch(/^ +-.*\[(string|boolean)/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('--version names the versions of the package, Node and V8', async () => {
    expect((await jitExecHere(['--version'])).stdout).toMatch(/^jit-exec \d+\.\d+\.\d+, Node \d+\.\S+, V8 \d+\.\S+\n$/);
  });

  test('a command has help of its own', async () => {
    const { stdout } = await jitExecHere(['disasm', '--help']);
    expect(stdout).toContain('--function');
    expect(stdout).not.toContain('--engine');
  });

  test('completion prints a script', async () => {
    expect(jitExec(['completion']).stdout).toContain('jit-exec --get-yargs-completions');
    expect((await jitExecHere(['--get-yargs-completions', 'jit-exec', 'disasm', '--'])).stdout).toContain('--function');
  });
});
