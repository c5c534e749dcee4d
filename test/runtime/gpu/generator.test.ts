// A shard's traces by the generator: on the host's twin of a device, then on a GPU, the same dense buffer to the cell.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RANGE_SLOT, SLOTS } from '../../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import { GLOBAL_EVENT_WORDS, globalConstants } from '../../../codegen/wgsl/sp1-global.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { columnIndex, jaggedLayout } from '../../../runtime/columns/jagged.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import { CpuDevice } from '../../../runtime/gpu/cpu-device.ts';
import type { Device } from '../../../runtime/gpu/device.ts';
import { globalWork } from '../../../src/machine/sp1/gpu/global-work.ts';
import { rangeEvents } from '../../../src/machine/sp1/records/tables.ts';
import { type ChipWork, chipWork } from '../../../src/tracegen/device/chip-work.ts';
import type { DeviceTraces } from '../../../src/tracegen/device/device-traces.ts';
import { type HostTraces, type MainInput, TraceGenerator } from '../../../src/tracegen/device/generator.ts';
import { eventStructs } from './chip-events.ts';
import { fillOnHost } from './fill-on-host.ts';
import { ADAPTER, NO_GPU, openTestGpu } from './gpu.ts';

const JAGGED = { logStackingHeight: 12, maxLogRowCount: 17 };
const OPTIONS = { field: koalaBear, slots: SLOTS, constants: globalConstants(), jagged: JAGGED };
const LANES = ADAPTER === 'swiftshader' ? 'loop' : 'written';

const padded = (rows: number): number => Math.max(32, Math.ceil(rows / 32) * 32);
const work = (name: string, rows: number): ChipWork =>
  chipWork(sp1Chip(name), eventStructs(sp1Chip(name), rows), padded(rows));
const messages = (rows: number): Uint32Array =>
  Uint32Array.from({ length: rows * GLOBAL_EVENT_WORDS }, (_, i) =>
    i % GLOBAL_EVENT_WORDS === 8 ? 1 + 256 * (i % 2) : (i * 2_654_435_761) >>> 16,
  );

const size = ({ name, width, rows }: Pick<Columns, 'name' | 'width' | 'rows'>) => ({ name, width, rows });

/** Byte and Range have rows for all that is looked up; here only Range, whose rows fewer tests hold in memory. */
function main(work: readonly ChipWork[], host: readonly Columns[]): MainInput {
  const range = sp1Chip('Range');
  const rows = 2 ** 17;
  return {
    device: work,
    host: { sizes: host.map(size), made: host },
    absent: [{ name: 'DivRem', width: 242 }],
    tables: {
      sizes: [{ name: 'Range', width: range.columns.length - range.fixed, rows }],
      make: counts => [fillOnHost(range, new Uint32Array(rangeEvents(counts).slice().buffer), rows).columns],
    },
  };
}

const chips = (): ChipWork[] => [
  work('Add', 33),
  work('Mul', 40),
  work('LoadDouble', 1),
  globalWork(messages(70), 96, LANES),
];
const hosts = (): Columns[] => {
  const chip = sp1Chip('Bitwise');
  return [fillOnHost(chip, eventStructs(chip, 31), 32).columns];
};

const generate = (device: Device, work = chips()): Promise<DeviceTraces> => {
  const preprocessed: HostTraces = {
    sizes: [{ name: 'Byte', width: 1, rows: 64 }],
    made: [{ name: 'Byte', width: 1, rows: 64, realRows: 64, stride: 80, data: new Uint32Array(80).fill(7) }],
  };
  return new TraceGenerator(device, OPTIONS).generateTraces(preprocessed, main(work, hosts()));
};

