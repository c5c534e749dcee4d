// A prover with a GPU makes upstream's proof word for word.

import { describe, expect, it } from 'vitest';
import { NO_GPU, openTestGpu } from '../../runtime/gpu/gpu.ts';
import { bytesOf, small } from '../openvm-vectors.ts';
import { proveSmallSet } from './device-proof.ts';

describe.skipIf(NO_GPU !== undefined)(`the proof of eight small AIRs ${NO_GPU ?? ''}`, () => {
  it('is upstream’s where a GPU transforms, hashes and evaluates constraints', async () => {
    const device = await openTestGpu();
    const { proof, failures, onDevice } = await proveSmallSet(device);
    await device.close();
    expect(failures).toEqual([]);
    expect(Buffer.compare(proof, bytesOf(small.proof_codec_base64))).toBe(0);
    expect(Object.keys(onDevice).sort()).toEqual(['compress', 'extend', 'hashRows', 'quotient']);
  });
});
