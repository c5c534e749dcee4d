// Kernels as compute pipelines, each compiled once.

import { JitExecError } from '../../errors.ts';
import type { BufferUse, Kernel } from '../device.ts';
import { COMPUTE_STAGE } from './constants.ts';
import { guarded } from './faults.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #made = new Map<string, Promise<Pipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get(kernel: Omit<Kernel, 'host'>): Promise<Pipeline> {
    let made = this.#made.get(kernel.wgsl);
    if (made === undefined) {
      made = this.#make(kernel);
      this.#made.set(kernel.wgsl, made);
      made.catch(() => this.#made.delete(kernel.wgsl));
    }
    return made;
  }

  async #make({ name, wgsl, buffers }: Omit<Kernel, 'host'>): Promise<Pipeline> {
    const layout = this.#layout(buffers);
    const { value, fault } = guarded(this.#device, `kernel ${name}`, () => {
      const module = this.#device.createShaderModule({ label: name, code: wgsl });
      return this.#device.createComputePipelineAsync({
        label: name,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module },
      });
    });
    const [made, error] = await Promise.all([value.catch((cause: unknown) => cause), fault]);
    if (error !== undefined) throw error;
    if (!(made instanceof Error) && made !== undefined) return { pipeline: made as GPUComputePipeline, layout };
    throw new JitExecError('GPU_INVALID', `gpu: kernel ${name} was refused: ${String(made)}`, { cause: made });
  }

  #layout(buffers: readonly BufferUse[]): GPUBindGroupLayout {
    const key = buffers.join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      const entry = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({
        binding,
        visibility: COMPUTE_STAGE,
        buffer: { type },
      });
      const storage = buffers.map((use, i) => entry(i + 1, use === 'read' ? 'read-only-storage' : 'storage'));
      layout = this.#device.createBindGroupLayout({ label: key, entries: [entry(0, 'uniform'), ...storage] });
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}
