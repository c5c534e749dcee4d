import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { TraceChunk } from '../../runtime/trace/chunk.ts';
import { buildElf, words } from '../codegen/elf/elf-builder.ts';
import { sampled } from '../depth.ts';
import { CLI, guest, jitExec, jitExecHere, type Outcome } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'jit-exec-trace-'));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const folder = (): string => join(root, `trace${folders++}`);

const echo = guest('echo.sp1');
const ECHO = ['--input-u64', '8391086132249161760', '--input-hex', '', '--input-hex', '00'.repeat(33)];
/** What SP1's executor makes of that, in chunks of 500 entries. */
const recorded = JSON.parse(
  readFileSync(new URL('../vectors/sp1-guest-chunks.json', import.meta.url), 'utf8'),
).runs.find((run: { guest: string; chunkEntries: number }) => run.guest === 'echo' && run.chunkEntries === 500);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const readIndex = (directory: string) => JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8'));

function traceEcho(...more: readonly string[]): { directory: string; outcome: Outcome } {
  const directory = folder();
  const outcome = jitExec(['trace', echo, '-o', directory, '-q', '--chunk-entries', '500', ...ECHO, ...more]);
  return { directory, outcome };
}

/** An executable of the machine sp1 with this text. */
function program(name: string, ...code: readonly number[]): string {
  const BASE = 0x7800_0000;
  const path = join(root, name);
  writeFileSync(
    path,
    buildElf({ xlen: 64, entry: BASE, segments: [{ address: BASE, bytes: words(...code), flags: 5 }] }),
  );
  return path;
}

const check = (directory: string, ...more: readonly string[]): Promise<Outcome> =>
  jitExecHere(['trace', '--check', directory, ...more]);

describe('a trace', () => {
  test("is in files with the hashes of SP1's executor, and an index that names them", async () => {
    const { directory, outcome } = traceEcho('--workers', '3');
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    const index = readIndex(directory);
    expect(index).toMatchObject({
      schema: 1,
      program: { name: 'echo.sp1.elf', path: relative(directory, echo), sha256: sha256(readFileSync(echo)) },
      inputs: [{ bytes: 8 }, { bytes: 0 }, { bytes: 33 }],
      publicValues: expect.stringMatching(/^([\da-f]{2})*$/),
      syscalls: { HALT: 1, HINT_READ: 3 },
      chunkLayout: '6.4',
      chunkEntries: 500,
      complete: true,
      exit: { kind: 'halted', code: 0 },
      instructions: recorded.cycles,
      clk: recorded.clk,
      publicValuesSha256: recorded.publicValuesSha256,
    });
    expect(readdirSync(directory).sort()).toEqual([
      ...index.chunks.map(({ file }: { file: string }) => file),
      'index.json',
    ]);
    const files = index.chunks.map(({ file }: { file: string }) => readFileSync(join(directory, file)));
    expect(files.map(sha256)).toEqual(recorded.chunks.map((chunk: string[]) => chunk[3]));
    index.chunks.forEach((chunk: Record<string, unknown>, i: number) => {
      const [memReads, clkEnd, globalClkEnd] = recorded.chunks[i];
      expect(chunk).toMatchObject({
        index: i,
        bytes: files[i]!.length,
        memReads,
        clkEnd,
        globalClkEnd,
        sha256: sha256(files[i]!),
      });
    });
  });

  test('agrees with the program when checked, from anywhere', async () => {
    const { directory } = traceEcho();
    const { status, stderr } = await check(directory);
    expect(stderr).toMatch(/^jit-exec: 2 chunks, \d+ entries, \d+ instructions agree, /);
    expect(status).toBe(0);
    const moved = join(root, 'moved.elf');
    copyFileSync(echo, moved);
    expect(JSON.parse((await check(directory, moved, '--json')).stdout)).toMatchObject({
      schema: 1,
      complete: true,
      chunks: 2,
    });
  });

  test('is told of by --json as the contract says', async () => {
    const { outcome } = traceEcho('--json');
    const { chunks, ...rest } = JSON.parse(outcome.stdout);
    expect(rest).toMatchObject({ schema: 1, machine: 'sp1', exit: { kind: 'halted' }, clk: recorded.clk });
    expect(chunks).toEqual(
      recorded.chunks.map(([memReads, clkEnd, globalClkEnd, digest]: unknown[], index: number) => ({
        index,
        memReads,
        clkStart: index === 0 ? 1 : recorded.chunks[index - 1][1],
        clkEnd,
        globalClkEnd,
        sha256: digest,
      })),
    );
  });

  test('of the old layout has the shorter header and the same entries', async () => {
    const { directory } = traceEcho('--chunk-layout', '6.0');
    const file = readFileSync(join(directory, 'chunk-000000.bin'));
    const { globalClkEnd } = readIndex(directory).chunks[0];
    expect(sha256(TraceChunk.fromRaw(file, '6.0').toRaw('6.4', globalClkEnd))).toBe(recorded.chunks[0][3]);
    expect((await check(directory)).status).toBe(0);
  });

  test('replaces an older one, and goes into no folder with anything else', async () => {
    const { directory } = traceEcho();
    const again = ['trace', echo, '-o', directory, '-q'];
    expect((await jitExecHere(again)).status).toBe(0);
    expect(readdirSync(directory)).toEqual(['chunk-000000.bin', 'index.json']);
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    expect(await jitExecHere(again)).toMatchObject({ status: 64, stderr: expect.stringContaining('got notes.txt in') });
    expect(readdirSync(directory)).toEqual(['chunk-000000.bin', 'index.json', 'notes.txt']);
  });
});

