// What a GPU makes of kernels: alone, with the way up, with both ways; in the same run the time of one core.
// Prints a table and, as its last line, JSON. Options by environment: GPU_ADAPTER, GPU_THREAD (script of the device's
// thread), GPU_ROWS, GPU_SECONDS.

import { pathToFileURL } from 'node:url';
import type { Chip } from '../codegen/chips/chip.ts';
import { fillPlans } from '../codegen/chips/plan.ts';
import { SLOTS } from '../codegen/chips/sp1/bytes.ts';
import { SP1_CHIPS, sp1Chip } from '../codegen/chips/sp1/index.ts';
import { chipImmediates, chipKernel, sumTables } from '../codegen/wgsl/chip-kernel.ts';
import type { LaneForm } from '../codegen/wgsl/lanes.ts';
import { poseidon2Constants } from '../codegen/wgsl/poseidon2.ts';
import { permuteKernel } from '../codegen/wgsl/poseidon2-kernels.ts';
import {
  GLOBAL_COLUMNS,
  GLOBAL_EVENT_WORDS,
  globalConstants,
  globalKernels,
  globalLevels,
  globalSteps,
} from '../codegen/wgsl/sp1-global.ts';
import { inverseTable } from '../runtime/columns/inverses.ts';
import { liftMessage } from '../runtime/curves/global-points.ts';
import { septicNegate } from '../runtime/curves/septic.ts';
import { koalaBear } from '../runtime/fields/koala-bear.ts';
import {
  type BufferRange,
  type Device,
  type DeviceBuffer,
  type Kernel,
  type Step,
  whole,
} from '../runtime/gpu/device.ts';
import type { OpenOptions } from '../runtime/gpu/open-options.ts';
import { openGpu } from '../runtime/gpu/thread-device.node.ts';
import { poseidon2Permute } from '../runtime/hashes/poseidon2.ts';
import { fillOnCpu } from './gpu-cpu.ts';
import { anyEvents, canMakeEvents, events } from './gpu-events.ts';

const { GPU_ADAPTER, GPU_THREAD, GPU_ROWS = String(2 ** 20), GPU_SECONDS = '240', GPU_ONLY = '' } = process.env;
const ROWS = Number(GPU_ROWS);
const DEADLINE = performance.now() + Number(GPU_SECONDS) * 1000;
const ROUNDS = 7;
const CPU_ROWS = Math.min(ROWS, 2 ** 17);
/** Tables of counts that workgroups take turns at. */
const TABLES = [4, 16, 64];
const MOST_TABLES = Math.max(...TABLES);
const results: Record<string, unknown>[] = [];

/** Milliseconds: the least of some runs, fewer where they take long. */
async function best(run: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + 2000;
  for (let i = 0; i < ROUNDS && (i < 2 || performance.now() < end); i++) least = Math.min(least, await run());
  return least;
}

