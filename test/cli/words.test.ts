// What the command says: to people in words, to scripts as JSON.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { buildElf, tinyElf, words } from '../codegen/elf/elf-builder.ts';
import { sha256 } from '../machine/sp1/guest-runs.ts';
import { CLI, guest, jitExec, jitExecHere, scratch } from './command.ts';

const write = scratch();
const BASE = 0x1_0000;
const DATA = 0x2_0000;
const ECALL = 0x73;

/** `text` is at 0x20000. */
function program(name: string, text: string, code: readonly number[], symbol = '_start'): string {
  const segments = [
    { address: BASE, bytes: words(...code), flags: 5 },
    { address: DATA, bytes: new TextEncoder().encode(text), flags: 6 },
  ];
  const symbols = [{ name: symbol, address: BASE, size: 4 * code.length }];
  return write(name, buildElf({ xlen: 64, entry: BASE, segments, symbols }));
}

// li a0, 2; lui a1, 0x20; li a2, 5; li a7, 64; ecall; li a0, 1; li a7, 93; ecall
const PANIC = [0x0020_0513, 0x0002_05b7, 0x0050_0613, 0x0400_0893, ECALL, 0x0010_0513, 0x05d0_0893, ECALL];
const panics = program('panics', 'panic', PANIC);
const fibonacci = guest('fibonacci.sp1');

describe('a guest that fails', () => {
  test('has its last line to itself, and is said to have exited with its code', () => {
    expect(jitExec([panics])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'panic\njit-exec: guest exited with 1 after 8 instructions\n',
    });
    expect(jitExec([panics, '-q']).stderr).toBe('panic');
  });

  test('is no benchmark without its saying so', () => {
    const { status, stdout, stderr } = jitExec(['bench', panics, '--rounds', '3']);
    expect(stderr).toBe(
      "jit-exec: the guest's last words:\npanic\njit-exec: guest exited with 1 after 8 instructions\n",
    );
    expect(stdout).toContain('median of 3 rounds');
    expect(status).toBe(1);
  });

  test.each([
    // jalr ra, 0(zero)
    ['by a call', [0x0000_00e7], 'called at _start, 0x10000'],
    // auipc ra, 0xfffff000; jalr ra, 0(ra): the call has overwritten the register that it jumped through
    ['by a call through ra', [0xffff_f097, 0x0000_80e7], 'the return address is _start+0x8, 0x10008'],
    // jal ra, 8; nop; jr zero
    ['by a jump', [0x0080_00ef, 0x13, 0x0000_0067], 'the return address is _start+0x4, 0x10004'],
    // ret
    ['by a return', [0x0000_8067], 'ra holds it: a return to an address that was overwritten or never set'],
    // j -8
    ['by a jump before any call', [0xff9f_f06f], ''],
  ])('%s out of its text is told with where it came from', (_, code, from) => {
    const { status, stderr } = jitExec([program('lost', '', [...code, ECALL])]);
    expect({ status, fault: /jump outside the program text 0x\w+(?: \((.*?)\))? at/.exec(stderr)?.[1] ?? '' }).toEqual({
      status: 75,
      fault: from,
    });
  });

  test('has an unsigned code', () => {
    // li a0, -1; li a7, 93; ecall
    const minus = program('minus', '', [0xfff0_0513, 0x05d0_0893, ECALL]);
    const { status, stdout } = jitExec(['--json', minus]);
    expect(JSON.parse(stdout).exit).toMatchObject({ kind: 'halted', code: 0xffff_ffff });
    expect(status).toBe(255);
  });
});

