// Proofs that OpenVM 1.4.0 made are accepted, and damaged ones get the verdict of its own verifier.

import { describe, expect, it } from 'vitest';
import { decodeProof, encodeProof } from '../../src/proof/stark/codec.ts';
import type { Proof } from '../../src/proof/stark/proof.ts';
import { proofFromJson } from '../../src/proof/stark/proof-json.ts';
import { ProofRejected } from '../../src/proof/stark/rejection.ts';
import { Transcript } from '../../src/proof/stark/transcript.ts';
import { verifyProof } from '../../src/proof/stark/verify.ts';
import { bytesOf, rv32imKey, small, smallKey, smallParameters, tinyOps, tinyOpsParameters } from './openvm-vectors.ts';

/** The verdict in words of upstream, `ok` where it is accepted, the error's text where it is malformed. */
function verdictOf(make: () => Proof): string {
  try {
    verifyProof(smallKey, make(), smallParameters);
    return 'ok';
  } catch (error) {
    if (error instanceof ProofRejected) return error.verdict;
    return `malformed: ${(error as Error).message}`;
  }
}

/** The JSON proof with one place changed as the vectors say. */
function damaged(path: string, change: string): string {
  const proof = structuredClone(small.proof_serde) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  // biome-ignore lint/suspicious/noExplicitAny: a path through a document of any shape
  const parent = keys.reduce((value: any, key) => value[key], proof) as any;
  const old = parent[last];
  const changes: Readonly<Record<string, () => unknown>> = {
    bit0: () => old ^ 1,
    pop: () => old.slice(0, -1),
    dup: () => [...old, old.at(-1)],
    swap01: () => [old[1], old[0], ...old.slice(2)],
    x2: () => 2 * old,
    half: () => old / 2,
    p: () => 2013265921,
  };
  parent[last] = Object.hasOwn(changes, change) ? changes[change]!() : JSON.parse(change);
  return JSON.stringify(proof);
}

describe('a proof made by OpenVM 1.4.0', () => {
  it('is accepted: eight small AIRs', () => {
    verifyProof(smallKey, proofFromJson(JSON.stringify(small.proof_serde)), smallParameters);
  });

  it('is accepted: the RV32IM machine', () => {
    verifyProof(rv32imKey, decodeProof(bytesOf(tinyOps.proof_codec_base64)), tinyOpsParameters);
  });

  it.each([small, tinyOps])('has one encoding by the SDK', ({ proof_codec_base64 }) => {
    const bytes = bytesOf(proof_codec_base64);
    expect(Buffer.compare(encodeProof(decodeProof(bytes)), bytes)).toBe(0);
  });

  it('is the same in JSON and in the encoding of the SDK', () => {
    expect(proofFromJson(JSON.stringify(small.proof_serde))).toEqual(decodeProof(bytesOf(small.proof_codec_base64)));
  });
});

describe('a damaged proof', () => {
  const panics: Readonly<Record<string, string>> = {
    'index out of bounds': 'UnknownAir',
    'Not a power of two': 'HeightNotPowerOfTwo',
  };
  const expected = (verdict: string): string => {
    if (verdict.startsWith('deserialise'))
      return 'malformed: proof.opening.proof.pow_witness: expected a whole number below 2013265921';
    if (!verdict.startsWith('panic')) return verdict;
    return Object.entries(panics).find(([text]) => verdict.includes(text))![1];
  };

  it.each(small.tamper.cases)('gets the verdict of upstream: %s, %s', (path, change, verdict) => {
    expect(verdictOf(() => proofFromJson(damaged(path, change)))).toBe(expected(verdict));
  });

  it('is refused by parameters that ask for more', () => {
    const proof = decodeProof(bytesOf(small.proof_codec_base64));
    const verdict = (change: object): string => {
      try {
        verifyProof(smallKey, proof, { ...smallParameters, ...change });
        return 'ok';
      } catch (error) {
        return (error as ProofRejected).verdict;
      }
    };
    expect(verdict({ queries: 4 })).toBe('InvalidOpeningArgument("InvalidProofShape")');
    expect(verdict({ powBits: 12 })).toBe('InvalidOpeningArgument("InvalidPowWitness")');
  });
});

describe('the transcript', () => {
  it('absorbs and gives what upstream’s does, event by event', () => {
    const transcript = new Transcript();
    for (const [kind, words] of small.transcript.events) {
      if (kind === 'o') transcript.observe(...words);
      else if (kind === 's') expect([transcript.sample()]).toEqual(words);
    }
    expect(transcript.state.sponge).toEqual(small.transcript.steps.at(-1)!.sponge);
  });
});