describe('a run that does not halt', () => {
  const fibonacci = guest('fibonacci.sp1');

  test('leaves the trace up to a limit, which says that it is not complete', async () => {
    const directory = folder();
    const args = ['--input-u64', '1000', '--max-cycles', '3000', '--chunk-entries', '5'];
    expect((await jitExecHere(['trace', fibonacci, '-o', directory, ...args])).status).toBe(124);
    expect(readIndex(directory)).toMatchObject({ complete: false, exit: { kind: 'limit' }, instructions: 3000 });
    expect(await check(directory)).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('its trace is not complete'),
    });
  });

  test('can be stopped by a timeout', async () => {
    const directory = folder();
    expect(
      await jitExecHere(['trace', fibonacci, '-o', directory, '--input-u64', '0xfffffffffffff', '--timeout', '0.3']),
    ).toMatchObject({
      status: 124,
      stderr: expect.stringContaining('--timeout'),
    });
    expect(readIndex(directory)).toMatchObject({ complete: false, exit: { kind: 'limit', limit: 'timeout' } });
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('can be interrupted by %s', async signal => {
    const directory = folder();
    const child = spawn(process.execPath, [CLI, 'trace', fibonacci, '-o', directory, '--input-u64', '0xfffffffffffff']);
    while (!existsSync(directory)) await new Promise(resolve => setTimeout(resolve, 20));
    await new Promise(resolve => setTimeout(resolve, 500));
    child.kill(signal);
    expect(await new Promise(resolve => child.on('close', resolve))).toBe(130);
    expect(readIndex(directory)).toMatchObject({ complete: false, exit: { kind: 'interrupted' } });
  });

  test('by a fault has a whole trace up to it', async () => {
    const directory = folder();
    // sd ra, 16(zero); ld sp, 1(zero)
    const path = program('faulty', 0x0010_3823, 0x0010_3103);
    expect((await jitExecHere(['trace', path, '-o', directory, '-q'])).status).toBe(75);
    expect(readIndex(directory)).toMatchObject({ complete: true, exit: { kind: 'fault' }, chunks: [{ memReads: 1 }] });
    expect((await check(directory)).status).toBe(0);
    const path2 = join(directory, 'index.json');
    const text = readFileSync(path2, 'utf8');
    for (const [from, to] of [
      ['load-misaligned', 'load-address'],
      ['"address": "0x1"', '"address": "0x2"'],
      ['"kind": "fault"', '"kind": "interrupted"'],
    ] as const) {
      expect(text).toContain(from);
      writeFileSync(path2, text.replace(from, to));
      expect((await check(directory)).status).toBe(65);
    }
  });

  test('by a jump out of the text has a whole trace, too', async () => {
    const directory = folder();
    // jr zero
    expect((await jitExecHere(['trace', program('lost', 0x0000_0067), '-o', directory, '-q'])).status).toBe(75);
    expect((await check(directory)).status).toBe(0);
  });

  test('out of an unconstrained block can be checked up to that block', async () => {
    const directory = folder();
    // li t0, 3; ecall; j .
    const path = program('undecided', 0x0030_0293, 0x0000_0073, 0x0000_006f);
    expect((await jitExecHere(['trace', path, '-o', directory, '-q', '--max-cycles', '1000'])).status).toBe(124);
    expect((await check(directory)).status).toBe(0);
  });

  test('for want of disk space leaves no index and no half file, and ends with 74', () => {
    const directory = folder();
    // Each file may have 4 blocks of 512 or 1024 bytes: the first chunks do not fit.
    const line = `trap '' XFSZ; ulimit -f 4; exec "$0" "$@"`;
    const args = [
      '-c',
      line,
      process.execPath,
      CLI,
      'trace',
      echo,
      '-o',
      directory,
      '-q',
      '--chunk-entries',
      '500',
      ...ECHO,
    ];
    const { status, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    expect(stderr).toMatch(/^jit-exec: cannot write the trace: EFBIG/);
    expect(status).toBe(74);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('a trace that was changed', () => {
  const { directory: good } = traceEcho();
  const index = readIndex(good);

  /** A copy with changes by file name. */
  function changed(changes: Readonly<Record<string, (bytes: Buffer) => Uint8Array | undefined>>): string {
    const directory = folder();
    mkdirSync(directory);
    for (const name of [...readdirSync(good), ...Object.keys(changes)]) {
      const path = join(good, name);
      const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
      const result = changes[name] === undefined ? bytes : changes[name](bytes);
      if (result !== undefined) writeFileSync(join(directory, name), result);
    }
    return directory;
  }
  const flip =
    (at: number) =>
    (bytes: Buffer): Buffer => {
      bytes[at < 0 ? bytes.length + at : at]! ^= 4;
      return bytes;
    };
  const edit =
    (from: RegExp, to: string) =>
    (bytes: Buffer): Buffer =>
      Buffer.from(bytes.toString().replace(from, to));

  test.each(
    sampled<[string, Record<string, (bytes: Buffer) => Buffer | undefined>, number, RegExp]>(
      [
        [
          'a flipped bit',
          { 'chunk-000001.bin': flip(400) },
          65,
          /expected SHA-256 [\da-f]{64}, got [\da-f]{64} in .*chunk-000001\.bin/,
        ],
        ['a lost end', { 'chunk-000001.bin': (b: Buffer) => b.subarray(0, -16) }, 65, /expected bytes \d+, got \d+ in/],
        ['an empty chunk', { 'chunk-000000.bin': () => Buffer.alloc(0) }, 65, /expected bytes 8304, got 0/],
        ['a lost chunk', { 'chunk-000001.bin': () => undefined }, 66, /cannot read .*chunk-000001\.bin: no such file/],
        ['a chunk too many', { 'chunk-000007.bin': () => Buffer.alloc(1) }, 65, /chunk-000007\.bin/],
        ['a lost index', { 'index.json': () => undefined }, 66, /cannot read .*index\.json/],
        ['an index cut off', { 'index.json': (b: Buffer) => b.subarray(0, 300) }, 65, /expected JSON/],
        [
          'an index of something else',
          { 'index.json': () => Buffer.from('{"schema":1}') },
          65,
          /expected a valid kind, got nothing/,
        ],
        ['an index with a wrong count', { 'index.json': edit(/"memReads": 500/, '"memReads": 499') }, 65, /memReads/],
        ['an index with a path', { 'index.json': edit(/"chunk-000000.bin"/, '"../x"') }, 65, /got \.\.\/x/],
        ['an index with another exit code', { 'index.json': edit(/"code": 0/, '"code": 1') }, 65, /exit code/],
        ['an index with another exit pc', { 'index.json': edit(/"pc": "0x7800/, '"pc": "0x7801') }, 65, /exit\.pc/],
        ['an index with another symbol', { 'index.json': edit(/"symbol": "/, '"symbol": "x') }, 65, /exit\.symbol/],
        ['an index with another clk', { 'index.json': edit(/"clk": \d/, '"clk": 99') }, 65, /clk/],
        [
          'an index with another count',
          { 'index.json': edit(/"instructions": \d/, '"instructions": 99') },
          65,
          /instructions/,
        ],
        [
          'an index of another completeness',
          { 'index.json': edit(/"complete": true/, '"complete": false') },
          65,
          /complete/,
        ],
        [
          'an index with other public values',
          { 'index.json': edit(/"publicValues": "../, '"publicValues": "77') },
          65,
          /publicValues/,
        ],
        [
          'an index with another digest',
          { 'index.json': edit(/"publicValuesSha256": "..../, '"publicValuesSha256": "0000') },
          65,
          /publicValuesSha256/,
        ],
        ['an index with a call too many', { 'index.json': edit(/"COMMIT": 8/, '"COMMIT": 9') }, 65, /syscalls\.COMMIT/],
        [
          'an index with a span',
          { 'index.json': edit(/"cycleSpans": \[/, '"cycleSpans": [{"name":"x","instructions":1}') },
          65,
          /cycleSpans/,
        ],
        ['an index of another size', { 'index.json': edit(/"bytes": 8304/, '"bytes": -1') }, 65, /chunks\[0\]\.bytes/],
        [
          'an index without its last chunk',
          { 'index.json': edit(/,\s*\{\s*"index": 1,[^}]*\}/, '') },
          65,
          /halt|besides/,
        ],
      ],
      3,
    ),
  )('by %s is refused', async (_what, changes, status, message) => {
    const outcome = await check(changed(changes as Parameters<typeof changed>[0]));
    expect(outcome.stderr).toMatch(message);
    expect(outcome.status).toBe(status);
  });

  test('together with its hash is refused by replay, which says where', async () => {
    const file = readFileSync(join(good, 'chunk-000001.bin'));
    // The value of the last entry.
    const wrong = flip(-8)(Buffer.from(file));
    const directory = changed({
      'chunk-000001.bin': () => wrong,
      'index.json': edit(new RegExp(index.chunks[1].sha256), sha256(wrong)),
    });
    const { status, stderr } = await check(directory);
    expect(stderr).toMatch(
      /^jit-exec: trace: chunk 1, instruction \d+, \w+\+?\w*, pc 0x7800\w+, clk \d+: expected memory entry \d+ of 0x\w+ \(clk \d+, 0x\w+\), got \(clk \d+, 0x\w+\) in /,
    );
    expect(status).toBe(65);
  });

  test('by the rules of another version of SP1 is checked by those', async () => {
    // Zeros begin inside a doubleword of data, which 6.4 clears whole: lui t1, 0x78001; ld a0, 0(t1); li t0, 0; ecall
    const text = { address: 0x7800_0000, bytes: words(0x7800_1337, 0x0003_3503, 0x293, 0x73), flags: 5 };
    const data = { address: 0x7800_1000, bytes: words(42), memoryBytes: 16, flags: 6 };
    const path = join(root, 'zeros.elf');
    writeFileSync(path, buildElf({ xlen: 64, entry: 0x7800_0000, segments: [text, data] }));
    for (const [version, status] of [
      ['6.4', 0],
      ['6.10', 42],
    ] as const) {
      const directory = folder();
      expect(jitExec(['trace', path, '-o', directory, '-q', '--sp1-version', version]).status).toBe(status);
      expect(await check(directory, '-q')).toMatchObject({ status: 0, stderr: '' });
      const index = join(directory, 'index.json');
      const other = version === '6.4' ? '6.10' : '6.4';
      writeFileSync(
        index,
        readFileSync(index, 'utf8').replace(`"sp1Version": "${version}"`, `"sp1Version": "${other}"`),
      );
      expect((await check(directory)).stderr).toMatch(/expected memory entry 0 of 0x78001000/);
    }
  });

  test('by another program is refused', async () => {
    const { status, stderr } = await check(good, guest('unconstrained.sp1'));
    expect(stderr).toContain('expected the program with SHA-256');
    expect(status).toBe(65);
  });
});

describe('the command line of trace', () => {
  test.each(
    sampled<[string[], number, string]>(
      [
        [['trace', echo], 64, 'expected -o with the folder to write'],
        [['trace', '-o', 'x'], 64, 'expected a program'],
        [['trace', echo, '-o', 'x', '--check', 'y'], 64, 'mutually exclusive'],
        [['trace', echo, '-o', 'x', '--chunk-entries', '0'], 64, 'entries per chunk, got 0'],
        [['trace', echo, '-o', 'x', '--chunk-entries', '1G'], 64, 'entries per chunk, got 1000000000'],
        [['trace', echo, '-o', 'x', '--workers', '0'], 64, '--workers: expected 1 to 16'],
        [['trace', echo, '-o', 'x', '--chunk-layout', '5'], 64, 'chunk-layout'],
        [['trace', echo, '-o', 'x', '--gpu', 'on'], 76, 'trace: --gpu on without --until traces is not supported yet'],
        [['trace', guest('fibonacci.rv64'), '-o', 'x'], 76, 'the machine bare has no minimal traces'],
        [['trace', echo, '-o', `${echo}/x`], 74, 'cannot write'],
        [['trace', join(root, 'none.elf'), '-o', 'x'], 66, 'no such file'],
        [['trace', '--check', join(root, 'nowhere')], 66, 'cannot read'],
      ],
      3,
    ),
  )('%j ends with %i', async (args, status, message) => {
    const outcome = await jitExecHere(args.map(arg => (arg === 'x' ? folder() : arg)));
    expect(outcome.stderr).toContain(message);
    expect(outcome.status).toBe(status);
  });
});
