// Timestamps around each dispatch of a run.

import { MAP, USAGE } from './constants.ts';

const NANOSECONDS = 1e6;
/** What a query set may have at most, by the specification. */
const MOST_QUERIES = 4096;

export class Stopwatch {
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #read: GPUBuffer;
  #taken = 0;

  /** For that many dispatches; undefined where the device has no timestamps or the run is too long. */
  static for(device: GPUDevice, dispatches: number): Stopwatch | undefined {
    const fits = dispatches > 0 && dispatches * 2 <= MOST_QUERIES;
    return fits && device.features.has('timestamp-query') ? new Stopwatch(device, dispatches) : undefined;
  }

  private constructor(device: GPUDevice, dispatches: number) {
    const size = dispatches * 16;
    this.#queries = device.createQuerySet({ type: 'timestamp', count: dispatches * 2 });
    this.#resolved = device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copySource });
    this.#read = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTarget });
  }

  next(): GPUComputePassTimestampWrites {
    const at = this.#taken;
    this.#taken += 2;
    return { querySet: this.#queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
  }

  /** To be encoded behind the last dispatch. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, this.#taken, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#read, 0, this.#taken * 8);
  }

  /** Of each dispatch its start, from that of the first on, and how long it took; milliseconds. */
  async read(): Promise<{ readonly start: number; readonly milliseconds: number }[]> {
    await this.#read.mapAsync(MAP.read);
    const times = new BigUint64Array(this.#read.getMappedRange());
    const since = (from: bigint, to: bigint): number => Number(to - from) / NANOSECONDS;
    const result = Array.from({ length: this.#taken / 2 }, (_, i) => ({
      start: since(times[0]!, times[2 * i]!),
      milliseconds: since(times[2 * i]!, times[2 * i + 1]!),
    }));
    this.#read.unmap();
    return result;
  }

  close(): void {
    this.#queries.destroy();
    this.#resolved.destroy();
    this.#read.destroy();
  }
}
