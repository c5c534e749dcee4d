// Shards of the library with a device: the processor's twin of one, which may fail in the middle.

import { expect, test } from 'vitest';
import { CpuDevice } from '../../runtime/gpu/cpu-device.ts';
import type { Device } from '../../runtime/gpu/device.ts';
import { profiledDevice } from '../../runtime/gpu/profiled-device.ts';
import { elfOf, inputsOf, SHARD_RUNS } from '../machine/sp1/shard-runs.ts';
import { digestOf } from '../machine/sp1/trace-runs.ts';
import { library } from './pipeline-runs.ts';

const run = SHARD_RUNS.find(({ name }) => name === 'echo')!;

async function digestsWith(device: Device, failures: string[] = []): Promise<readonly string[]> {
  const { traceShards } = await library();
  const made: string[] = [];
  await traceShards(elfOf(run), {
    ...{ inputs: inputsOf(run), chunkEntries: run.chunkEntries, workers: 2, device, devicePolicy: 'all' },
    elementThreshold: run.elementThreshold,
    heightThreshold: run.heightThreshold,
    memoryShards: 'packed',
    onDeviceFailure: error => failures.push(error.message),
    onShard: ({ columns }) => {
      for (const one of columns) made.push(`${one.name} ${digestOf(one)}`);
    },
  });
  return made;
}

const recorded = run.shards.flatMap(({ chips = [] }) => chips.map(([name, , , , digest]) => `${name} ${digest}`));

test('chips that a device fills have the digests of SP1', async () => {
  let runs = 0;
  const counting = profiledDevice(new CpuDevice(), () => {
    runs++;
  });
  expect(await digestsWith(counting)).toEqual(recorded);
  expect(runs).toBeGreaterThan(1);
});

test('where a device fails in the middle, threads fill all that is left, and it is told once', async () => {
  const device = new CpuDevice();
  let runs = 0;
  const failing: Device = {
    ...profiledDevice(device, () => undefined),
    run(steps, options) {
      // The first are its constants.
      if (++runs > 2) return Promise.reject(new Error('the device is gone'));
      return device.run(steps, options);
    },
  };
  const failures: string[] = [];
  expect(await digestsWith(failing, failures)).toEqual(recorded);
  expect(failures).toEqual(['the device is gone']);
});

test('a device needs threads that ask it', async () => {
  const { traceShards } = await library();
  const traced = traceShards(elfOf(run), { workers: 0, device: new CpuDevice(), onShard: () => undefined });
  await expect(traced).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('option device') });
});
