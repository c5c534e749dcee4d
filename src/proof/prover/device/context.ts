// What a device's work of a prover shares: the device, what is brought up once, and buffers for a while.

import { poseidon2BabyBearConstants } from '../../../../codegen/wgsl/poseidon2-baby-bear.ts';
import { babyBear, inverse, rootOfUnity } from '../../../../runtime/fields/baby-bear.ts';
import { type BufferRange, type Device, type DeviceBuffer, type Step, whole } from '../../../../runtime/gpu/device.ts';

const WORD = 4;
/** Of one buffer: more at a time gains nothing. */
const BATCH_BYTES = 2 ** 28;
/** Buffers of a job at most. */
const BUFFERS = 8;

export class DeviceContext {
  readonly device: Device;
  #constants: Promise<BufferRange> | undefined;
  readonly #powers = new Map<'roots' | 'inverses', { readonly log: number; readonly range: BufferRange }>();

  constructor(device: Device) {
    this.device = device;
  }

  /** Bytes that one buffer of a job may have. */
  get most(): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.info.limits;
    const share = Math.floor(this.device.permit.total / BUFFERS);
    return Math.min(maxStorageBufferBindingSize, maxBufferSize, share, BATCH_BYTES);
  }

  /** Of Poseidon2. */
  constants(): Promise<BufferRange> {
    this.#constants ??= this.#upload(poseidon2BabyBearConstants(), 'constants of Poseidon2');
    return this.#constants;
  }

  /** Powers of the roots of order 2 h, each at h of the table, up to order 2^log; or of their inverses. */
  async powers(kind: 'roots' | 'inverses', log: number): Promise<BufferRange> {
    const known = this.#powers.get(kind);
    if (known !== undefined && known.log >= log) return known.range;
    if (known !== undefined) this.device.release(known.range.buffer);
    const range = await this.#upload(powersOfRoots(kind, log), kind);
    this.#powers.set(kind, { log, range });
    return range;
  }

  async #upload(words: Uint32Array, label: string): Promise<BufferRange> {
    const range = whole(await this.device.allocate(words.byteLength, label), words.byteLength);
    await this.device.run([upload(words, range)]);
    return range;
  }

  /** Lends buffers of so many words, under a permit. */
  async with<T>(sizes: readonly number[], use: (buffers: readonly BufferRange[]) => Promise<T>): Promise<T> {
    const bytes = sizes.map(words => WORD * words);
    const sum = bytes.reduce((a, b) => a + b, 0);
    return this.device.permit.with(sum, async () => {
      const taken: DeviceBuffer[] = [];
      try {
        for (const size of bytes) taken.push(await this.device.allocate(size));
        return await use(taken.map((buffer, i) => whole(buffer, bytes[i]!)));
      } finally {
        for (const buffer of taken) this.device.release(buffer);
      }
    });
  }
}

/** Words at an address of the prover's memory. */
export const wordsAt = (memory: Uint32Array, address: number, count: number): Uint32Array =>
  memory.subarray(address / WORD, address / WORD + count);

export const upload = (from: Uint32Array, to: BufferRange): Step => ({ kind: 'upload', from, to });
export const download = (from: BufferRange, to: Uint32Array): Step => ({ kind: 'download', from, to });

/** Words [from, from + count) of a buffer that is bound as a whole. */
export const part = ({ buffer, offset }: BufferRange, from: number, count: number): BufferRange => ({
  buffer,
  offset: offset + WORD * from,
  bytes: WORD * count,
});

function powersOfRoots(kind: 'roots' | 'inverses', log: number): Uint32Array {
  const words = new Uint32Array(2 ** log);
  for (let k = 0; k < log; k++) {
    const root = kind === 'roots' ? rootOfUnity(k + 1) : inverse(rootOfUnity(k + 1));
    let power = babyBear.r;
    for (let j = 0; j < 2 ** k; j++) {
      words[2 ** k + j] = power;
      power = babyBear.mul(power, root);
    }
  }
  return words;
}
