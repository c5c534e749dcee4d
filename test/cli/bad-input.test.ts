// Bad input of every kind: each has its exit status and one line that names what was expected and found.

import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { buildElf, exitCode, tinyElf } from '../codegen/elf/elf-builder.ts';
import { sampled } from '../depth.ts';
import { guest, jitExec, jitExecHere, scratch } from './command.ts';

const write = scratch();
const segment = { address: 0x1_0000, bytes: exitCode(0), flags: 5 };

function patched(name: string, at: number, value: number): string {
  const bytes = tinyElf(64);
  bytes[at] = value;
  return write(name, bytes);
}

const overlapping = [segment, { ...segment, address: 0x1_0004 }];
const good = write('good.elf', tinyElf(64));

describe('a bad program', () => {
  test.each(
    sampled<[string, string, number, string]>(
      [
        ['an empty file', write('empty', ''), 65, 'expected magic 7f 45 4c 46, got nothing'],
        ['a text file', write('text', 'hello\n'), 65, 'expected magic 7f 45 4c 46, got 68 65 6c 6c'],
        [
          'a truncated file',
          write('truncated', tinyElf(64).subarray(0, 100)),
          65,
          'program headers at offset 0x40 do not fit',
        ],
        ['an x86-64 program', patched('x86', 18, 62), 65, 'expected machine RISC-V (243), got 62'],
        ['a big-endian file', patched('big', 5, 2), 65, 'expected little-endian data (1), got big-endian (2)'],
        [
          'an entry outside the text',
          patched('entry', 24, 64),
          65,
          'entry 0x10040 is outside every executable segment',
        ],
        [
          'overlapping segments',
          write('overlap', buildElf({ xlen: 32, entry: 0x1_0000, segments: overlapping })),
          65,
          'overlap',
        ],
        ['a static PIE', patched('pie', 16, 3), 76, 'expected type ET_EXEC (2), got ET_DYN (3)'],
        ['a missing file', '/nonexistent/p.elf', 66, 'cannot read /nonexistent/p.elf: no such file'],
        ['a directory', tmpdir(), 66, 'it is a directory'],
      ],
      3,
    ),
  )('%s is refused in one line by run, info and disasm', async (_, path, status, message) => {
    const others = [await jitExecHere(['info', path]), await jitExecHere(['disasm', path])];
    for (const outcome of [jitExec(['run', path]), ...others]) {
      expect(outcome).toMatchObject({ status, stdout: '' });
      expect(outcome.stderr).toMatch(/^jit-exec: [^\n]*\n$/);
      expect(outcome.stderr).toContain(message);
    }
  });

  const isRoot = process.getuid?.() === 0;
  test.skipIf(isRoot || process.platform === 'win32')('an unreadable file is refused', () => {
    const path = write('unreadable', tinyElf(64));
    chmodSync(path, 0);
    expect(jitExec([path])).toMatchObject({ status: 66, stderr: `jit-exec: cannot read ${path}: permission denied\n` });
  });
});

describe('a bad command line', () => {
  test.each<[readonly string[], string]>([
    [[], 'jit-exec [run] <program.elf> [-- guest arguments]'],
    [['info'], 'info: which program?'],
    [['rn', 'fib.elf'], 'no command rn and no such file; did you mean run? (see jit-exec --help)'],
    [['--profile-weight', 'gas', good], '--profile-weight: of which profile? Give --profile FILE, too'],
    [[good, 'extra'], 'unexpected extra; arguments of the guest follow --'],
    [[good, '--frobnicate'], 'unknown option --frobnicate (see jit-exec --help)'],
    [[good, '--max-cycle', '5'], 'jit-exec: unknown option --max-cycle (did you mean --max-cycles?) (see'],
    [[good, '--input-u32', '7'], 'unknown option --input-u32 (did you mean --input-u64?)'],
    [[good, '--engine', 'turbo'], '--engine: expected auto, js, wasm, interpreter, got turbo'],
    [[good, '--engine', 'wsam'], 'got wsam; did you mean wasm?'],
    [[good, '--max-cycles', '5', '--max-cycles', '6'], '--max-cycles may be given only once'],
    [['-', '--input', '-'], 'standard input (-) can be read once, got it 2 times: the program and --input'],
    [[good, '--input', '-', '--input', '-'], 'standard input (-) can be read once'],
    [[good, '--json', '--public-values', '-'], '--public-values - and --json both want standard output'],
    [[good, '--engine'], '--engine wants a value'],
    [[good, '--engine', 'js', '--engine', 'wasm'], '--engine may be given only once'],
    [[good, '--max-cycles', 'many'], '--max-cycles: expected a whole number below 2^53'],
    [[good, '--max-cycles', '-1'], '--max-cycles'],
    [[good, '--max-cycles', '1e99'], '--max-cycles: expected a whole number'],
    [[good, '--max-memory', '9999999G'], '--max-memory: expected a whole number below 2^53'],
    [[good, '--timeout', '0'], '--timeout: expected seconds above 0'],
    [[good, '--input-hex', 'abc'], '--input-hex: expected pairs of hexadecimal digits, got abc'],
    [[good, '--input-u64', '18446744073709551616'], '--input-u64: expected a whole number below 2^64'],
    [['disasm', good, '--function', 'nope'], '--function: no code symbol nope'],
    [['disasm', good, '--from', '0'], 'is not an even range of the text [0x10000, 0x1000c)'],
    [['disasm', good, '--function', '_start', '--to', '1'], 'mutually exclusive'],
    [['bench', good, '--rounds', '2'], '--rounds: expected at least 3, got 2'],
  ])('%j is a usage error', async (args, message) => {
    const { status, stdout, stderr } = await jitExecHere(args);
    expect(stderr).toContain(message);
    expect(status).toBe(64);
    // Once, as JSON where that was asked for.
    const asked = args.includes('--json');
    expect(asked ? JSON.parse(stdout).error.code : stdout).toBe(asked ? 'USAGE' : '');
  });

  test('an input file that is missing is named', () => {
    const { status, stderr } = jitExec([guest('fibonacci.rv64'), '--input', '/nonexistent/in']);
    expect(stderr).toBe('jit-exec: cannot read /nonexistent/in: no such file\n');
    expect(status).toBe(66);
  });

  test('an SP1Stdin that claims more than the file has is refused', () => {
    const path = write('stdin.bin', new Uint8Array(BigUint64Array.of(2n, 1n << 40n).buffer));
    const { status, stderr } = jitExec([good, '--sp1-stdin', path]);
    expect(stderr).toContain('buffer 0 of 1099511627776 bytes does not fit at byte 16 of 16');
    expect(status).toBe(65);
  });
});