describe('what was given or asked for nothing is told', () => {
  test('arguments of an sp1 guest', () => {
    const { stderr } = jitExec([fibonacci, '--', '1000']);
    expect(stderr).toContain('sp1 guests take no arguments: 1000 was ignored; did you mean --input-u64?\n');
  });

  test('inputs that nobody read', () => {
    const inputs = ['--input-u64', '1', '--input-u64', '2', '--input-u64', '3'];
    expect(jitExec([fibonacci, ...inputs]).stderr).toContain('2 of 3 inputs were not read to the end\n');
    expect(jitExec([fibonacci, ...inputs.slice(0, 2)]).stderr).not.toContain('not read');
    expect(jitExec([fibonacci, ...inputs, '-q']).stderr).toBe('');
    expect(jitExec([panics, '--input-hex', 'ab']).stderr).toContain('1 of 1 input was not read to the end\n');
  });

  test('system calls that bare does not have, by number and name', () => {
    // li a7, 66; ecall; li a7, 93; ecall
    const writev = program('writev', '', [0x0420_0893, ECALL, 0x05d0_0893, ECALL]);
    expect(jitExec([writev]).stderr).toContain('system call 66 (writev) was made once: bare does not have it');
  });

  test('a machine that the file is not for', () => {
    const { stderr } = jitExec(['--machine', 'bare', '--max-cycles', '100', fibonacci]);
    expect(stderr).toMatch(/^jit-exec: warning: \S+ looks like a program for machine sp1, not bare\n/);
  });
});

test('names from files never reach a terminal as control characters', async () => {
  const evil = program('evil', '', [0], 'x\x1b[31mred\u009b1m\u202e');
  const run = jitExec([evil]);
  const json = jitExec(['--json', evil]).stdout;
  for (const text of [
    run.stderr,
    (await jitExecHere(['disasm', evil])).stdout,
    (await jitExecHere(['info', evil])).stdout,
    json,
  ]) {
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  }
  expect(run.stderr).toContain('x\\u001b[31mred');
  expect(JSON.parse(json).exit.symbol).toBe('x\x1b[31mred\u009b1m\u202e');
});

describe('JSON', () => {
  test('of a run says what it was made of', () => {
    const { stdout } = jitExec(['--json', fibonacci, '--input-u64', '7']);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      version: VERSION,
      program: { sha256: sha256(readFileSync(fibonacci)) },
      inputs: [{ bytes: 8, sha256: sha256(new Uint8Array([7, 0, 0, 0, 0, 0, 0, 0])) }],
      unreadInputs: 0,
    });
    expect(stdout).not.toContain(fibonacci);
  });

  test.each<[readonly string[], number, string]>([
    [['--json', '/nonexistent'], 66, 'FILE_UNREADABLE'],
    [['--json', panics, '--frob'], 64, 'USAGE'],
    [['info', '--json', write('text', 'hello')], 65, 'ELF_INVALID'],
    [['trace', '--json', '--check', '/nonexistent'], 66, 'FILE_UNREADABLE'],
    [['trace', '--json', panics, '-o', '/nonexistent/x'], 76, 'ELF_UNSUPPORTED'],
  ])('of %j has the error', async (args, status, code) => {
    const outcome = await jitExecHere(args);
    const { error, schema } = JSON.parse(outcome.stdout);
    expect(outcome.stderr).toContain(error.message);
    expect({ schema, code: error.code, status: outcome.status }).toEqual({ schema: 1, code, status });
  });
});

describe('the environment', () => {
  test('is read by each command for what it has', async () => {
    const env = { JIT_EXEC_QUIET: '1', JIT_EXEC_REPORT: '1', JIT_EXEC_SOMETHING: 'x', JIT_EXEC_MAX_CYCLES: '1e9' };
    for (const command of ['info', 'disasm']) expect((await jitExecHere([command, panics], env)).status).toBe(0);
    expect(jitExec(['completion'], { env }).status).toBe(0);
    const { stderr } = jitExec([fibonacci, '--input-u64', '2'], { env: { JIT_EXEC_REPORT: '1' } });
    expect(stderr).toContain('jit-exec: gas: ');
    expect(jitExec([panics], { env: { JIT_EXEC_REPORT: '1' } }).status).toBe(1);
    expect(jitExec([panics, '--report'], { env: { JIT_EXEC_REPORT: '1' } }).stderr).toContain('unaligned accesses');
    expect(jitExec([panics], { env: { JIT_EXEC_QUIET: 'maybe' } }).stderr).toContain('JIT_EXEC_QUIET: expected 1 or 0');
  });
});

