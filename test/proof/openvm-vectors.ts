// Proofs and keys made by OpenVM 1.4.0 itself (stark-backend v1.2.0): test/vectors/openvm.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { VerifyingKey } from '../../src/proof/stark/key.ts';
import { readVerifyingKey } from '../../src/proof/stark/key-json.ts';
import type { FriParameters } from '../../src/proof/stark/proof.ts';

const file = (path: string): Buffer => readFileSync(new URL(`../../${path}`, import.meta.url));
export const vector = (name: string): unknown =>
  JSON.parse(gunzipSync(file(`test/vectors/openvm/${name}.json.gz`)).toString());

type Words = readonly number[];

export interface SmallVectors {
  readonly vk: unknown;
  readonly proof_serde: unknown;
  readonly proof_codec_base64: string;
  readonly transcript: {
    readonly events: readonly (readonly [kind: 'o' | 'd' | 's', words: Words])[];
    readonly steps: readonly { readonly step: string; readonly sponge: Words; readonly pending_inputs: Words }[];
  };
  readonly at_zeta: { readonly zeta: Words; readonly per_air: Readonly<Record<string, Record<string, Words>>> };
  readonly tamper: {
    readonly cases: readonly (readonly [path: string, change: string, verdict: string])[];
  };
}

export const small = vector('small') as SmallVectors;
export const smallKey: VerifyingKey = readVerifyingKey(JSON.stringify(small.vk));
export const smallParameters: FriParameters = { logBlowup: 1, queries: 3, powBits: 4, logUpPowBits: 6 };

export const tinyOps = vector('tiny-ops-proof') as {
  readonly proof_codec_base64: string;
  readonly upstream_verify_segments: { readonly exe_commit: Words };
};
export const tinyOpsParameters: FriParameters = { logBlowup: 1, queries: 3, powBits: 16, logUpPowBits: 16 };
export const rv32imKey: VerifyingKey = readVerifyingKey(file('src/proof/keys/openvm-1.4.0-rv32im.json').toString());

export const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
