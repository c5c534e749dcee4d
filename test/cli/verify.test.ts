// `jit-exec verify` on proofs that OpenVM 1.4.0 made, and on what is none.

import { describe, expect, it } from 'vitest';
import { bytesOf, small, tinyOps } from '../proof/openvm-vectors.ts';
import { guest, jitExecHere, scratch } from './command.ts';

const write = scratch();
const run = write('run.proof', bytesOf(tinyOps.proof_codec_base64));
const smallProof = write('small.json', JSON.stringify(small.proof_serde));
const smallKey = write('small.key.json', JSON.stringify(small.vk));
const FEW_QUERIES = ['--queries', '3'];
const SMALL = ['--key', smallKey, '--queries', '3', '--pow-bits', '4', '--log-up-pow-bits', '6'];
const COMMIT = tinyOps.upstream_verify_segments.exe_commit.map(word => word.toString(16).padStart(8, '0')).join('');

describe('verify', () => {
  it('accepts the proof of a run and says what it is of', async () => {
    const { status, stdout, stderr } = await jitExecHere(['verify', run, ...FEW_QUERIES, '--exe-commit', COMMIT]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toMatch(/^jit-exec: 1 proof verified in [\d.]+ s, 19 bits; exe commit [\da-f]{64}\n$/);
  });

  it('gives JSON', async () => {
    const { status, stdout, stderr } = await jitExecHere(['verify', run, ...FEW_QUERIES, '--json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      valid: true,
      proofs: 1,
      exeCommit: COMMIT,
      securityBits: 19,
    });
  });

  it('accepts JSON proofs under a key of their own', async () => {
    const { status, stderr } = await jitExecHere(['verify', smallProof, '--each', ...SMALL]);
    expect({ status, stderr: stderr.slice(0, 26) }).toEqual({ status: 0, stderr: 'jit-exec: 1 proof verified' });
  });

  it.each<[string, string[], number, string]>([
    [
      'as many queries as an app has',
      [run],
      65,
      'InvalidOpeningArgument("InvalidProofShape"): 3 queries where 100 are',
    ],
    ['another program', [run, ...FEW_QUERIES, '--exe-commit', '0'.repeat(64)], 65, 'the proof is of another program'],
    ['no commitment', [run, ...FEW_QUERIES, '--exe-commit', '7'], 64, '--exe-commit: expected 64 hexadecimal digits'],
    ['segments twice', [run, run, ...FEW_QUERIES], 65, 'IsTerminateMismatch { expected: false, actual: true }'],
    ['AIRs that are no machine', [smallProof, ...SMALL], 65, 'IsTerminateMismatch'],
    ['another key', [smallProof, ...FEW_QUERIES, '--each'], 65, 'InvalidProofShape'],
    ['an ELF', [guest('fibonacci.rv32')], 65, 'proof: version'],
    ['a key in bitcode', [run, '--key', run], 76, 'keys are read as JSON'],
    ['no key', [run, '--key', smallProof], 65, 'key: expected an object with airs'],
    ['no file', ['nowhere.proof'], 66, 'cannot read nowhere.proof'],
  ])('refuses %s', async (_what, args, status, words) => {
    const outcome = await jitExecHere(['verify', ...args]);
    expect(outcome.stderr).toContain(words);
    expect({ status: outcome.status, stdout: outcome.stdout }).toEqual({ status, stdout: '' });
  });
});
