// Computes lists of a prover's calls on a device, for the thread that proves.

import { laneFormOf } from '../../../../codegen/wgsl/lanes.ts';
import type { Device } from '../../../../runtime/gpu/device.ts';
import type { DeviceServiceOptions } from '../../../tracegen/device/service.ts';
import { compressOnDevice, extendOnDevice, hashOnDevice } from './commitments.ts';
import { DeviceContext } from './context.ts';
import type { DeviceJob } from './jobs.ts';
import { type DeviceAir, deviceAir, quotientOnDevice } from './quotients.ts';
import { LIST, type ProverRequest } from './requests.ts';

export class ProverService {
  readonly #context: DeviceContext;
  readonly #options: DeviceServiceOptions;
  readonly #airs = new Map<number, DeviceAir>();
  #failed = false;

  constructor(device: Device, options: DeviceServiceOptions) {
    this.#context = new DeviceContext(device);
    this.#options = options;
  }

  /** Never rejects: what was not computed is told in the reply. */
  async serve(request: ProverRequest): Promise<void> {
    if (request.kind === 'know') {
      this.#airs.set(request.airId, deviceAir(request.key, laneFormOf(this.#context.device.info)));
      return;
    }
    const { memory, jobs, reply } = request;
    let isDone = false;
    try {
      if (!this.#failed) isDone = await this.#run(jobs, new Uint32Array(memory));
    } catch (error) {
      this.#failed = true;
      this.#options.onFailure(error as Error);
    } finally {
      Atomics.store(reply, 0, isDone ? LIST.done : LIST.left);
      Atomics.notify(reply, 0);
    }
  }

  /** Whether all of them are done. */
  async #run(jobs: readonly DeviceJob[], memory: Uint32Array): Promise<boolean> {
    for (const job of jobs) if (!(await this.#job(job, memory))) return false;
    return true;
  }

  #job(job: DeviceJob, memory: Uint32Array): Promise<boolean> {
    switch (job.kind) {
      case 'extend':
        return extendOnDevice(this.#context, job, memory);
      case 'hashRows':
        return hashOnDevice(this.#context, job, memory);
      case 'compress':
        return compressOnDevice(this.#context, job, memory);
      case 'quotient':
        return quotientOnDevice(this.#context, this.#airs.get(job.airId)!, job, memory);
    }
  }
}
