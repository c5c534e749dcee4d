// A shard's columns by the processor and by a device, as a page asks for them.

import { expect, test } from 'vitest';
import { CpuDevice } from '../runtime/gpu/cpu-device.ts';
import { type ChipOnDevice, columnsOnDevice } from '../src/verbs/columns-on-device.ts';
import { elfOf, inputsOf, SHARD_RUNS } from './machine/sp1/shard-runs.ts';

const run = SHARD_RUNS.find(({ name }) => name === 'echo')!;
const recorded = run.shards[0]!.chips!;
const OPTIONS = {
  ...{ inputs: inputsOf(run), chunkEntries: run.chunkEntries, memoryShards: 'packed' as const },
  ...{ elementThreshold: run.elementThreshold, heightThreshold: run.heightThreshold },
};

test("a device's columns have the digests of SP1, chip by chip", async () => {
  const heard: ChipOnDevice[] = [];
  const { shard, chips } = await columnsOnDevice(elfOf(run), new CpuDevice(), {
    ...OPTIONS,
    onChip: one => heard.push(one),
  });
  expect(shard).toMatchObject({ index: 0, kind: 'core' });
  expect(heard).toEqual(chips);
  for (const { gpu, sha256 } of chips) expect(gpu).toMatchObject({ sha256 });
  expect(recorded.length).toBeGreaterThan(20);
  expect(chips.map(one => [one.name, one.rows, one.width, one.realRows, one.sha256])).toEqual(
    recorded.map(chip => chip.slice(0, 5)),
  );
});

test('says what a device does not fill', async () => {
  const small = new CpuDevice(2 ** 22);
  const { chips } = await columnsOnDevice(elfOf(run), small, OPTIONS);
  for (const { gpu } of chips) expect(gpu).toMatchObject({ refused: expect.stringContaining('than host processor') });
});

test('a shard that is not there is named', async () => {
  const asked = columnsOnDevice(elfOf(run), new CpuDevice(), { ...OPTIONS, shard: 999 });
  await expect(asked).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('no shard 999') });
});
