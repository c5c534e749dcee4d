// `jit-exec prove` makes proofs that hold, keeps those that are there, and leaves nothing that looks whole where it was stopped.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyOps as upstream } from '../proof/openvm-vectors.ts';
import { CLI, guest } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'jit-exec-prove-slow-'));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, 'proofs');
const run = [
  ...['prove', guest('tiny-ops.openvm'), '-o', out, '--json', '--quiet', '--workers', '2'],
  ...['--input-hex', '0102030405060708090a0b', '--input-hex', 'aabbccdd'],
  ...['--max-cells', '9800000', '--check-every', '16'],
];
const COMMIT = upstream.upstream_verify_segments.exe_commit.map(word => word.toString(16).padStart(8, '0')).join('');

function jitExec(
  args: readonly string[],
  shell = 'exec "$0" "$@"',
): { status: number; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', shell, process.execPath, CLI, ...args], {
    encoding: 'utf8',
    timeout: 280_000,
    maxBuffer: 2 ** 28,
  });
  return { status: status ?? -1, stdout, stderr };
}

describe('prove', () => {
  let first: ReturnType<typeof jitExec>;
  beforeAll(() => {
    // The first proof fits into 4 MiB, the proof of the whole run does not.
    first = jitExec(run, `trap '' XFSZ; ulimit -f 3000; exec "$0" "$@"`);
  }, 300_000);

  it('says that the disk is full, and keeps the segments', () => {
    expect(first.status).toBe(74);
    expect(first.stderr).toContain('run.proof: EFBIG');
    expect(readdirSync(out)).toEqual(['segment-000000.proof', 'segment-000001.proof']);
  });

  it('makes only what is not there or does not hold', () => {
    const path = join(out, 'segment-000001.proof');
    const damaged = readFileSync(path);
    damaged[damaged.length >> 1]! ^= 1;
    writeFileSync(path, damaged);
    const { status, stdout } = jitExec(run);
    expect(status).toBe(0);
    const json = JSON.parse(stdout);
    expect(json.kept).toBe(1);
    expect(json.exeCommit).toBe(COMMIT);
    expect(json.segments.map(({ file }: { file: string }) => file)).toEqual(readdirSync(out).slice(3));
    const { needBytes, proverBytes } = json.peaks;
    expect(needBytes).toBeGreaterThan(proverBytes);
    expect(readdirSync(out)).toEqual([
      ...['index.json', 'key.json', 'run.proof', 'segment-000000.proof', 'segment-000001.proof'],
    ]);
  }, 300_000);

  it('made what verify accepts, of that program, with its public values', () => {
    const { status, stdout } = jitExec(['verify', out, '--exe-commit', COMMIT, '--json']);
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({
      status: 0,
      proofs: 2,
      publicValues: '010203040000000000000000aabbccdd00000000000000000000000000000000',
    });
    const alone = ['segment-000000.proof', 'segment-000001.proof'].map(name => join(out, name));
    expect(jitExec(['verify', ...alone]).status).toBe(0);
    expect(jitExec(['verify', ...alone.toReversed()]).stderr).toContain('IsTerminateMismatch');
    expect(jitExec(['verify', alone[0]!]).stderr).toContain('IsTerminateMismatch');
  }, 60_000);

  it('stops at a time limit without a proof that looks whole', () => {
    rmSync(join(out, 'segment-000001.proof'));
    const { status, stdout } = jitExec([...run, '--timeout', '3']);
    expect(status).toBe(124);
    expect(stdout).toContain('"exit":{"kind":"limit"');
    expect(readdirSync(out).filter(name => name === 'run.proof' || name.endsWith('.partial'))).toEqual([]);
  }, 60_000);
});