function note(result: Record<string, unknown>): void {
  results.push(result);
  const cells = Object.entries(result).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`,
  );
  console.log(cells.join(', '));
}

const shared = (words: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(words * 4));

/** Wall time of a run in milliseconds. */
const wall = async (device: Device, steps: readonly Step[]): Promise<number> => (await device.run(steps)).milliseconds;

async function kernelTime(device: Device, steps: readonly Step[]): Promise<number> {
  const { milliseconds, kernelMilliseconds } = await device.run(steps, { profile: true });
  return kernelMilliseconds?.reduce((a, b) => a + b, 0) ?? milliseconds;
}

interface Measured {
  readonly up: readonly Step[];
  readonly kernels: readonly Step[];
  readonly down: readonly Step[];
}

async function measure(device: Device, { up, kernels, down }: Measured): Promise<Record<string, number>> {
  await device.run([...up, ...kernels]);
  return {
    kernelMs: await best(() => kernelTime(device, kernels)),
    kernelWallMs: await best(() => wall(device, kernels)),
    upKernelMs: await best(() => wall(device, [...up, ...kernels])),
    upKernelDownMs: await best(() => wall(device, [...up, ...kernels, ...down])),
  };
}

const nobody = (): void => {
  throw new Error('the host fills by WebAssembly here');
};

async function benchChip(device: Device, chip: Chip, inverses: DeviceBuffer): Promise<void> {
  const width = chip.columns.length - chip.fixed;
  const structs = events(chip, ROWS);
  const stride = ROWS + 16;
  const columns = shared(width * stride);
  const counts = shared(SLOTS);
  const sizes = [structs.byteLength, columns.byteLength, MOST_TABLES * counts.byteLength];
  const buffers = await Promise.all(sizes.map(bytes => device.allocate(bytes)));
  const [from, to, counted] = buffers as [DeviceBuffer, DeviceBuffer, DeviceBuffer];
  const dispatch = (kernel: Kernel, tables: number): Step => ({
    kind: 'dispatch',
    kernel,
    buffers: [whole(from), whole(to), whole(counted), whole(inverses)],
    threads: ROWS,
    immediates: chipImmediates({ rows: ROWS, stride, firstCell: 0, firstEvent: 0, tables, slots: SLOTS }),
  });
  const plans = fillPlans(chip);
  const made = plans.map(plan => chipKernel(plan, nobody));
  /** With tables cleared before and added up after, where there are several. */
  const filled = (tables: number): Step[] => {
    const fills = made.map(kernel => dispatch(kernel, tables));
    if (tables === 1) return fills;
    const range = whole(counted, tables * SLOTS * 4);
    const sum: Step = { kind: 'dispatch', kernel: sumTables, buffers: [range], threads: SLOTS, immediates: [tables] };
    return [{ kind: 'clear', range }, ...fills, sum];
  };
  const kernels = filled(1);
  const quiet = plans.map(plan =>
    dispatch(chipKernel({ ...plan, name: `${plan.name}Uncounted`, counts: [] }, nobody), 1),
  );
  const up: Step[] = [{ kind: 'upload', from: structs, to: whole(from) }];
  const down: Step[] = [{ kind: 'download', from: whole(to), to: columns }];
  const times = await measure(device, { up, kernels, down });
  const uncounted = await best(() => kernelTime(device, quiet));
  const byTables: Record<string, number> = {};
  for (const tables of TABLES) byTables[`tables${tables}Ms`] = await best(() => kernelTime(device, filled(tables)));
  await device.run([
    ...filled(TABLES[0]!),
    ...down,
    { kind: 'download', from: whole(counted, counts.byteLength), to: counts },
  ]);
  const cpu = fillOnCpu(chip, structs, CPU_ROWS, 5);
  let wrong = 0;
  for (let i = 0; i < width; i++) {
    for (let row = 0; row < CPU_ROWS; row++) {
      if (columns[i * stride + row] !== cpu.columns[i * cpu.stride + row]) wrong++;
    }
  }
  const lookups = counts.reduce((a, b) => a + b, 0);
  const cpuLookups = cpu.counts.reduce((a, b) => a + b, 0);
  if (lookups * CPU_ROWS !== cpuLookups * ROWS) wrong++;
  const cpuMs = (cpu.nanosecondsPerRow * ROWS) / 1e6;
  note({
    name: chip.name,
    rows: ROWS,
    width,
    ...times,
    uncountedKernelMs: uncounted,
    cpuMs,
    ...ratios(cpuMs, times),
    wrong,
  });
  for (const buffer of buffers) device.release(buffer);
}

/** Of the time of one core to each of the GPU's. */
function ratios(cpuMs: number, times: Readonly<Record<string, number>>): Record<string, number> {
  return {
    kernelRatio: cpuMs / times.kernelMs!,
    upRatio: cpuMs / times.upKernelMs!,
    downRatio: cpuMs / times.upKernelDownMs!,
  };
}

async function benchPoseidon2(device: Device, lanes: LaneForm, reduction: 'multiply' | 'shift'): Promise<void> {
  const states = shared(16 * ROWS);
  for (let i = 0; i < states.length; i++) states[i] = (Math.imul(i, 0x9e3779b1) >>> 0) % koalaBear.modulus;
  const constants = poseidon2Constants();
  const [a, b] = [await device.allocate(states.byteLength), await device.allocate(constants.byteLength)];
  await device.run([{ kind: 'upload', from: constants, to: whole(b) }]);
  const result = shared(16 * ROWS);
  const up: Step[] = [{ kind: 'upload', from: states, to: whole(a) }];
  const down: Step[] = [{ kind: 'download', from: whole(a), to: result }];
  const kernel = permuteKernel(lanes, reduction);
  const kernels: Step[] = [
    { kind: 'dispatch', kernel, buffers: [whole(a), whole(b)], threads: ROWS, immediates: [ROWS] },
  ];
  const times = await measure(device, { up, kernels, down });
  const sample = Math.min(ROWS, 2 ** 15);
  const x = new Int32Array(16);
  let wrong = 0;
  let cpuMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    for (let t = 0; t < sample; t++) {
      for (let i = 0; i < 16; i++) x[i] = states[i * ROWS + t]!;
      poseidon2Permute(x);
      if (round === 0) for (let i = 0; i < 16; i++) if (x[i] !== result[i * ROWS + t]) wrong++;
    }
    cpuMs = Math.min(cpuMs, ((performance.now() - start) * ROWS) / sample);
  }
  note({ name: kernel.name, rows: ROWS, ...times, cpuMs, ...ratios(cpuMs, times), wrong });
  device.release(a);
  device.release(b);
}

/** A wide chip by groups of columns, nothing counted. */
async function benchWide(device: Device, chip: Chip, rows: number, inverses: DeviceBuffer): Promise<void> {
  const width = chip.columns.length - chip.fixed;
  const structs = anyEvents(chip, rows);
  const stride = rows + 16;
  const columns = shared(width * stride);
  const buffers = await Promise.all(
    [structs.byteLength, columns.byteLength, 4096].map(bytes => device.allocate(bytes)),
  );
  const [from, to, counted] = buffers as [DeviceBuffer, DeviceBuffer, DeviceBuffer];
  const uncounted = fillPlans(chip, 256).map(plan => ({ ...plan, counts: [] }));
  const start = performance.now();
  const made = uncounted.map(plan => chipKernel(plan, nobody));
  await device.prepare(made);
  const compileMs = performance.now() - start;
  const immediates = chipImmediates({ rows, stride, firstCell: 0, firstEvent: 0, tables: 1, slots: 0 });
  const bound = [from, to, counted, inverses].map(buffer => whole(buffer));
  const kernels = made.map((kernel): Step => ({ kind: 'dispatch', kernel, buffers: bound, threads: rows, immediates }));
  const up: Step[] = [{ kind: 'upload', from: structs, to: whole(from) }];
  const down: Step[] = [{ kind: 'download', from: whole(to), to: columns }];
  const times = await measure(device, { up, kernels, down });
  const cpuRows = Math.min(rows, 4096);
  const cpuPlans = fillPlans(chip).map(plan => ({ ...plan, counts: [] }));
  const cpu = fillOnCpu(chip, structs, cpuRows, 5, cpuPlans);
  let wrong = 0;
  for (let i = 0; i < width; i++) {
    for (let row = 0; row < cpuRows; row++) {
      if (columns[i * stride + row] !== cpu.columns[i * cpu.stride + row]) wrong++;
    }
  }
  const cpuMs = (cpu.nanosecondsPerRow * rows) / 1e6;
  note({
    name: `${chip.name}, nothing counted`,
    rows,
    width,
    compileMs,
    ...times,
    cpuMs,
    ...ratios(cpuMs, times),
    wrong,
  });
  for (const buffer of buffers) device.release(buffer);
}

/** All of Global; the processor's time is that of the plain code for the lift alone, on few events. */
async function benchGlobal(device: Device, lanes: LaneForm, reduction: 'multiply' | 'shift'): Promise<void> {
  const rows = ROWS;
  const stride = rows + 16;
  const words = shared(rows * GLOBAL_EVENT_WORDS);
  for (let i = 0; i < words.length; i++) {
    const x = Math.imul(i + 1, 0x9e3779b1) >>> 0;
    words[i] = i % 9 === 8 ? 1 + ((x >>> 9) & 256) : x >>> (i % 9 === 7 ? 16 : 8);
  }
  const columns = shared(GLOBAL_COLUMNS * stride);
  const constants = globalConstants();
  const taken: DeviceBuffer[] = [];
  const take = async (bytes: number): Promise<BufferRange> => {
    taken.push(await device.allocate(bytes));
    return whole(taken.at(-1)!);
  };
  const [from, to, counts, fixed] = [
    await take(words.byteLength),
    await take(columns.byteLength),
    await take(16 * SLOTS * 4),
    await take(constants.byteLength),
  ] as const;
  const points: BufferRange[] = [];
  for (const n of globalLevels(rows)) points.push(await take(n * 56));
  const start = performance.now();
  const kernelsOf = globalKernels(lanes, reduction);
  await device.prepare(Object.values(kernelsOf));
  const compileMs = performance.now() - start;
  await device.run([{ kind: 'upload', from: constants, to: fixed }]);
  const kernels = globalSteps({
    ...{ kernels: kernelsOf, rows, height: rows, stride, firstCell: 0, tables: 16, slots: SLOTS },
    ...{ events: from, columns: to, counts, constants: fixed, points },
  });
  const up: Step[] = [{ kind: 'upload', from: words, to: from }];
  const down: Step[] = [{ kind: 'download', from: to, to: columns }];
  const times = await measure(device, { up, kernels, down });
  const stages = (await device.run(kernels, { profile: true })).kernelMilliseconds?.map(ms =>
    Number(ms.toPrecision(4)),
  );
  const sample = 200;
  const begin = performance.now();
  let wrong = 0;
  for (let row = 0; row < sample; row++) {
    const at = row * GLOBAL_EVENT_WORDS;
    const { offset, point } = liftMessage([...words.subarray(at, at + 8)], words[at + 8]! & 255);
    const received = (words[at + 8]! & 256) !== 0;
    const should = received ? point.y : septicNegate(point.y);
    if (columns[204 * stride + row] !== offset) wrong++;
    for (let i = 0; i < 7; i++) if (columns[(18 + i) * stride + row] !== should[i]) wrong++;
  }
  const cpuMs = ((performance.now() - begin) * rows) / sample;
  const name = `Global, lanes ${lanes}, reducing by ${reduction}`;
  note({ name, rows, compileMs, ...times, stages: JSON.stringify(stages), plainLiftMs: cpuMs, wrong });
  for (const buffer of taken) device.release(buffer);
  await device.trim();
}

/** The floor of every transfer. */
async function benchTransfer(device: Device): Promise<void> {
  const words = Math.min(2 ** 26, ROWS * 64);
  const host = shared(words);
  host.fill(1);
  const buffer = await device.allocate(words * 4);
  const upMs = await best(() => wall(device, [{ kind: 'upload', from: host, to: whole(buffer) }]));
  const downMs = await best(() => wall(device, [{ kind: 'download', from: whole(buffer), to: host }]));
  const emptyMs = await best(() => wall(device, []));
  const bytes = words * 4;
  note({ name: 'transfer', bytes, upMs, upGBps: bytes / upMs / 1e6, downMs, downGBps: bytes / downMs / 1e6, emptyMs });
  device.release(buffer);
}

/** Share of a core that this process and its threads take while nothing is asked for. */
async function idle(): Promise<void> {
  const before = process.cpuUsage();
  const start = performance.now();
  await new Promise(resolve => setTimeout(resolve, 1000));
  const { user, system } = process.cpuUsage(before);
  note({ name: 'idle', corePercent: (user + system) / 10 / (performance.now() - start) });
}

async function main(): Promise<void> {
  const script = GPU_THREAD === undefined ? undefined : pathToFileURL(GPU_THREAD);
  const open = (more: OpenOptions = {}): Promise<Device> =>
    openGpu({ ...(GPU_ADAPTER ? { adapter: GPU_ADAPTER } : {}), memoryBytes: 2 ** 36, ...more }, script);
  const device = await open();
  console.log(JSON.stringify(device.info));
  const table = inverseTable(koalaBear);
  const inverses = await device.allocate(table.byteLength);
  await device.run([{ kind: 'upload', from: table, to: whole(inverses) }]);
  const parts: [string, () => Promise<void>][] = [
    ['Poseidon2', () => benchPoseidon2(device, 'written', 'multiply')],
    ['Poseidon2', () => benchPoseidon2(device, 'written', 'shift')],
    ['Poseidon2', () => benchPoseidon2(device, 'loop', 'multiply')],
    ...SP1_CHIPS.filter(canMakeEvents).map((chip): [string, () => Promise<void>] => [
      chip.name,
      () => benchChip(device, chip, inverses),
    ]),
    ['Global', () => benchGlobal(device, 'written', 'multiply')],
    ['Global', () => benchGlobal(device, 'loop', 'multiply')],
    ['Global', () => benchGlobal(device, 'written', 'shift')],
    ['KeccakPermute', () => benchWide(device, sp1Chip('KeccakPermute'), Math.min(ROWS, 2 ** 17), inverses)],
    ['Poseidon2 chip', () => benchWide(device, sp1Chip('Poseidon2'), Math.min(ROWS, 2 ** 18), inverses)],
    ['transfer', () => benchTransfer(device)],
    ['idle', idle],
  ];
  for (const [name, part] of parts) {
    if (!name.toLowerCase().includes(GPU_ONLY.toLowerCase())) continue;
    if (performance.now() > DEADLINE) {
      console.log(`no time left for ${name}`);
      continue;
    }
    try {
      await part();
    } catch (error) {
      note({ name, error: String(error) });
    }
  }
  await device.close();
  console.log(JSON.stringify({ info: device.info, node: process.versions.node, results }));
}

await main();
