// Global on a device: upstream's rows, then the host's at many heights.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SLOTS } from '../../../codegen/chips/sp1/bytes.ts';
import {
  GLOBAL_COLUMNS,
  GLOBAL_EVENT_WORDS,
  globalConstants,
  globalKernels,
  globalLevels,
  globalSteps,
} from '../../../codegen/wgsl/sp1-global.ts';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import { type Device, type DeviceBuffer, whole } from '../../../runtime/gpu/device.ts';
import { ADAPTER, NO_GPU, openTestGpu } from './gpu.ts';

interface Row {
  readonly row: number;
  readonly from: { readonly event: { is_receive: boolean; kind: number; message: number[] } };
  readonly columns: Readonly<Record<string, number | number[]>>;
}
type Shard = { readonly padding: Row['columns']; readonly list: readonly Row[] };
const shards: Shard[] = JSON.parse(
  readFileSync(new URL('../../vectors/sp1-rows/Global.json', import.meta.url), 'utf8'),
);

/** Upstream's names, in its order, with how many columns each has. */
const NAMES: readonly [string, number][] = [
  ['message', 8],
  ['kind', 1],
  ['message_0_16bit_limb', 1],
  ['message_0_8bit_limb', 1],
  ['interaction.x_coordinate', 7],
  ['interaction.y_coordinate', 7],
  ...Array.from({ length: 8 }, (_, i): [string, number] => [`perm.ext[${i}]`, 16]),
  ['perm.internal_rounds_state', 16],
  ['perm.internal_rounds_s0', 19],
  ['perm.output_state', 16],
  ['interaction.offset', 1],
  ['interaction.y6_byte_decomp', 4],
  ['is_real', 1],
  ['is_receive', 1],
  ['is_send', 1],
  ['index', 1],
  ['accumulation.initial_digest[0]', 7],
  ['accumulation.initial_digest[1]', 7],
  ['accumulation.cumulative_sum[0]', 7],
  ['accumulation.cumulative_sum[1]', 7],
];

/** Written out on a GPU, where the driver of SwiftShader would take a minute. */
const KERNELS = globalKernels(ADAPTER === 'swiftshader' ? 'loop' : 'written');

const cellsOf = (columns: Row['columns']): number[] =>
  NAMES.flatMap(([name, count]) => columns[name] ?? new Array<number>(count).fill(0));
const eventOf = ({ from: { event } }: Row): number[] => [...event.message, event.kind + (event.is_receive ? 256 : 0)];

interface Made {
  readonly columns: Uint32Array;
  readonly counts: Uint32Array;
  readonly stride: number;
}

async function fill(device: Device, events: readonly number[][], height: number): Promise<Made> {
  const stride = height + 5;
  const firstCell = 3;
  const made = {
    columns: new Uint32Array(firstCell + stride * GLOBAL_COLUMNS),
    counts: new Uint32Array(SLOTS),
    stride,
  };
  const words = Uint32Array.from(events.flat());
  const constants = globalConstants();
  const taken: DeviceBuffer[] = [];
  const take = async (bytes: number): Promise<DeviceBuffer> => {
    const buffer = await device.allocate(Math.max(bytes, 4));
    taken.push(buffer);
    return buffer;
  };
  const from = whole(await take(words.byteLength));
  const columns = whole(await take(made.columns.byteLength));
  const counts = whole(await take(made.counts.byteLength));
  const fixed = whole(await take(constants.byteLength));
  const points = await Promise.all(globalLevels(events.length).map(async n => whole(await take(n * 56))));
  const rows = events.length;
  await device.run([
    { kind: 'upload', from: constants, to: fixed },
    ...(rows > 0 ? [{ kind: 'upload', from: words, to: from } as const] : []),
    { kind: 'clear', range: columns },
    { kind: 'clear', range: counts },
    ...globalSteps({
      kernels: KERNELS,
      ...{ rows, height, stride, firstCell, tables: 1, slots: SLOTS },
      ...{ events: from, columns, counts, constants: fixed, points },
    }),
    { kind: 'download', from: columns, to: made.columns },
    { kind: 'download', from: counts, to: made.counts },
  ]);
  for (const buffer of taken) device.release(buffer);
  return { ...made, columns: made.columns.subarray(firstCell) };
}

const rowOf = ({ columns, stride }: Made, row: number): number[] =>
  Array.from({ length: GLOBAL_COLUMNS }, (_, i) => columns[i * stride + row]!);

const random = (i: number): number => Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i << 7), 0x85ebca6b) >>> 0;
function randomEvents(count: number): number[][] {
  const events = Array.from({ length: count }, (_, i) => {
    const message = Array.from({ length: 8 }, (_, j) => random(8 * i + j) >>> (j === 7 ? 16 : j === 0 ? 8 : 2));
    return [...message, [1, 8, 19, 63][i % 4]! + (random(i) & 256)];
  });
  // What is sent and received again cancels, what is sent twice is doubled.
  if (count > 9)
    for (const [i, j, bit] of [
      [4, 5, 256],
      [7, 8, 0],
    ] as const)
      events[j] = [...events[i]!.slice(0, 8), events[i]![8]! ^ bit];
  return events;
}

const DEVICES = [
  ['the host', undefined, async () => new CpuDevice()],
  ['a GPU', NO_GPU, () => openTestGpu({ ring: { slots: 3, slotBytes: 2 ** 20 } })],
] as const;

expect(GLOBAL_EVENT_WORDS).toBe(9);

describe.each(DEVICES)('Global on %s', (_name, missing, open) => {
  if (missing !== undefined) {
    it.skip(missing, () => {});
    return;
  }
  let device: Device;
  const host = new CpuDevice();
  beforeAll(async () => {
    device = await open();
    await device.prepare(Object.values(KERNELS));
  }, 60_000);
  afterAll(() => device.close());

  it('has the rows of upstream: the first ones with their sums, others without, and padding', async () => {
    for (const { list, padding } of shards) {
      const made = await fill(device, list.map(eventOf), 32);
      for (const [i, row] of list.entries()) {
        const [is, should] = [rowOf(made, i), cellsOf(row.columns)];
        const end = row.row === i ? GLOBAL_COLUMNS : 212;
        expect(is.slice(0, end)).toEqual(should.slice(0, end));
      }
      expect(rowOf(made, 31)).toEqual(cellsOf(padding));
    }
  });

  it.each([0, 1, 31, 32, 33, 70])('has the columns and counts of the host with %i events', async rows => {
    const events = randomEvents(rows);
    const height = Math.ceil(rows / 32) * 32 + 32;
    const [made, right] = [await fill(device, events, height), await fill(host, events, height)];
    const wrong = new Set<string>();
    for (let row = 0; row < height; row++) {
      const [is, should] = [rowOf(made, row), rowOf(right, row)];
      for (const [i, cell] of is.entries()) {
        if (cell !== should[i]) wrong.add(`column ${i} of ${row < rows ? 'an event' : 'padding'}`);
      }
    }
    expect([...wrong]).toEqual([]);
    expect(Buffer.compare(Buffer.from(made.counts.buffer), Buffer.from(right.counts.buffer))).toBe(0);
  });
});
