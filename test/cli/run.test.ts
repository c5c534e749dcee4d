import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { buildElf, tinyElf, words } from '../codegen/elf/elf-builder.ts';
import { CLI, guest, jitExec, scratch, startJitExec } from './command.ts';

const write = scratch();
const BASE = 0x1_0000;

function program(name: string, ...code: readonly number[]): string {
  const segments = [{ address: BASE, bytes: words(...code), flags: 5 }];
  const symbols = [{ name: '_start', address: BASE, size: 4 * code.length }];
  return write(name, buildElf({ xlen: 64, entry: BASE, segments, symbols }));
}

const ECALL = 0x0000_0073;
const JUMP_TO_SELF = 0x0000_006f;
/** `mv a1, sp; li a0, 1; li a2, 8; li a7, 64; ecall; j .-20`: writes 8 bytes of the stack for ever. */
const writer = program('writer', 0x0001_0593, 0x0010_0513, 0x0080_0613, 0x0400_0893, ECALL, 0xfedf_f06f);
const endless = program('endless', JUMP_TO_SELF);
/** `mv a1, sp; li a0, 0; li a2, 8; li a7, 63; ecall`, then for ever: reads standard input. */
const reader = program('reader', 0x0001_0593, 0x0000_0513, 0x0080_0613, 0x03f0_0893, ECALL, JUMP_TO_SELF);

describe('the status of a guest that halts', () => {
  test.each([
    [0, 0],
    [255, 255],
    [256, 1],
    [2047, 255],
  ])('for code %i is %i', (code, status) => {
    expect(jitExec([write(`exit${code}`, tinyElf(32, code)), '--quiet'])).toEqual({ status, stdout: '', stderr: '' });
  });

  test('is the same with and without the word run', () => {
    const path = write('seven', tinyElf(64, 7));
    expect(jitExec(['run', path, '-q'])).toEqual(jitExec([path, '-q']));
  });
});

describe('what a guest reads and writes', () => {
  const expected = JSON.parse(readFileSync(guest('../expected').replace(/elf$/, 'json'), 'utf8'));

  test.each(['fibonacci.rv32', 'fibonacci.rv64c', 'io.rv64'])('is what QEMU shows: %s', name => {
    for (const { args, stdin, stdout, exit } of expected[name].runs.slice(0, 3)) {
      const got = jitExec(['-q', guest(name), '--', ...args], { stdin });
      if (typeof stdout === 'string') expect(got).toMatchObject({ status: exit, stdout });
      else expect(got.status).toBe(exit);
    }
  });

  test('goes to stderr with --json, where stdout has the object of the contract', () => {
    const { status, stdout, stderr } = jitExec(['--json', guest('fibonacci.rv32'), '--', '10']);
    const json = JSON.parse(stdout);
    expect(stderr).toContain('fibonacci(10) = 55\n');
    expect({ status, ...json, exit: { ...json.exit, symbol: '' } }).toMatchObject({
      status: 0,
      schema: 1,
      machine: 'bare',
      exit: { kind: 'halted', code: 0, pc: expect.stringMatching(/^0x[0-9a-f]+$/) },
      instructions: expected['fibonacci.rv32'].runs[1].instructions,
      publicValues: '',
      publicValuesSha256: createHash('sha256').digest('hex'),
      syscalls: { write: 1 },
      seconds: expect.any(Number),
      mips: expect.any(Number),
    });
  });

  test('may be a megabyte through a pipe, complete and in order', () => {
    const { status, stdout } = jitExec(['-q', '--max-cycles', '800k', writer]);
    // Four instructions to set up once; then a5-instruction round per write after the first.
    expect(status).toBe(124);
    expect(stdout.length % 8).toBe(0);
    expect(stdout.length).toBe(Math.floor((800_000 - 5) / 6) * 8 + 8);
  });
});

