import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poseidon2Constants } from '../../../codegen/wgsl/poseidon2.ts';
import { permuteKernel } from '../../../codegen/wgsl/poseidon2-kernels.ts';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { type Device, whole } from '../../../runtime/gpu/device.ts';
import { NO_GPU, openTestGpu } from './gpu.ts';

/** Of the zero state and of 0, 1, … 15, computed apart from this program. */
const KNOWN = [
  [
    145589356, 1876041682, 1734203622, 499355069, 673349476, 595701365, 270340205, 131707822, 1236787881, 1085405948,
    2065733208, 1999012278, 2062318124, 1616707536, 324813015, 749520722,
  ],
  [
    1028402160, 1336023551, 1247226230, 452505083, 576410521, 24192935, 496452173, 951188711, 1739107831, 1383428939,
    1192826830, 1741569479, 278097016, 868568656, 1450886773, 121831630,
  ],
];
const P = 0x7f000001;

const DEVICES = [
  ['the host', undefined, async () => new CpuDevice()],
  ['a GPU', NO_GPU, () => openTestGpu()],
] as const;

describe.each(DEVICES)('Poseidon2 on %s', (_name, missing, open) => {
  if (missing !== undefined) {
    it.skip(missing, () => {});
    return;
  }
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.close());

  it.each([
    ['loop', 'multiply'],
    ['loop', 'shift'],
    ['written', 'multiply'],
  ] as const)('permutes, lanes %s, reducing by %s', async (lanes, reduction) => {
    const count = 99;
    const states = new Uint32Array(16 * count);
    for (let i = 0; i < 16; i++) {
      for (let t = 1; t < count; t++)
        states[i * count + t] = t === 1 ? i : (Math.imul(t * 16 + i, 0x9e3779b1) >>> 0) % P;
      for (const t of [2, 3]) states[i * count + t] = P - t + 1; // p - 1, p - 2
    }
    const input = states.slice();
    const constants = poseidon2Constants();
    const [a, b] = [await device.allocate(states.byteLength), await device.allocate(constants.byteLength)];
    await device.run([
      { kind: 'upload', from: constants, to: whole(b) },
      { kind: 'upload', from: states, to: whole(a) },
      {
        kind: 'dispatch',
        kernel: permuteKernel(lanes, reduction),
        buffers: [whole(a), whole(b)],
        threads: count,
        immediates: [count],
      },
      { kind: 'download', from: whole(a), to: states },
    ]);
    const state = (of: Uint32Array, t: number): number[] => Array.from({ length: 16 }, (_, i) => of[i * count + t]!);
    expect([state(states, 0), state(states, 1)]).toEqual(KNOWN);
    permuteKernel(lanes).host({ buffers: [input], threads: count, immediates: [count] });
    expect([...states]).toEqual([...input]);
  });
});
