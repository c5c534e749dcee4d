// Segments of a run: OpenVM 1.4.0's verify_segments, one damaged case per error, and the values that a guest revealed.

import { describe, expect, it } from 'vitest';
import { compress, type TreeDigest } from '../../runtime/hashes/baby-bear-tree.ts';
import { decodeContinuationProof, verifyContinuation } from '../../src/proof/openvm/continuation.ts';
import { verifyPublicValues } from '../../src/proof/openvm/public-values.ts';
import { exeCommit, joinSegments, type SegmentProof, verifySegments } from '../../src/proof/openvm/segments.ts';
import { decodeProof } from '../../src/proof/stark/codec.ts';
import { ProofRejected } from '../../src/proof/stark/rejection.ts';
import { bytesOf, rv32imKey, tinyOps, tinyOpsParameters } from './openvm-vectors.ts';
import { LIES } from './segment-lies.ts';

const digest = (first: number): TreeDigest => Array.from({ length: 8 }, (_, i) => first + i);
const ZERO = digest(0).map(() => 0);

/** A segment with the public values that a run of `count` segments has, pc and roots counted up. */
function segment(index: number, count: number): SegmentProof {
  const isLast = index === count - 1;
  const air = (airId: number, publicValues: readonly number[]): SegmentProof['perAir'][number] => ({
    airId,
    degree: 1,
    exposedValues: [],
    publicValues,
  });
  return {
    mainCommitments: [digest(1), digest(2)],
    perAir: [
      air(0, []),
      air(1, [100 + index, 101 + index, isLast ? 0 : 42, isLast ? 1 : 0]),
      air(3, [...digest(1000 * index), ...digest(1000 * (index + 1))]),
      air(25, []),
    ],
  };
}

const run = (count: number): SegmentProof[] => Array.from({ length: count }, (_, i) => segment(i, count));
const verdictOf = (segments: readonly SegmentProof[]): string => {
  try {
    joinSegments(segments, () => undefined);
    return 'ok';
  } catch (error) {
    return (error as ProofRejected).verdict;
  }
};

describe('the segments of a run', () => {
  it('give the commitment of the first and the memory root of the last', () => {
    const verified = joinSegments(run(3), () => undefined);
    expect(verified).toEqual({ exeCommit: exeCommit(digest(1), digest(0), 100), finalMemoryRoot: digest(3000) });
  });

  it.each(LIES)('are refused where %s', (_what, verdict, lie) => {
    expect(verdictOf(lie(run(3)))).toMatch(verdict);
  });

  it('are refused where one in the middle is left out', () => {
    expect(verdictOf([segment(0, 3), segment(2, 3)])).toBe('InitialPcMismatch { initial: 102, prev_final: 101 }');
  });

  it('without the first are accepted with another commitment, as upstream does', () => {
    const rest = joinSegments(run(3).slice(1), () => undefined);
    expect(rest.exeCommit).toEqual(exeCommit(digest(1), digest(1000), 101));
  });

  it('are believed only when their proofs were verified', () => {
    const asked: number[] = [];
    const verify = (proof: SegmentProof): void => {
      asked.push(proof.perAir[1]!.publicValues[0]!);
      if (asked.length === 2) throw new ProofRejected('OodEvaluationMismatch');
    };
    expect(() => joinSegments(run(3), verify)).toThrow('OodEvaluationMismatch: in the proof of segment 1');
    expect(asked).toEqual([100, 101]);
  });
});

describe('the proof of a run made by OpenVM 1.4.0', () => {
  it('commits to its program', () => {
    const proof = decodeProof(bytesOf(tinyOps.proof_codec_base64));
    const { exeCommit } = verifySegments(rv32imKey, [proof], tinyOpsParameters);
    expect(exeCommit).toEqual(tinyOps.upstream_verify_segments.exe_commit);
  });
});

describe('a commitment to a program', () => {
  it.each<[TreeDigest, number, TreeDigest]>([
    [ZERO, 0, [1863548747, 1509896545, 1991955186, 1094863301, 405881385, 1445935176, 188334418, 1165832880]],
    [digest(1), 0x200800, [1003504435, 1171614656, 1665766672, 401846861, 937595612, 847444485, 1264461539, 994826866]],
  ])('is that of known answers', (program, pc, expected) => {
    expect(exeCommit(program, zeroNode(29), pc)).toEqual(expected);
  });
});

/** Root of an empty memory tree of that height. */
function zeroNode(height: number): TreeDigest {
  let node = compress(ZERO, ZERO);
  for (let i = 0; i < height; i++) node = compress(node, node);
  return node;
}

describe('the values that a guest revealed', () => {
  /** A memory with nothing but them: the siblings on the way up are empty trees. */
  const values = Array.from({ length: 32 }, (_, i) => 7 * i);
  const leaf = (i: number): TreeDigest => compress(values.slice(8 * i, 8 * i + 8), ZERO);
  const commitment = compress(compress(leaf(0), leaf(1)), compress(leaf(2), leaf(3)));
  const siblings = Array.from({ length: 27 }, (_, i) => zeroNode(2 + i));
  /** Address space 3 is the third of the tree's 8: right at height 27 alone. */
  const root = siblings.reduce(
    (node, sibling, i) => (i === 25 ? compress(sibling, node) : compress(node, sibling)),
    commitment,
  );
  const proof = { siblings, publicValues: values, commitment };
  const verdictFor = (change: object, at = root): string => {
    try {
      verifyPublicValues({ ...proof, ...change }, at);
      return 'ok';
    } catch (error) {
      return (error as ProofRejected).verdict;
    }
  };

  it('hold against the final memory root', () => expect(verdictFor({})).toBe('ok'));

  it.each([
    ['UnexpectedLength', { publicValues: values.slice(1) }],
    ['UnexpectedLength', { publicValues: [] }],
    ['IncorrectProofLength', { siblings: siblings.slice(1) }],
    ['UserPublicValuesCommitMismatch', { publicValues: values.map((value, i) => (i === 31 ? value + 1 : value)) }],
    ['FinalMemoryRootMismatch', { siblings: siblings.map((one, i) => (i === 9 ? digest(1) : one)) }],
  ])('are refused as %s', (verdict, change) => expect(verdictFor(change)).toBe(verdict));

  it('are refused against another root', () => expect(verdictFor({}, digest(1))).toBe('FinalMemoryRootMismatch'));

  it('come behind the segments of a run in one file', () => {
    const words = (...list: number[]): Uint8Array => new Uint8Array(Uint32Array.from(list).buffer);
    const bytes = Buffer.concat([
      words(1),
      bytesOf(tinyOps.proof_codec_base64),
      words(siblings.length, ...siblings.flat(), values.length, ...values, ...commitment),
    ]);
    const read = decodeContinuationProof(bytes);
    expect(read.publicValues).toEqual(proof);
    expect(() => verifyContinuation(rv32imKey, read, tinyOpsParameters)).toThrow('FinalMemoryRootMismatch');
    expect(() => decodeContinuationProof(bytes.subarray(0, -1))).toThrow('truncated');
  });
});
