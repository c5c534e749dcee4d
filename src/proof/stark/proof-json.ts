// A proof as serde writes it in JSON, by upstream's field names.

import type { Extension } from '../../../runtime/fields/baby-bear-extension.ts';
import { DIGEST_WORDS, type TreeDigest } from '../../../runtime/hashes/baby-bear-tree.ts';
import { type JsonValue, parseJson } from './json-value.ts';
import type { Adjacent, AirProof, Proof, QueryProof } from './proof.ts';

/** The proof in a JSON text. Throws PROOF_INVALID where it is malformed. */
export function proofFromJson(text: string): Proof {
  const root = parseJson(text, 'proof');
  const digests = (value: JsonValue): TreeDigest[] => value.list(one => one.digest());
  const siblings = (value: JsonValue): TreeDigest[] => value.list(one => one.words(DIGEST_WORDS));
  const extensions = (value: JsonValue): Extension[] => value.list(one => one.extension());
  const adjacent = (value: JsonValue): Adjacent => ({
    local: extensions(value.get('local')),
    next: extensions(value.get('next')),
  });
  const query = (value: JsonValue): QueryProof => ({
    inputs: value.get('input_proof').list(batch => ({
      rows: batch.get('opened_values').list(row => row.list(word => word.word())),
      siblings: siblings(batch.get('opening_proof')),
    })),
    layers: value.get('commit_phase_openings').list(step => ({
      siblingValue: step.get('sibling_value').extension(),
      siblings: siblings(step.get('opening_proof')),
    })),
  });
  const air = (value: JsonValue): AirProof => ({
    airId: value.get('air_id').count(),
    degree: value.get('degree').count(),
    exposedValues: value.get('exposed_values_after_challenge').list(extensions),
    publicValues: value.get('public_values').list(word => word.word()),
  });
  const [commitments, fri, values] = [
    root.get('commitments'),
    root.get('opening').get('proof'),
    root.get('opening').get('values'),
  ];
  return {
    mainCommitments: digests(commitments.get('main_trace')),
    afterChallengeCommitments: digests(commitments.get('after_challenge')),
    quotientCommitment: commitments.get('quotient').digest(),
    fri: {
      layerCommitments: digests(fri.get('commit_phase_commits')),
      queries: fri.get('query_proofs').list(query),
      finalPolynomial: extensions(fri.get('final_poly')),
      powWitness: fri.get('pow_witness').word(),
    },
    opened: {
      preprocessed: values.get('preprocessed').list(adjacent),
      main: values.get('main').list(round => round.list(adjacent)),
      afterChallenge: values.get('after_challenge').list(round => round.list(adjacent)),
      quotient: values.get('quotient').list(chunks => chunks.list(extensions)),
    },
    perAir: root.get('per_air').list(air),
    logUpWitness: root.get('rap_phase_seq_proof').optional(value => value.get('logup_pow_witness').word()),
  };
}
