// `jit-exec prove`: what it refuses before a proof is begun. Proofs themselves take long: prove.slow.test.ts.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { deepTest, sampled } from '../depth.ts';
import { guest, jitExec, jitExecHere, type Outcome, scratch, startJitExec } from './command.ts';

const write = scratch();
const folder = mkdtempSync(join(tmpdir(), 'jit-exec-prove-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tinyOps = guest('tiny-ops.openvm');
const inputs = ['--input-hex', '0102030405060708090a0b', '--input-hex', 'aabbccdd'];
const out = (name: string): string => join(folder, name);

describe('prove', () => {
  it.each<[string, () => string[], number, string]>([
    ['nowhere to write to', () => [tinyOps], 64, 'prove: where to? -o DIR'],
    ['a folder of something else', () => [tinyOps, '-o', foreign()], 64, 'got notes.txt in'],
    ['a file as a folder', () => [tinyOps, '-o', write('file', '')], 74, 'cannot write'],
    ['no threads', () => [tinyOps, '-o', out('threads'), '--workers', '0'], 64, '--workers: expected 1 to 64, got 0'],
    ['no such program', () => ['nowhere.elf', '-o', out('none')], 66, 'nowhere.elf'],
  ])('refuses %s', async (_what, args, status, words) => {
    const outcome = await jitExecHere(['prove', ...args()]);
    expect(outcome.stderr).toContain(words);
    expect({ status: outcome.status, stdout: outcome.stdout }).toEqual({ status, stdout: '' });
  });

  it('says before anything is made that memory does not do, of a program on standard input too', () => {
    const args = ['prove', '-', '-o', out('ram'), ...inputs, '--ram', '500M'];
    const { status, stdout, stderr } = jitExec(args, { stdin: readFileSync(tinyOps) });
    expect(stderr).toMatch(/a segment needs \d+ MiB of memory, the budget is 500 MiB \(--ram/);
    expect({ status, stdout }).toEqual({ status: 76, stdout: 'hi\n' });
    expect(readdirSync(out('ram'))).toEqual([]);
  });

  deepTest('takes a GPU where it is told to: none is 76 for on, said once for auto', () => {
    if (process.platform !== 'linux') return;
    const env = { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' };
    const asked = jitExec(['prove', tinyOps, '-o', out('gpu'), ...inputs, '--gpu', 'on'], { env });
    expect(asked.stderr).toMatch(/^jit-exec: gpu: /m);
    expect({ status: asked.status, stdout: asked.stdout }).toEqual({ status: 76, stdout: '' });
    expect(readdirSync(out('gpu'))).toEqual([]);
    const left = jitExec(['prove', tinyOps, '-o', out('gpu'), ...inputs, '--ram', '500M', '--gpu', 'auto'], { env });
    expect(left.stderr.match(/no GPU, the processor computes all of it: /g)).toHaveLength(1);
    const off = jitExec(['prove', tinyOps, '-o', out('gpu'), ...inputs, '--ram', '500M'], { env });
    expect(off.stderr).not.toContain('GPU');
  });

  it('proves no program of another machine', () => {
    const { status, stderr } = jitExec(['prove', guest('fibonacci.rv32'), '-o', out('bare'), '--quiet']);
    expect({ status, stderr: stderr.includes('is for machine bare; guests of openvm are proved') }).toEqual({
      status: 76,
      stderr: true,
    });
  });

  it('leaves what is there where a run has no proof', () => {
    const directory = out('kept');
    mkdirSync(directory);
    for (const name of ['run.proof', 'index.json', 'segment-000000.proof']) writeFileSync(join(directory, name), 'x');
    const { status, stderr } = jitExec(['prove', tinyOps, '-o', directory, '--input-hex', '00', '--quiet']);
    expect(stderr).toContain('guest fault');
    expect(status).toBe(75);
    expect(readdirSync(directory)).toHaveLength(3);
    expect(existsSync(join(directory, 'run.proof'))).toBe(true);
  });
});

describe('a run that does not come to its end', () => {
  const SABOTEUR = new URL('./saboteur.mjs', import.meta.url).href;
  const sabotaged = (what: string, directory: string): Outcome =>
    jitExec(['prove', tinyOps, '-o', directory, ...inputs, '--workers', '2'], {
      env: { NODE_OPTIONS: `--import ${SABOTEUR}`, SABOTAGE: what },
    });

  deepTest('ends with the error of a thread that dies in the middle of a call', () => {
    const { status, stderr } = sabotaged('prover exits', out('died'));
    expect(stderr).toContain('a thread of the prover ended without a result');
    expect(status).toBe(76);
    expect(readdirSync(out('died'))).toEqual([]);
  });

  deepTest('ends with the error that a thread throws', () => {
    const { status, stderr } = sabotaged('prover throws', out('thrown'));
    expect(stderr).toContain('in a thread of the prover: Error: sabotaged');
    expect(status).toBe(70);
    expect(readdirSync(out('thrown'))).toEqual([]);
  });

  deepTest('ends with what a thread lacked', () => {
    const { status, stderr } = sabotaged('prover is full', out('full'));
    expect(stderr).toContain('a thread of the prover had too little memory: the heap is full');
    expect(status).toBe(76);
  });

  it.each(sampled(['SIGINT', 'SIGTERM'] as const, 2))(
    'stops in mid-proof at %s, and leaves nothing that looks whole',
    async signal => {
      const directory = out(signal);
      const running = startJitExec(['prove', tinyOps, '-o', directory, ...inputs, '--workers', '2', '--json']);
      running.signalAfterError(signal, 'memory: at most');
      const { status, stdout } = await running.outcome;
      expect(JSON.parse(stdout).exit.kind).toBe('interrupted');
      expect(status).toBe(130);
      expect(readdirSync(directory)).toEqual([]);
    },
  );
});

it('verify reads no file that has no end', async () => {
  const { status, stderr } = await jitExecHere(['verify', '--key', '/dev/zero', tinyOps]);
  expect({ status, stderr }).toEqual({ status: 65, stderr: 'jit-exec: /dev/zero: longer than 67108864 bytes\n' });
});

describe('verify of a folder', () => {
  it('wants the proof of a whole run', async () => {
    const directory = out('part');
    mkdirSync(directory);
    writeFileSync(join(directory, 'segment-000000.proof'), 'x');
    const { status, stderr } = await jitExecHere(['verify', directory]);
    expect({ status, stderr: stderr.includes('no run.proof: not all of a run was proved') }).toEqual({
      status: 65,
      stderr: true,
    });
  });
});

function foreign(): string {
  const directory = out('foreign');
  mkdirSync(directory);
  writeFileSync(join(directory, 'notes.txt'), '');
  return directory;
}
