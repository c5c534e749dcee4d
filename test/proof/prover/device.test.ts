// A prover with a device makes upstream's proof word for word, whatever of it the device computes.

import { describe, expect, it } from 'vitest';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { profiledDevice } from '../../../runtime/gpu/profiled-device.ts';
import { bytesOf, small } from '../openvm-vectors.ts';
import { proveSmallSet } from './device-proof.ts';

const upstream = bytesOf(small.proof_codec_base64);
const isUpstream = ({ proof }: { readonly proof: Uint8Array }): boolean => Buffer.compare(proof, upstream) === 0;

describe('the proof of eight small AIRs', () => {
  it('is upstream’s where a device transforms, hashes and evaluates constraints', async () => {
    const made = await proveSmallSet(new CpuDevice());
    expect(made.failures).toEqual([]);
    expect(isUpstream(made)).toBe(true);
    expect(Object.keys(made.onDevice).sort()).toEqual(['compress', 'extend', 'hashRows', 'quotient']);
  });

  it('is upstream’s where a device fails in the middle, which is told once', async () => {
    const device = new CpuDevice();
    let runs = 0;
    const failing = {
      ...profiledDevice(device, () => undefined),
      run: (...parameters: Parameters<CpuDevice['run']>) =>
        ++runs > 20 ? Promise.reject(new Error('the device is gone')) : device.run(...parameters),
    };
    const made = await proveSmallSet(failing);
    expect(made.failures).toEqual(['the device is gone']);
    expect(isUpstream(made)).toBe(true);
    expect(made.onDevice.hashRows).toBeGreaterThan(0);
  });

  it('is upstream’s where a device has too little memory, and where nothing pays', async () => {
    const tiny = await proveSmallSet(new CpuDevice(2 ** 14));
    expect([isUpstream(tiny), tiny.failures]).toEqual([true, []]);
    const paying = await proveSmallSet(new CpuDevice(), 'paying');
    expect([isUpstream(paying), paying.onDevice]).toEqual([true, {}]);
  });
});
