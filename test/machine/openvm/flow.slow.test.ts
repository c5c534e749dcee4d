// Runs proved by the checker: segments belong together, commit to what upstream commits to, and lies have upstream's names.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CheckEngine, type CheckProof } from '../../../src/machine/openvm/flow/check-engine.ts';
import { type ContinuationProofs, VmInstance } from '../../../src/machine/openvm/flow/instance.ts';
import { plan } from '../../../src/plan.ts';
import { verifyPublicValues } from '../../../src/proof/openvm/public-values.ts';
import { joinSegments } from '../../../src/proof/openvm/segments.ts';
import { readVerifyingKey } from '../../../src/proof/stark/key-json.ts';
import { TINY, type TinyProgram } from './programs.ts';
import { programOf } from './segments.ts';

const KEY = new URL('../../../src/proof/keys/openvm-1.4.0-rv32im.json', import.meta.url);
const { heightConstraints } = readVerifyingKey(readFileSync(KEY, 'utf8'));

const inputsOf = ({ input }: TinyProgram): Uint8Array[] =>
  input.map(({ hex }) => new Uint8Array(Buffer.from(hex, 'hex')));

describe('a run of several segments', () => {
  const tiny = TINY['tiny-ops'];
  const engine = new CheckEngine();
  let run: ContinuationProofs<CheckProof>;
  beforeAll(() => {
    const inputs = inputsOf(tiny);
    const bytes = new Uint8Array(Buffer.from(tiny.elf_base64, 'base64'));
    const { segments } = plan(bytes, { inputs, limits: { cells: 9_800_000 }, checkEvery: 16 });
    const instance = new VmInstance(programOf(tiny), engine, heightConstraints);
    run = instance.proveContinuations({ inputs, keyValues: [], stdout: () => undefined }, segments);
  }, 60_000);

  const verify = (proofs: readonly CheckProof[]): ReturnType<typeof joinSegments> =>
    joinSegments(proofs, proof => engine.verify(proof));
  /** The walk alone: proofs that hold by themselves. */
  const joined = (proofs: readonly CheckProof[]): string => {
    try {
      joinSegments(proofs, () => undefined);
      return 'accepted';
    } catch (error) {
      return (error as { verdict: string }).verdict;
    }
  };
  const withValues = (proof: CheckProof, air: string, change: (values: readonly number[]) => number[]): CheckProof => ({
    ...proof,
    perAir: proof.perAir.map(one =>
      one.columns.name === air ? { ...one, publicValues: change(one.publicValues) } : one,
    ),
  });

  it('is accepted, and commits to what upstream says', () => {
    expect(run.segments.length).toBeGreaterThan(1);
    const { exeCommit, finalMemoryRoot } = verify(run.segments);
    expect([exeCommit, finalMemoryRoot]).toEqual([tiny.commitments.exe_commit, tiny.pure.final_memory_root]);
    expect(run.segments[0]!.mainCommitments).toEqual([tiny.commitments.program_commit]);
    verifyPublicValues(run.publicValues, finalMemoryRoot);
    expect(Buffer.from(run.publicValues.publicValues).toString('hex')).toBe(tiny.pure.user_public_values);
  });

  it('is refused where segments are reordered, doubled or left out', () => {
    const [first, second] = run.segments as [CheckProof, CheckProof];
    expect(joined([])).toBe('ProofNotFound');
    expect(joined([...run.segments].reverse())).toBe('IsTerminateMismatch { expected: false, actual: true }');
    expect(joined([first])).toBe('IsTerminateMismatch { expected: true, actual: false }');
    expect(joined([first, ...run.segments])).toMatch(/^InitialPcMismatch/);
    expect(joined(run.segments.slice(1))).toBe('accepted');
    expect(second.kind).toBe('check');
  });

  it('is refused where a segment says something else, by upstream’s name of it', () => {
    const [first, ...rest] = run.segments as [CheckProof, ...CheckProof[]];
    const last = rest.at(-1)!;
    const replaced = (proof: CheckProof): CheckProof[] => [first, ...rest.slice(0, -1), proof];
    const without = (airId: number): CheckProof => ({
      ...last,
      perAir: last.perAir.filter(one => one.airId !== airId),
    });
    expect(joined(replaced(withValues(last, 'Merkle', ([root, ...others]) => [root! + 1, ...others])))).toBe(
      'InitialMemoryRootMismatch',
    );
    expect(joined(replaced(withValues(last, 'Connector', ([a, b, , d]) => [a!, b!, 3, d!])))).toBe(
      'ExitCodeMismatch { expected: 0, actual: 3 }',
    );
    expect(joined(replaced({ ...last, mainCommitments: [[1, 2, 3, 4, 5, 6, 7, 8]] }))).toMatch(
      /^ProgramCommitMismatch/,
    );
    expect(joined(replaced(withValues(last, 'Phantom', () => [1])))).toBe('UnexpectedPvs { expected: 0, actual: 1 }');
    for (const air of [0, 1, 3]) expect(joined(replaced(without(air)))).toBe(`SystemAirMissing { air_id: ${air} }`);
  });

  it('is refused by the engine where public values are not those of the columns', () => {
    const [first, ...rest] = run.segments as [CheckProof, ...CheckProof[]];
    const lie = withValues(first, 'Connector', ([a, b, c, d]) => [a! + 4, b!, c!, d!]);
    expect(() => verify([lie, ...rest])).toThrow(/in the proof of segment 0|the first pc/);
    expect(() => engine.verify({ ...first, mainCommitments: [rest[0]!.mainCommitments[0]!.map(x => x + 1)] })).toThrow(
      /ProgramCommitmentMismatch/,
    );
  });
});
