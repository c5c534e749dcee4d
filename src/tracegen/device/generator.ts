// Traces of a shard on a device, in SP1's phases: chips of the host begin, a permit for device memory is waited for, then
// uploads of the host's finished traces and the device's own chips take turns, then what was looked up is told.
// Reference: sp1:sp1-gpu/crates/tracegen (CudaTraceGenerator), sp1:sp1-gpu/crates/jagged_tracegen, SP1 6.4.0.

import type { Columns } from '../../../runtime/columns/columns.ts';
import {
  type JaggedGroup,
  type JaggedOptions,
  type JaggedTrace,
  jaggedLayout,
} from '../../../runtime/columns/jagged.ts';
import type { PrimeField } from '../../../runtime/fields/prime-field.ts';
import { type BufferRange, type Device, type DeviceBuffer, type Step, whole } from '../../../runtime/gpu/device.ts';
import { sharedBuffer } from '../../../runtime/memory/shared-buffer.ts';
import { COUNT_TABLES, type CountTables, countSteps } from './chip-steps.ts';
import { type ChipWork, type Shared, workBytes } from './chip-work.ts';
import { type DeviceConstants, uploadConstants } from './constants.ts';
import { DeviceTraces } from './device-traces.ts';
import { indexSteps } from './index-steps.ts';

export interface GeneratorOptions {
  readonly field: PrimeField;
  /** How many multiplicities lookups have. */
  readonly slots: number;
  /** What chips with kernels of their own read, in one buffer. */
  readonly constants: Uint32Array;
  readonly jagged: JaggedOptions;
}

/** Traces that the host makes, whose sizes are known before. */
export interface HostTraces {
  readonly sizes: readonly JaggedTrace[];
  /** Each as it is done, in any order, while the device works; not overwritten before the next is asked for. */
  readonly made: AsyncIterable<Columns> | Iterable<Columns>;
}

export interface MainInput {
  readonly device: readonly ChipWork[];
  readonly host: HostTraces;
  /** Chips of the cluster that have no events. */
  readonly absent: readonly Pick<JaggedTrace, 'name' | 'width'>[];
  /** Chips whose rows are what others look up. */
  readonly tables: {
    readonly sizes: readonly JaggedTrace[];
    readonly make: (counts: Uint32Array) => Iterable<Columns>;
  };
}

const CELL_BYTES = 4;

export class TraceGenerator {
  readonly #device: Device;
  readonly #options: GeneratorOptions;
  #fixed: Promise<DeviceConstants> | undefined;

  constructor(device: Device, options: GeneratorOptions) {
    this.#device = device;
    this.#options = options;
  }

  /** The preprocessed traces alone. */
  generatePreprocessedTraces(traces: HostTraces, signal?: AbortSignal): Promise<DeviceTraces> {
    return this.#generate([traces], undefined, signal);
  }

  /** The main traces alone, with absent chips and padding. */
  generateMainTraces(main: MainInput, signal?: AbortSignal): Promise<DeviceTraces> {
    return this.#generate([], main, signal);
  }

  /** Preprocessed and main traces in one dense buffer. */
  generateTraces(preprocessed: HostTraces, main: MainInput, signal?: AbortSignal): Promise<DeviceTraces> {
    return this.#generate([preprocessed], main, signal);
  }

  async #generate(
    preprocessed: readonly HostTraces[],
    main: MainInput | undefined,
    signal: AbortSignal | undefined,
  ): Promise<DeviceTraces> {
    const mainSizes = main && [
      ...[...main.device, ...main.host.sizes, ...main.tables.sizes],
      ...main.absent.map(absent => ({ ...absent, rows: 0 })),
    ];
    const sizes = [...preprocessed.map(traces => traces.sizes), ...(mainSizes === undefined ? [] : [mainSizes])];
    const layout = jaggedLayout(sizes, this.#options.jagged);
    const { slots } = this.#options;
    const countBytes = main === undefined ? 0 : CELL_BYTES * slots * COUNT_TABLES;
    const work = main?.device ?? [];
    const need = layout.cells * CELL_BYTES * 1.5 + countBytes + work.reduce((sum, one) => sum + workBytes(one), 0);
    const release = await this.#device.permit.acquire(need, signal);
    const traces = new DeviceTraces(this.#device, layout, release);
    try {
      await traces.allocate();
      await this.#device.run(indexSteps(layout, traces.columnIndex, this.#options.jagged, this.#device.info.limits), {
        ...(signal && { signal }),
      });
      const groups = [...layout.groups];
      for (const { made } of preprocessed) await this.#upload(made, groups.shift()!, traces, signal);
      if (main !== undefined) await this.#main(main, groups.shift()!, traces, countBytes, signal);
      return traces;
    } catch (error) {
      traces.release();
      throw error;
    }
  }

  async #main(
    { device: work, host, tables }: MainInput,
    group: JaggedGroup,
    traces: DeviceTraces,
    countBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { slots } = this.#options;
    const counts: CountTables = { range: whole(await this.#device.allocate(countBytes, 'lookups')), slots };
    const taken: DeviceBuffer[] = [counts.range.buffer];
    try {
      const shared = { ...(await this.#constants()), counts, limits: this.#device.info.limits };
      const steps = await this.#deviceSteps(work, group, traces, shared, taken);
      const result = new Uint32Array(sharedBuffer(CELL_BYTES * slots));
      const clear: Step = { kind: 'clear', range: counts.range };
      // Both go on at once: the host's traces go up while the device has chips to fill.
      await allDone([
        this.#device.run([clear, ...steps, ...countSteps(counts, result)], { ...(signal && { signal }) }),
        this.#upload(host.made, group, traces, signal),
      ]);
      await this.#upload(tables.make(result), group, traces, signal);
    } finally {
      for (const buffer of taken) this.#device.release(buffer);
    }
  }

  async #deviceSteps(
    work: readonly ChipWork[],
    group: JaggedGroup,
    traces: DeviceTraces,
    shared: Shared,
    taken: DeviceBuffer[],
  ): Promise<Step[]> {
    const take = async (bytes: number): Promise<BufferRange> => {
      const buffer = await this.#device.allocate(Math.max(bytes, CELL_BYTES));
      taken.push(buffer);
      return whole(buffer, Math.max(bytes, CELL_BYTES));
    };
    const steps: Step[] = [];
    for (const one of work) {
      const events = await take(one.events.byteLength);
      const scratch = await Promise.all(one.scratch.map(take));
      if (one.events.length > 0) steps.push({ kind: 'upload', from: one.events, to: events });
      steps.push(...one.steps(traces.placeIn(group, one.name), events, scratch, shared));
    }
    return steps;
  }

  async #upload(
    made: HostTraces['made'],
    group: JaggedGroup,
    traces: DeviceTraces,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for await (const columns of made) {
      await this.#device.run(traces.uploadSteps(group, columns), { ...(signal && { signal }) });
    }
  }

  #constants(): Promise<DeviceConstants> {
    const { field, constants } = this.#options;
    this.#fixed ??= uploadConstants(this.#device, field, constants);
    return this.#fixed;
  }
}

/** The first error, when all have ended: nobody uses what is released then. */
async function allDone(tasks: readonly Promise<unknown>[]): Promise<void> {
  const ends = await Promise.allSettled(tasks);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
