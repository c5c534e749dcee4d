// A whole shard on a GPU: events up, all chips' columns filled and left there in the dense layout, beside the same columns by
// one core, compared cell by cell. Prints a line a chip and, as its last line, JSON. Options by environment: GPU_ADAPTER,
// GPU_THREAD (script of the device's thread), GPU_PROGRAM (an executable of SP1), GPU_INPUT (a u64), GPU_CELLS (of the shard).

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { SLOTS } from '../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../codegen/chips/sp1/index.ts';
import { type LaneForm, laneFormOf } from '../codegen/wgsl/lanes.ts';
import { globalConstants } from '../codegen/wgsl/sp1-global.ts';
import type { Columns } from '../runtime/columns/columns.ts';
import { type JaggedTrace, SP1_JAGGED } from '../runtime/columns/jagged.ts';
import { koalaBear } from '../runtime/fields/koala-bear.ts';
import { openGpu } from '../runtime/gpu/thread-device.node.ts';
import { TraceChunk } from '../runtime/trace/chunk.ts';
import { loadGuest } from '../src/machine/guest.ts';
import { globalWork } from '../src/machine/sp1/gpu/global-work.ts';
import { ShardsInPlace } from '../src/machine/sp1/pipeline/in-place.ts';
import type { FilledShard, ShardSink } from '../src/machine/sp1/pipeline/sink.ts';
import type { ChipName } from '../src/machine/sp1/records/chips.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../src/machine/sp1/records/cut/shape.ts';
import { globalMessages, globalRows } from '../src/machine/sp1/records/memory/global-events.ts';
import type { Shard } from '../src/machine/sp1/records/shards.ts';
import { byteEvents, countPublicValues, rangeEvents } from '../src/machine/sp1/records/tables.ts';
import { type ChipWork, chipWork } from '../src/tracegen/device/chip-work.ts';
import type { DeviceTraces } from '../src/tracegen/device/device-traces.ts';
import { type MainInput, TraceGenerator } from '../src/tracegen/device/generator.ts';
import { Filler } from '../src/tracegen/filler.ts';
import { trace } from '../src/verbs/trace.ts';

const { GPU_ADAPTER, GPU_THREAD, GPU_PROGRAM = 'bench/sp1-guests/bin/block.sp1.elf', GPU_INPUT } = process.env;
const { GPU_CELLS = String(DEFAULT_ELEMENT_THRESHOLD) } = process.env;
const ROUNDS = 5;
const TABLES: readonly ChipName[] = ['Byte', 'Range'];

type Events = Map<ChipName, Uint8Array<SharedArrayBuffer>>;

interface Made {
  readonly shard: Shard;
  readonly events: Events;
  readonly publicValues: readonly number[];
  readonly columns: ReadonlyMap<string, Columns>;
}

class Found extends Error {}

const onShared = (bytes: Uint8Array): Uint8Array<SharedArrayBuffer> => {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
};

/** The run's first shard, by the processor. */
function firstShard(): Made {
  const bytes = readFileSync(GPU_PROGRAM);
  const guest = loadGuest(bytes, GPU_PROGRAM, 'sp1');
  let made: Made | undefined;
  const sink: ShardSink = {
    isWhole: true,
    end({ shard, events, publicValues, columns }: FilledShard) {
      const copied = [...events].map(([name, structs]) => [name, onShared(structs)] as const);
      made = { shard, publicValues, events: new Map(copied), columns: new Map(columns.map(one => [one.name, one])) };
      throw new Found();
    },
  };
  const thresholds = { elements: Number(GPU_CELLS), height: DEFAULT_HEIGHT_THRESHOLD };
  const shards = ShardsInPlace.into(guest, { ...thresholds, memoryShards: 'separate', onlyShard: 0 }, sink);
  const inputs =
    GPU_INPUT === undefined
      ? []
      : [Uint8Array.from({ length: 8 }, (_, i) => Number((BigInt(GPU_INPUT) >> BigInt(8 * i)) & 255n))];
  try {
    trace(bytes, {
      inputs,
      onChunk: ({ raw }) => {
        shards.begun();
        shards.add(TraceChunk.fromRaw(raw));
      },
    });
    // The last chunk is whole: its shards are made.
    shards.begun();
  } catch (error) {
    if (!(error instanceof Found)) throw error;
  }
  if (made === undefined) throw new Error('bench: the run ended before its first shard was full');
  return made;
}

const isTable = (name: ChipName): boolean => TABLES.includes(name);
const sizeOf = (name: ChipName, rows: number): JaggedTrace => {
  const chip = sp1Chip(name);
  return { name, width: chip.columns.length - chip.fixed, rows };
};

