import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../bench/guests.ts';
import { GROUPS, groupOf, type Split, splitProfile, total } from '../bench/profile.ts';
import { chooseEngines, runTraceBench, withTraceSummary } from '../bench/trace.ts';
import { blockGuest, chooseKernels } from '../bench/trace-guests.ts';
import { meanTraceRatio, type SteadyResult, type TraceResults, traceRatio } from '../bench/trace-results.ts';
import { measureRun } from '../bench/trace-runs.ts';
import { traceTable } from '../bench/trace-table.ts';
import { execute } from '../src/verbs/execute.ts';
import { trace } from '../src/verbs/trace.ts';
import build from './build.ts';

const frame = (url: string, functionName = 'f'): { url: string; functionName: string } => ({ url, functionName });

describe('a profile', () => {
  test.each([
    ['guest', frame('guest/main_78001edc.js', 'main_78001edc')],
    ['guest', frame('wasm://wasm/b6821626', 'interpret_78001eb4')],
    ['guest', frame('', 'sp1_syscall_78001014')],
    ['guest', frame('wasm://wasm/b6821626', 'mulhSU64')],
    ['interpreter', frame('', 'interpret')],
    ['interpreter', frame('wasm://wasm/b6821626', 'interpret')],
    ['precompiles', frame('wasm://wasm/b6821626', 'permute')],
    ['translation', frame('file:///a/dist/codegen/javascript/lower.js')],
    ['translation', frame('file:///a/dist/src/engine/wasm-cache.js')],
    ['translation', frame('file:///a/node_modules/astring/dist/astring.mjs')],
    ['translation', frame('', 'Module')],
    ['precompiles', frame('file:///a/dist/runtime/curves/limbs.js')],
    ['precompiles', frame('file:///a/node_modules/@noble/hashes/sha3.js')],
    ['syscalls', frame('file:///a/dist/src/machine/sp1/machine.js')],
    ['trace', frame('file:///a/dist/runtime/trace/ring.js')],
    ['trace', frame('file:///a/dist/bench/trace-process.js')],
    ['unnamed', frame('file:///a/dist/src/engine/executor.js', '#dispatch')],
    ['dispatcher', frame('file:///a/dist/src/engine/executor.js', '#ecall')],
    ['dispatcher', frame('file:///a/dist/runtime/memory/memory.js')],
    ['collector', frame('', '(garbage collector)')],
    ['other', frame('', '(program)')],
    ['other', frame('node:fs', 'readFileSync')],
  ] as const)('counts to %s what runs in %o', (group, of) => {
    expect(groupOf(of)).toBe(group);
  });

  test('is split by the time before each sample, in seconds', () => {
    const split = splitProfile({
      nodes: [
        { id: 1, callFrame: frame('', '(root)') },
        { id: 2, callFrame: frame('guest/main_78001edc.js') },
        { id: 7, callFrame: frame('file:///a/dist/runtime/trace/tracer.js') },
      ],
      samples: [2, 7, 2, 1, 99],
      timeDeltas: [500_000, 250_000, 1_000_000, 125_000, 125_000],
    });
    expect(split).toEqual({ ...nothing, guest: 1.5, trace: 0.25, other: 0.25 });
    expect(total(split)).toBe(2);
  });

  test('without samples is nothing', () => {
    expect(total(splitProfile({ nodes: [] }))).toBe(0);
  });
});

const nothing = Object.fromEntries(GROUPS.map(group => [group, 0])) as Split;

const steady = (engine: 'js' | 'wasm', pure: number, traced: number): SteadyResult => ({
  guest: `guest${pure}.sp1`,
  engine,
  instructions: 1_000_000,
  entries: 1000,
  pure: { wall: pure, cpu: pure },
  traced: { wall: traced, cpu: traced },
  split: { ...nothing, guest: 3, translation: 1 },
});

const found: TraceResults = {
  schema: 1,
  host: { cpu: 'a processor', cores: 2, node: '20.0.0', qemu: null },
  rounds: 3,
  quick: false,
  steady: [steady('js', 1, 2), steady('js', 2, 16)],
  block: [
    {
      guest: 'block.sp1',
      engine: 'js',
      instructions: 100_000_000,
      entries: 1_000_000,
      seconds: { pure: 2, traced: 4 },
      splits: { pure: { ...nothing, guest: 1, precompiles: 1 }, traced: { ...nothing, guest: 3, precompiles: 1 } },
    },
  ],
  ring: [
    {
      guest: 'block.sp1',
      chunks: 12,
      chunkEntries: 2 ** 20,
      bytes: 1e9,
      seconds: { dropped: 2, released: 2.02 },
      loss: { wall: 0.01, cpu: 0.02 },
      waited: 0,
      gigabytesPerSecond: { released: 0.5, summed: 0.4, hashed: 0.3 },
      consumerGigabytesPerSecond: { summed: 0.9, hashed: 0.8 },
    },
  ],
};

