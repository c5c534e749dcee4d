// One body for both devices: what a scheduler relies on holds with and without a GPU.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernel } from '../../../codegen/wgsl/module.ts';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { type Device, type DeviceBuffer, whole } from '../../../runtime/gpu/device.ts';
import { NO_GPU, openTestGpu } from './gpu.ts';

/** out[i] = in[i] * factor + i, wrapping. */
const scale = kernel({
  name: 'scale',
  buffers: { source: 'read', result: 'write' },
  body: '  result[thread] = source[thread] * immediate(1u) + thread;\n',
  host: ({ buffers: [source, target], threads, immediates: [factor] }) => {
    for (let i = 0; i < threads; i++) target![i] = Math.imul(source![i]!, factor!) + i;
  },
});

/** counts[in[i]]++ */
const count = kernel({
  name: 'count',
  buffers: { source: 'read', counts: 'atomic' },
  body: '  atomicAdd(&counts[source[thread]], 1u);\n',
  host: ({ buffers: [source, counts], threads }) => {
    for (let i = 0; i < threads; i++) counts![source![i]!]!++;
  },
});

const LOWERED = { maxComputeWorkgroupsPerDimension: 9 };
const ramp = (length: number): Uint32Array => Uint32Array.from({ length }, (_, i) => Math.imul(i, 0x9e3779b1));
const shared = (words: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(words * 4));

const DEVICES = [
  ['the host', undefined, async () => new CpuDevice(2 ** 24)],
  ['a GPU', NO_GPU, () => openTestGpu({ lower: LOWERED, memoryBytes: 2 ** 24 })],
] as const;

describe.each(DEVICES)('%s as a device', (_name, missing, open) => {
  if (missing !== undefined) {
    it.skip(missing, () => {});
    return;
  }
  let device: Device;
  const made: DeviceBuffer[] = [];
  const allocate = async (words: number): Promise<DeviceBuffer> => {
    const buffer = await device.allocate(words * 4, 'test');
    made.push(buffer);
    return buffer;
  };
  beforeAll(async () => {
    device = await open();
  });
  afterAll(async () => {
    for (const buffer of made) device.release(buffer);
    await device.close();
  });

  it.each([0, 1, 31, 32, 33, 1000, 9 * 64 + 1, 9 * 64 * 2 + 5])('computes %i threads, and none more', async threads => {
    const length = 9 * 64 * 2 + 64;
    const [source, target] = [await allocate(length), await allocate(length)];
    const input = ramp(length);
    const output = shared(length);
    await device.run([
      { kind: 'upload', from: input, to: whole(source) },
      { kind: 'clear', range: whole(target) },
      { kind: 'dispatch', kernel: scale, buffers: [whole(source), whole(target)], threads, immediates: [0x10001] },
      { kind: 'download', from: whole(target), to: output },
    ]);
    const expected = input.map((x, i) => (i < threads ? Math.imul(x, 0x10001) + i : 0));
    expect([...output]).toEqual([...expected]);
  });

  it('carries more than its rings hold, from and to memory that is shared or not', async () => {
    const length = 150_001;
    const buffer = await allocate(length);
    const input = ramp(length);
    const sharedInput = shared(length);
    sharedInput.set(input);
    for (const [from, to] of [
      [sharedInput, shared(length)],
      [input.subarray(0), new Uint32Array(length)],
    ] as const) {
      await device.run([
        { kind: 'clear', range: whole(buffer) },
        { kind: 'upload', from, to: whole(buffer) },
        { kind: 'download', from: whole(buffer), to },
      ]);
      expect(Buffer.compare(Buffer.from(to.buffer), Buffer.from(input.buffer))).toBe(0);
    }
  });

  it('keeps steps in order, also of runs that were not waited for', async () => {
    const [a, b] = [await allocate(1024), await allocate(1024)];
    const input = ramp(1024);
    const outputs = [shared(1024), shared(1024), shared(1024)];
    await device.run([{ kind: 'upload', from: input, to: whole(a) }]);
    await Promise.all(
      outputs.map(to =>
        device.run([
          { kind: 'dispatch', kernel: scale, buffers: [whole(a), whole(b)], threads: 1024, immediates: [3] },
          { kind: 'copy', from: whole(b), to: whole(a) },
          { kind: 'download', from: whole(a), to },
        ]),
      ),
    );
    let expected = input;
    for (const output of outputs) {
      expected = expected.map((x, i) => Math.imul(x, 3) + i);
      expect([...output]).toEqual([...expected]);
    }
  });

  it('counts by atomics', async () => {
    const [source, counts] = [await allocate(5000), await allocate(16)];
    const input = ramp(5000).map(x => x >>> 28);
    const output = shared(16);
    await device.run([
      { kind: 'upload', from: input, to: whole(source) },
      { kind: 'clear', range: whole(counts) },
      { kind: 'dispatch', kernel: count, buffers: [whole(source), whole(counts)], threads: 5000 },
      { kind: 'download', from: whole(counts), to: output },
    ]);
    const expected = new Array(16).fill(0);
    for (const x of input) expected[x]++;
    expect([...output]).toEqual(expected);
  });

  it('has room for 300 dispatches in one run', async () => {
    const [a, b] = [await allocate(8), await allocate(8)];
    const output = shared(8);
    const steps = Array.from({ length: 150 }, () =>
      [
        [a, b],
        [b, a],
      ].map(([x, y]) => ({
        kind: 'dispatch' as const,
        kernel: scale,
        buffers: [whole(x!), whole(y!)],
        threads: 8,
        immediates: [1],
      })),
    );
    await device.run([
      { kind: 'clear', range: whole(a) },
      ...steps.flat(),
      { kind: 'download', from: whole(a), to: output },
    ]);
    expect([...output]).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map(i => i * 300));
  });

  it('stops at a signal and goes on with the next run', async () => {
    const buffer = await allocate(8);
    const to = shared(8);
    const reason = new Error('enough');
    const aborted = device.run([{ kind: 'clear', range: whole(buffer) }], { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
    await device.run([
      { kind: 'upload', from: ramp(8), to: whole(buffer) },
      { kind: 'download', from: whole(buffer), to },
    ]);
    expect([...to]).toEqual([...ramp(8)]);
  });

  it('refuses what it has no memory for, and goes on', async () => {
    await expect(device.permit.acquire(2 ** 24 + 1)).rejects.toMatchObject({ code: 'GPU_MEMORY' });
    await expect(device.allocate(2 ** 40)).rejects.toMatchObject({
      code: expect.stringMatching(/^GPU_(MEMORY|LIMITS)$/),
    });
    await device.run([{ kind: 'clear', range: whole(await allocate(8)) }]);
  });

  it('says that it was closed to what is running and to what comes', async () => {
    const other = await open();
    const buffer = await other.allocate(4096);
    const running = other.run([
      ...Array.from({ length: 20 }, () => ({ kind: 'upload' as const, from: ramp(1024), to: whole(buffer) })),
      { kind: 'download', from: whole(buffer), to: shared(1024) },
    ]);
    const outcome = running.then(
      () => 'done',
      error => error.code,
    );
    await other.close();
    expect(['done', 'GPU_LOST']).toContain(await outcome);
    await expect(other.run([])).rejects.toMatchObject({ code: 'GPU_LOST' });
    await expect(other.allocate(4)).rejects.toMatchObject({ code: 'GPU_LOST' });
    expect(await other.lost).toMatchObject({ code: 'GPU_LOST' });
  });
});