/** One core: milliseconds by chip, the best of some. */
function fillByCore({ shard, events }: Made): Map<ChipName, number> {
  const filler = new Filler(koalaBear, SLOTS);
  const times = new Map<ChipName, number>();
  for (let round = 0; round < 3; round++) {
    for (const { name, rows, realRows } of shard.chips) {
      const start = performance.now();
      const structs = name === 'Global' ? globalRows(events, realRows).events : (events.get(name) ?? new Uint8Array(0));
      filler.fill(sp1Chip(name), structs, rows);
      times.set(name, Math.min(times.get(name) ?? Number.POSITIVE_INFINITY, performance.now() - start));
    }
  }
  return times;
}

/** Everything but the tables and Program, whose rows are few or counted by the host, is the device's. */
function mainInput({ shard, events, publicValues }: Made, lanes: LaneForm): MainInput {
  const filler = new Filler(koalaBear, SLOTS);
  const work = shard.chips
    .filter(({ name }) => !isTable(name) && name !== 'Program')
    .map(({ name, rows, realRows }): ChipWork => {
      if (name === 'Global') return globalWork(globalMessages(events, realRows), rows, lanes);
      const structs = events.get(name) ?? new Uint8Array(new SharedArrayBuffer(0));
      return chipWork(sp1Chip(name), new Uint32Array(structs.buffer), rows);
    });
  const rowsOf = (name: ChipName): number => shard.chips.find(chip => chip.name === name)!.rows;
  return {
    device: work,
    host: {
      sizes: [sizeOf('Program', rowsOf('Program'))],
      made: (function* () {
        yield filler.fill(sp1Chip('Program'), events.get('Program')!, rowsOf('Program'));
      })(),
    },
    absent: [],
    tables: {
      sizes: TABLES.map(name => sizeOf(name, rowsOf(name))),
      make: function* (counts) {
        // Of the device and of Program, which looks nothing up.
        countPublicValues(counts, publicValues);
        yield filler.fill(sp1Chip('Byte'), byteEvents(counts), rowsOf('Byte'));
        yield filler.fill(sp1Chip('Range'), rangeEvents(counts), rowsOf('Range'));
      },
    },
  };
}

/** Columns that are not the processor's. */
async function differences(traces: DeviceTraces, { shard, columns }: Made): Promise<string[]> {
  const found: string[] = [];
  const [group] = traces.layout.groups;
  for (const { name, realRows, rows } of shard.chips) {
    const is = await traces.read(group!, name, realRows);
    const should = columns.get(name)!;
    for (let c = 0; c < is.width; c++) {
      const [a, b] = [
        is.data.subarray(c * is.stride, c * is.stride + rows),
        should.data.subarray(c * should.stride, c * should.stride + rows),
      ];
      if (
        Buffer.compare(
          Buffer.from(a.buffer, a.byteOffset, a.byteLength),
          Buffer.from(b.buffer, b.byteOffset, b.byteLength),
        ) !== 0
      ) {
        found.push(`${name} ${c}`);
      }
    }
  }
  return found;
}

async function main(): Promise<void> {
  const made = firstShard();
  const cells = made.shard.chips.reduce((sum, { name, rows }) => sum + sizeOf(name, rows).width * rows, 0);
  const eventBytes = [...made.events.values()].reduce((sum, structs) => sum + structs.length, 0);
  const times = fillByCore(made);
  for (const { name, realRows } of made.shard.chips)
    console.log(`${name}: ${realRows} rows, ${times.get(name)!.toFixed(1)} ms`);
  const script = GPU_THREAD === undefined ? undefined : pathToFileURL(GPU_THREAD);
  const device = await openGpu({ ...(GPU_ADAPTER ? { adapter: GPU_ADAPTER } : {}), memoryBytes: 2 ** 35 }, script);
  const generator = new TraceGenerator(device, {
    ...{ field: koalaBear, slots: SLOTS, constants: globalConstants(), jagged: SP1_JAGGED },
  });
  const lanes = laneFormOf(device.info);
  const walls: number[] = [];
  let wrong: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const input = mainInput(made, lanes);
    const start = performance.now();
    const traces = await generator.generateMainTraces(input);
    walls.push(performance.now() - start);
    if (round === 0) wrong = await differences(traces, made);
    traces.release();
  }
  await device.close();
  const coreMs = [...times.values()].reduce((a, b) => a + b, 0);
  const gpuMs = Math.min(...walls.slice(1));
  const cores = availableParallelism();
  console.log(
    JSON.stringify({
      ...{ info: device.info, node: process.versions.node, program: GPU_PROGRAM, chips: made.shard.chips.length },
      ...{ cells, eventBytes, coreMs, cores, coresMs: coreMs / cores, firstMs: walls[0], gpuMs, walls },
      ...{ ratioToCore: coreMs / gpuMs, ratioToAllCores: coreMs / cores / gpuMs, wrong },
    }),
  );
  process.exitCode = wrong.length === 0 ? 0 : 1;
}

await main();