describe('what a bench of traces shows', () => {
  test('is how many times as long a trace takes, and nothing where noise ate the difference', () => {
    expect(traceRatio(found.steady[1]!, 'wall')).toBe(8);
    expect(meanTraceRatio(found.steady, 'js', 'cpu')).toBeCloseTo(4, 12);
    expect(meanTraceRatio(found.steady, 'wasm', 'cpu')).toBeUndefined();
    const lost = steady('js', -0.1, 2);
    expect(traceRatio(lost, 'wall')).toBeUndefined();
    expect(meanTraceRatio([...found.steady, lost], 'js', 'wall')).toBeUndefined();
  });

  test('is a line for each kernel, their mean, and where the time goes', () => {
    const lines = traceTable(found).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^mean +4\.00 +4\.00$/));
    expect(lines).toContainEqual(expect.stringMatching(/^guest1\.sp1 js +75 % +0 % +25 %.* 4\.00$/));
    expect(lines).toContainEqual(expect.stringMatching(/^JavaScript, traced +3000 .* 4000 +25 %$/));
    expect(lines).toContainEqual(expect.stringMatching(/^JavaScript, added by the trace +2000 /));
    expect(lines).toContainEqual(expect.stringMatching(/^block\.sp1 +12 +1\.0 % +2\.0 % +0\.0 % /));
  });

  test('takes the place of the old tables in the README', () => {
    const text = withTraceSummary('a\n<!-- bench:trace -->\nold\n<!-- /bench:trace -->\nb\n', found);
    expect(text).toMatch(/^a\n<!-- bench:trace -->\n\| traced \/ pure time [\s\S]*\n<!-- \/bench:trace -->\nb\n$/);
    expect(text).toContain('\n| JavaScript | 4.00 | 2.00 … 8.00 | 4.00 |\n');
    expect(text).toContain('Medians of 3 rounds on 2 cores of a processor, Node 20.0.0.');
  });
});

test('kernels are chosen by name, and unknown kernels and engines refused', () => {
  expect(chooseKernels(['mont', 'calls.sp1']).map(({ name }) => name)).toEqual(['mont.sp1', 'calls.sp1']);
  expect(chooseKernels([]).map(({ name }) => name)).not.toContain('block.sp1');
  expect(() => chooseKernels(['block'])).toThrow('no guest block');
  expect(chooseEngines('wasm,interpreter')).toEqual(['wasm', 'interpreter']);
  expect(() => chooseEngines('js,qemu')).toThrow('no engine qemu');
});

describe('a guest of bench:trace', () => {
  const all = [...chooseKernels([]), blockGuest(true).guest];

  test.each(all.map(guest => [guest.name, guest] as const))('does what was recorded: %s', (_name, { path, runs }) => {
    let stdout = '';
    const { exit, publicValues } = execute(readFileSync(path), {
      inputs: runs[0]!.inputs.map(hex => Buffer.from(hex, 'hex')),
      stdout: piece => {
        stdout += Buffer.from(piece).toString('latin1');
      },
    });
    expect(exit).toMatchObject({ kind: 'halted', code: runs[0]!.exit });
    expect(stdout).toBe(runs[0]!.stdout);
    expect(Buffer.from(publicValues).toString('hex')).toBe(runs[0]!.publicValues);
  });
});

describe('a quick run', () => {
  beforeAll(build, 300_000);

  test('measures kernels, the mixture and the ring', () => {
    const kernels = chooseKernels(['keccak']);
    const { steady, block, ring } = runTraceBench({ kernels, engines: ['wasm'], rounds: 1, quick: true });
    expect(steady).toMatchObject([{ guest: 'keccak.sp1', engine: 'wasm' }]);
    expect(steady[0]!.entries).toBeGreaterThan(10_000);
    expect(total(steady[0]!.split)).toBeGreaterThan(0);
    expect(total(block[0]!.splits.traced)).toBeGreaterThan(0);
    expect(ring[0]!.chunks).toBeGreaterThan(1);
  });

  test('hands over the chunks that the library gives', () => {
    const { guest, run } = blockGuest(true);
    const chunkEntries = 2 ** 15;
    const hash = createHash('sha256');
    let [bytes, sum] = [0, 0];
    trace(readFileSync(guest.path), {
      inputs: run.inputs.map(hex => Buffer.from(hex, 'hex')),
      chunkEntries,
      onChunk({ raw }) {
        bytes += raw.length;
        hash.update(raw);
        for (const word of new Int32Array(raw.buffer, raw.byteOffset, raw.length / 4)) sum = (sum + word) | 0;
      },
    });
    const consumed = (mode: 'released' | 'summed' | 'hashed'): unknown => {
      const { consumed } = measureRun(guest, run, { engine: 'wasm', mode, chunkEntries });
      return { bytes: consumed!.bytes, checksum: consumed!.checksum };
    };
    expect(consumed('released')).toEqual({ bytes, checksum: '' });
    expect(consumed('summed')).toEqual({ bytes, checksum: (sum >>> 0).toString(16) });
    expect(consumed('hashed')).toEqual({ bytes, checksum: hash.digest('hex') });
  });

  test('refuses a guest that does something else than was recorded', () => {
    const { guest, run } = blockGuest(true);
    const request = { engine: 'interpreter', mode: 'pure', chunkEntries: 1 } as const;
    expect(() => measureRun(guest, { ...run, exit: 7 }, request)).toThrow('expected exit 7, got 0');
  });
});

test('the README shows what a trace costs as last saved, and nothing where no run was', () => {
  const readme = readFileSync(join(ROOT, 'bench/README.md'), 'utf8');
  const path = join(ROOT, 'bench/results/trace.json');
  if (!existsSync(path)) {
    expect(readme).toContain('<!-- bench:trace -->\n\n<!-- /bench:trace -->');
    return;
  }
  const saved: TraceResults = JSON.parse(readFileSync(path, 'utf8'));
  expect(saved.quick).toBe(false);
  expect(withTraceSummary(readme, saved)).toBe(readme);
});
