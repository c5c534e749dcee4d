/// <reference types="@webgpu/types" />
// The browser's own WebGPU as a device, in the page or in a worker of it.

import { JitExecError } from '../errors.ts';
import type { Device } from './device.ts';
import type { OpenOptions } from './open-options.ts';
import { infoOf, openAdapter } from './webgpu/adapter.ts';

const refused = (text: string): JitExecError => new JitExecError('GPU_DRIVER', `gpu: ${text}`);

/** What of `navigator` and of the scope around it is asked. A program's compiler need not know the types of WebGPU. */
export interface PageScope {
  readonly navigator?:
    | {
        readonly gpu?:
          | { requestAdapter(options?: { powerPreference?: 'high-performance' }): Promise<object | null> }
          | undefined;
      }
    | undefined;
  readonly isSecureContext?: boolean | undefined;
}

/**
 * Opens the adapter that the browser prefers. One that the processor computes is taken only where `adapter` is part of its
 * name. Rejects with GPU_DRIVER or GPU_LIMITS, which say what is missing.
 */
export async function openPageGpu(
  options: Omit<OpenOptions, 'toggles'> = {},
  scope: PageScope = globalThis as PageScope,
): Promise<Device> {
  const gpu = scope.navigator?.gpu;
  if (gpu === undefined) {
    throw refused(
      scope.isSecureContext === false
        ? 'a page has WebGPU only over https, from localhost or from a file'
        : 'this browser has no WebGPU, or it is switched off',
    );
  }
  const adapter = (await gpu.requestAdapter({ powerPreference: 'high-performance' })) as GPUAdapter | null;
  if (adapter === null)
    throw refused('the browser offers no adapter: its page about GPUs says which drivers it refuses');
  const { adapter: name } = infoOf(adapter);
  if (options.adapter !== undefined && !name.toLowerCase().includes(options.adapter.toLowerCase()))
    throw refused(`no adapter ${JSON.stringify(options.adapter)}; the browser offers ${name}`);
  return openAdapter(adapter, options);
}