describe('traces on the host as a device', () => {
  let traces: DeviceTraces;
  const device = new CpuDevice();
  beforeAll(async () => {
    traces = await generate(device);
  });

  it.each(['Add', 'Mul', 'LoadDouble'])('%s has the columns of the filler that shards are made with', async name => {
    const one = chips().find(chip => chip.name === name)!;
    const made = await traces.read(traces.layout.groups[1]!, name, one.realRows);
    const { columns } = fillOnHost(sp1Chip(name), one.events, one.rows);
    expect(rowsOf(made)).toEqual(rowsOf(columns));
  });

  it('what the host made is in its place, and the tables count the lookups of the device', async () => {
    const [, group] = traces.layout.groups;
    expect(rowsOf(await traces.read(group!, 'Bitwise', 31))).toEqual(rowsOf(hosts()[0]!));
    const range = await traces.read(group!, 'Range', 2 ** 17);
    const total = range.data.reduce((sum, n) => sum + n, 0);
    const counted = ['Add', 'Mul', 'LoadDouble'].map(name => {
      const one = chips().find(chip => chip.name === name)!;
      return fillOnHost(sp1Chip(name), one.events, one.rows).counts;
    });
    const inRange = counted.reduce((sum, counts) => sum + rangeSum(counts), 0);
    // Global looks up two numbers of 16 bits and a kind of 6 in each row.
    expect(total).toBe(inRange + 3 * 70);
  });

  it('lies as the layout says, with an index of its columns', async () => {
    const { dense, columnIndex: index } = await traces.readAll();
    expect(index).toEqual(columnIndex(traces.layout));
    const { groups } = traces.layout;
    for (const { end, paddingCells } of groups) {
      expect(dense.subarray(end - paddingCells, end).every(cell => cell === 0)).toBe(true);
    }
    const sizes = groups.map(({ places }) => places.map(({ name, width, rows }) => ({ name, width, rows })));
    expect(traces.layout).toEqual(jaggedLayout(sizes, JAGGED));
  });

  it('gives its permit back, and the one of traces that could not be made', async () => {
    const { free } = device.permit;
    const other = await generate(device);
    expect(device.permit.free).toBeLessThan(free);
    other.release();
    other.release();
    expect(device.permit.free).toBe(free);
    const failing = { sizes: [{ name: 'Bitwise', width: 1, rows: 32 }], made: failingTraces() };
    await expect(new TraceGenerator(device, OPTIONS).generatePreprocessedTraces(failing)).rejects.toThrow(
      'host failed',
    );
    expect(device.permit.free).toBe(free);
    const gone = AbortSignal.abort(new Error('stopped'));
    await expect(new TraceGenerator(device, OPTIONS).generateMainTraces(main([], []), gone)).rejects.toThrow('stopped');
    expect(device.permit.free).toBe(free);
  });
});

const failingTraces = (): AsyncIterable<Columns> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('host failed')) }),
});

const rangeSum = (counts: Uint32Array): number =>
  counts.subarray(RANGE_SLOT, RANGE_SLOT + 2 ** 17).reduce((sum, n) => sum + n, 0);

function rowsOf({ width, rows, stride, data }: Columns): number[][] {
  return Array.from({ length: width }, (_, c) => [...data.subarray(c * stride, c * stride + rows)]);
}

describe('traces on a GPU', () => {
  if (NO_GPU !== undefined) {
    it.skip(NO_GPU, () => {});
    return;
  }
  let gpu: Device;
  beforeAll(async () => {
    gpu = await openTestGpu({ ring: { slots: 3, slotBytes: 2 ** 20 } });
  });
  afterAll(() => gpu.close());

  it('are the host’s, cell by cell', async () => {
    // Kernels that other tests have made SwiftShader compile.
    const few = () => chips().filter(({ name }) => name === 'Add' || name === 'LoadDouble');
    const [right, made] = [await generate(new CpuDevice(), few()), await generate(gpu, few())];
    const [a, b] = [await right.readAll(), await made.readAll()];
    expect(b.columnIndex).toEqual(a.columnIndex);
    const different = a.dense.findIndex((cell, i) => cell !== b.dense[i]);
    expect(different).toBe(-1);
    made.release();
  });
});
