// The verb: a shard's columns by the processor and by a device, chip by chip, in the calling thread.

import { SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import { type Columns, rowMajor } from '../../runtime/columns/columns.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';
import { JitExecError } from '../../runtime/errors.ts';
import type { Device, StepSpan } from '../../runtime/gpu/device.ts';
import { profiledDevice } from '../../runtime/gpu/profiled-device.ts';
import { sha256Hex } from '../../runtime/hashes/sha256.ts';
import { sp1DeviceChips } from '../machine/sp1/gpu/chips.ts';
import { ShardsInPlace } from '../machine/sp1/pipeline/in-place.ts';
import { ShardMaker } from '../machine/sp1/pipeline/maker.ts';
import type { FilledShard, ShardSink } from '../machine/sp1/pipeline/sink.ts';
import type { ChipName } from '../machine/sp1/records/chips.ts';
import { globalMessages } from '../machine/sp1/records/memory/global-events.ts';
import { checkShardGuest } from '../machine/sp1/records/support.ts';
import { COLUMNS_ON_DEVICE_OPTIONS, checkCall } from '../options.ts';
import type { ChipWork } from '../tracegen/device/chip-work.ts';
import { HostFiller, type HostFillerOptions } from '../tracegen/device/host-columns.ts';
import { ChipModules } from '../tracegen/fill.ts';
import { type ExecuteOptions, guestOf } from './execute.ts';
import { runInPlace, shardOptionsOf, type TraceShardsOptions } from './trace-shards.ts';

export interface ColumnsOnDeviceOptions
  extends ExecuteOptions,
    Pick<TraceShardsOptions, 'chunkEntries' | 'elementThreshold' | 'heightThreshold' | 'memoryShards'> {
  /** The shard; the first unless given. */
  readonly shard?: number;
  /** Told of each chip as it is done. */
  readonly onChip?: (chip: ChipOnDevice) => void;
}

/** Wall times are of one thread, of the way up and down too; kernels' are of the device's clock, where it tells. */
export interface ChipOnDevice {
  readonly name: ChipName;
  readonly rows: number;
  readonly realRows: number;
  readonly width: number;
  /** Over canonical u32, little-endian, row by row: what `trace --digests-only` says of chips whose rows have an order. */
  readonly sha256: string;
  readonly cpuMilliseconds: number;
  readonly gpu:
    | {
        readonly sha256: string;
        /** With what the driver compiles. */
        readonly firstMilliseconds: number;
        readonly milliseconds: number;
        readonly kernelMilliseconds: number | undefined;
      }
    /** Why the device did not fill it. */
    | { readonly refused: string };
}

export interface ColumnsOnDevice {
  readonly shard: { readonly index: number; readonly kind: string; readonly cells: number };
  readonly chips: readonly ChipOnDevice[];
}

const WAVE_BYTES = 2 ** 28;

type Events = ReadonlyMap<ChipName, Uint8Array>;

interface ByProcessor {
  readonly filled: Pick<FilledShard, 'shard' | 'unprovable'>;
  readonly events: Events;
  readonly chips: ReadonlyMap<string, { readonly sha256: string; readonly milliseconds: number }>;
}

/** The shard is there: the run need not go on. */
class Found extends Error {}

/**
 * Runs a guest of the machine `sp1` up to one of its shards and fills its columns twice: by the processor, and by a device as far
 * as it can. Rejects with a JitExecError for a guest without shards, or a shard that is not there or has no columns.
 */
export async function columnsOnDevice(
  bytes: Uint8Array,
  device: Device,
  options: ColumnsOnDeviceOptions = {},
): Promise<ColumnsOnDevice> {
  checkCall('columnsOnDevice', bytes, options, COLUMNS_ON_DEVICE_OPTIONS);
  const { filled, events, chips } = byProcessor(bytes, options);
  const { shard, unprovable } = filled;
  if (unprovable !== undefined) throw usage(`shard ${shard.index} cannot be proved: ${unprovable.reason}`);
  const made: ChipOnDevice[] = [];
  const deviceChips = sp1DeviceChips(device.info);
  const filler = new DeviceFiller(device, deviceChips);
  for (const { name, rows, realRows } of shard.chips) {
    const { sha256, milliseconds } = chips.get(name)!;
    const work = deviceChips.workOf(name, eventWords(name, realRows, events), rows);
    const one = { name, rows, realRows, width: work.width, sha256, cpuMilliseconds: milliseconds };
    made.push({ ...one, gpu: await filler.fill(work, rows) });
    options.onChip?.(made.at(-1)!);
  }
  const cells = made.reduce((sum, { width, rows }) => sum + width * rows, 0);
  return { shard: { index: shard.index, kind: shard.kind, cells }, chips: made };
}

const usage = (text: string): JitExecError => new JitExecError('USAGE', `columnsOnDevice: ${text}`);

function byProcessor(bytes: Uint8Array, options: ColumnsOnDeviceOptions): ByProcessor {
  const { shard: wanted = 0, onChip: _, ...rest } = options;
  const guest = guestOf(bytes, rest);
  const cuts = shardOptionsOf(rest);
  checkShardGuest(guest, cuts);
  const sink = new HashingSink();
  const maker = new ShardMaker(guest.program, sink, {
    ...{ seats: 1, waveBytes: WAVE_BYTES, modules: new ChipModules(), onPhase: phase => sink.enter(phase) },
  });
  const pipeline = new ShardsInPlace(guest, { ...cuts, onlyShard: wanted }, maker);
  let shards: number;
  try {
    shards = runInPlace(bytes, rest, pipeline).shards;
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    return sink.found!;
  }
  throw usage(shards === 0 ? 'the run has no whole shard' : `there is no shard ${wanted}: the run has ${shards}`);
}

/** Takes each chip's digest and the time since the one before it. */
class HashingSink implements ShardSink {
  readonly isWhole = false;
  readonly #chips = new Map<string, { readonly sha256: string; readonly milliseconds: number }>();
  #since = 0;
  /** Of Global's points, which are computed before any chip is filled. */
  #points = 0;
  #phase = '';
  found: ByProcessor | undefined;

  enter(phase: 'record' | 'events' | 'fill'): void {
    const now = performance.now();
    if (this.#phase === 'events' && phase === 'fill') this.#points += now - this.#since;
    this.#phase = phase;
    this.#since = now;
  }

  chip(columns: Columns): void {
    const spent = performance.now() - this.#since;
    const milliseconds = spent + (columns.name === 'Global' ? this.#points : 0);
    this.#chips.set(columns.name, { sha256: digestOf(columns), milliseconds });
    this.#since = performance.now();
  }

  end({ shard, unprovable, events }: FilledShard): never {
    const copies = new Map([...events].map(([name, structs]) => [name, structs.slice()] as const));
    this.found = { filled: { shard, unprovable }, events: copies, chips: this.#chips };
    throw new Found();
  }
}

function digestOf(columns: Columns): string {
  const all = rowMajor(columns, 0, columns.rows, new Uint32Array(columns.rows * columns.width));
  return sha256Hex(new Uint8Array(all.buffer));
}

/** As a device takes them. */
const eventWords = (name: ChipName, realRows: number, events: Events): Uint32Array =>
  name === 'Global' ? globalMessages(events, realRows) : new Uint32Array((events.get(name) ?? new Uint8Array()).buffer);

class DeviceFiller {
  readonly #filler: HostFiller;
  readonly #counts = new Uint32Array(SLOTS);
  readonly #info: Device['info'];
  #spans: StepSpan[] = [];

  constructor(device: Device, options: HostFillerOptions) {
    this.#info = device.info;
    const profiled = profiledDevice(device, spans => this.#spans.push(...spans));
    this.#filler = new HostFiller(profiled, options);
  }

  async fill(work: ChipWork, rows: number): Promise<ChipOnDevice['gpu']> {
    const { width, stride, length } = traceLayout(work.width, rows);
    if (!this.#filler.fits({ work, stride })) {
      const { maxStorageBufferBindingSize: most } = this.#info.limits;
      return {
        refused: `${width} columns of ${rows} rows are more than ${this.#info.adapter} binds (${most} bytes) or holds`,
      };
    }
    const into = new Uint32Array(length);
    const once = async (): Promise<number> => {
      this.#spans = [];
      const start = performance.now();
      await this.#filler.fill([{ work, stride, into }], this.#counts);
      return performance.now() - start;
    };
    const firstMilliseconds = await once();
    into.fill(0);
    const milliseconds = await once();
    const kernels = this.#spans.filter(({ kind }) => kind === 'kernel');
    const { name, realRows } = work;
    return {
      sha256: digestOf({ name, rows, realRows, width, stride, data: into }),
      ...{ firstMilliseconds, milliseconds },
      kernelMilliseconds: kernels.length === 0 ? undefined : kernels.reduce((sum, one) => sum + one.milliseconds, 0),
    };
  }
}