describe('a guest that does not halt', () => {
  test('at a budget ends with 124 and says which limit, where and after how much', () => {
    const { status, stderr } = jitExec(['--max-cycles', '1_000', endless]);
    expect(stderr).toBe('jit-exec: limit reached: --max-cycles at _start, pc 0x10000, after 1000 instructions\n');
    expect(status).toBe(124);
  });

  test('is stopped by a timeout', () => {
    const { status, stdout, stderr } = jitExec(['--timeout', '0.3', '--json', endless]);
    expect(status).toBe(124);
    expect(stderr).toMatch(/^jit-exec: limit reached: --timeout at _start, pc 0x10000, after \d+ instructions\n$/);
    expect(JSON.parse(stdout).exit).toMatchObject({ kind: 'limit', limit: 'timeout', pc: '0x10000', symbol: '_start' });
  });

  test('is stopped by a timeout also while it waits for standard input', async () => {
    const { status, stderr } = await startJitExec(['--timeout', '0.5', reader]).outcome;
    expect(stderr).toContain('limit reached: --timeout');
    expect(status).toBe(124);
  });

  // mv a1, sp; li a0, 0; li a2, 8; li a7, 63; ecall; li a0, 0; li a7, 93; ecall: ends well where its input ends.
  const reads = program('reads', 0x0001_0593, 0x513, 0x0080_0613, 0x03f0_0893, ECALL, 0x513, 0x05d0_0893, ECALL);

  test('in a read is stopped there: a stop is no end of input', async () => {
    const { status, stderr } = await startJitExec(['--timeout', '2', reads]).outcome;
    expect(stderr).toBe('jit-exec: limit reached: --timeout at _start+0x10, pc 0x10010, after 4 instructions\n');
    expect(status).toBe(124);
    expect(jitExec([reads, '-q'], { stdin: 'abc' }).status).toBe(0);
  });

  test('in a write that nobody reads is stopped there', async () => {
    // lui a1, 0x20; lui a2, 0x10000 (256 MiB); li a0, 1; li a7, 64; ecall; j .-20
    const code = words(0x0002_05b7, 0x1000_0637, 0x0010_0513, 0x0400_0893, ECALL, 0xfedf_f06f);
    const segments = [{ address: BASE, bytes: code, flags: 5 }];
    const path = write('pours', buildElf({ xlen: 64, entry: BASE, segments }));
    const child = spawn(process.execPath, [CLI, '--timeout', '2', path], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', data => {
      stderr += data;
    });
    // Either may come first.
    const isRead = new Promise(resolve => child.stderr.once('close', resolve));
    expect(await new Promise(resolve => child.on('exit', resolve))).toBe(124);
    await isRead;
    expect(stderr).toMatch(/limit reached: --timeout at pc 0x10010, after \d+ instructions\n$/);
  });

  test('is interrupted by SIGTERM as by Ctrl-C', async () => {
    const running = startJitExec([writer]);
    running.signalAfterOutput('SIGTERM');
    expect(await running.outcome).toMatchObject({
      status: 130,
      stderr: expect.stringContaining('interrupted at _start'),
    });
  });

  test('is asked once by two signals at once, as timeout(1) sends them', async () => {
    const running = startJitExec([writer]);
    running.signalAfterOutput('SIGTERM');
    running.signalAfterOutput('SIGINT');
    expect(await running.outcome).toMatchObject({
      status: 130,
      stderr: expect.stringContaining('interrupted at _start'),
    });
  });

  test('is interrupted by Ctrl-C', async () => {
    const running = startJitExec([writer]);
    running.signalAfterOutput('SIGINT');
    const { status, stderr } = await running.outcome;
    expect(stderr).toMatch(/jit-exec: interrupted at _start\S*, pc 0x100\w+, after \d+ instructions\n$/);
    expect(status).toBe(130);
  });

  test('ends quietly with 141 when nobody reads its output', async () => {
    const running = startJitExec(['-q', writer]);
    running.closeStdout();
    expect(await running.outcome).toMatchObject({ status: 141, stderr: '' });
  });
});

describe('a guest fault', () => {
  test('ends with 75 and one line with cause, address, symbol and pc', () => {
    const wild = program('wild', 0xffff_f537, 0x0005_3503); // lui a0, 0xfffff; ld a0, 0(a0)
    const { status, stderr } = jitExec([wild]);
    const line = 'load from a bad address 0xfffffffffffff000 at _start+0x4, pc 0x10004, after 1 instructions';
    expect(stderr).toBe(`jit-exec: guest fault: ${line}\n`);
    expect(status).toBe(75);
  });

  test('is told in full by --json', () => {
    const { status, stdout } = jitExec(['--json', program('illegal', 0x0000_0013, 0)]);
    expect(JSON.parse(stdout).exit).toMatchObject({
      kind: 'fault',
      cause: 'illegal-instruction',
      pc: '0x10004',
      symbol: '_start+0x4',
    });
    expect(status).toBe(75);
  });
});

test('options come from the environment too, and the command line wins', () => {
  const env = { JIT_EXEC_MAX_CYCLES: '10' };
  expect(jitExec([endless], { env }).stderr).toContain('after 10 instructions');
  expect(jitExec([endless, '--max-cycles', '20'], { env }).stderr).toContain('after 20 instructions');
});