describe('completion', () => {
  const complete = async (...line: readonly string[]): Promise<string[]> =>
    (await jitExecHere(['--get-yargs-completions', 'jit-exec', ...line])).stdout.split('\n').filter(Boolean);

  test('knows commands, options of the default command, values and functions', async () => {
    expect(await complete('tr')).toEqual(['trace']);
    expect(await complete('x.elf', '--in')).toEqual(['--input', '--input-hex', '--input-u64']);
    expect(await complete('x.elf', '--engine', '')).toEqual(['auto', 'js', 'wasm', 'interpreter']);
    expect(await complete('disasm', guest('sort.rv64'), '--function', 'mai')).toEqual(['main']);
    expect(await complete('x.elf', '--', '--in')).toEqual([]);
  });
});

test('a program may come from standard input', () => {
  const run = spawnSync(process.execPath, [CLI, '-q', '-'], { input: tinyElf(32, 7) });
  expect(run.status).toBe(7);
});

test('where text may not become functions, everything still works but engine js', () => {
  const node = (...args: string[]) =>
    spawnSync(process.execPath, ['--disallow-code-generation-from-strings', CLI, ...args], { encoding: 'utf8' });
  expect(node('--report', fibonacci, '--input-u64', '3').stderr).toContain('gas: ');
  expect(node('--engine', 'interpreter', guest('sort.rv64'), '-q').status).toBe(0);
  const bench = node('bench', panics, '--rounds', '3');
  expect(bench.stderr).toContain('bench: js is left out, the host forbids generated code');
  expect(node('--engine', 'js', panics).status).toBe(76);
});

test.skipIf(process.platform !== 'linux')('a limit on address space is told with what V8 takes of it', () => {
  const limited = (...args: string[]) =>
    spawnSync('bash', ['-c', 'ulimit -v 11534336; exec "$0" "$@"', process.execPath, CLI, ...args], {
      encoding: 'utf8',
    });
  for (const args of [[panics], ['trace', fibonacci, '-o', `${panics}.trace`, '--until', 'shards']]) {
    const { status, stderr } = limited(...args);
    expect(stderr).toMatch(
      /the host refused \d+ MiB of address space \(V8 takes some 10 GiB .* raise the limit \(ulimit -v\)/,
    );
    expect(status).toBe(76);
  }
});

test('a container of RISC Zero is named whichever machine is asked for', () => {
  const path = write('container', Uint8Array.from([0x52, 0x30, 0x42, 0x46, 1, 0, 0, 0]));
  for (const machine of ['auto', 'bare', 'sp1', 'openvm']) {
    const { status, stderr } = jitExec(['--machine', machine, path]);
    expect({ status, isNamed: stderr.includes('is a guest of RISC Zero') }).toEqual({ status: 76, isNamed: true });
  }
});

test('an older Node is told in one line', () => {
  const old =
    "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.4'}})";
  const { status, stderr } = spawnSync(process.execPath, ['--import', old, CLI, panics], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 76,
    stderr: 'jit-exec: needs Node 20.19 or newer, this is Node 18.20.4\n',
  });
});

test('endless recursion on sp1 is said to be the stack', () => {
  // addi sp, sp, -2048; sd ra, 0(sp); j .-8
  const code = words(0x7800_0137, 0x8001_0113, 0x0011_3023, 0xff9f_f06f);
  const segments = [{ address: 0x7800_0000, bytes: code, flags: 5 }];
  const { status, stderr } = jitExec([write('deep', buildElf({ xlen: 64, entry: 0x7800_0000, segments }))]);
  expect(stderr).toMatch(
    /limit reached: --max-memory \(by default \d+ bytes [^)]*; it was the stack, which has grown by \d+ bytes\)/,
  );
  expect(status).toBe(124);
});
