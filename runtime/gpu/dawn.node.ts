// Dawn through the package `webgpu`, which is loaded only when a GPU is asked for.

import { JitExecError } from '../errors.ts';
import type { OpenOptions } from './open-options.ts';
import { driverTrouble } from './vulkan.node.ts';

/** The release of the package whose binding loads with libstdc++ of GCC 12 (Debian 12); 0.5.0 to 0.6.1 do not. */
export const WEBGPU_VERSION = '0.6.2';

interface Binding {
  readonly create: (flags: readonly string[]) => GPU;
  readonly globals: object;
}

/**
 * What `create` gave, by flags, for the life of the process: where one of them is collected while a device of it lives,
 * or even after that was destroyed, the process dies (SIGSEGV or SIGABRT).
 */
const PINNED: Map<string, GPU> = new Map();
(globalThis as { [key: symbol]: unknown })[Symbol.for('jit-exec.webgpu')] = PINNED;

/** Timestamps by the nanosecond: they are ours, and no page reads them. */
const DISABLED = ['timestamp_quantization'];

function toggleFlags({ enable = [], disable = [] }: NonNullable<OpenOptions['toggles']> = {}): string[] {
  const enabled = enable.length > 0 ? [`enable-dawn-features=${enable.join(',')}`] : [];
  return [...enabled, `disable-dawn-features=${[...DISABLED, ...disable].join(',')}`];
}

async function load(): Promise<Binding> {
  try {
    const binding = (await import('webgpu')) as unknown as Binding;
    Object.assign(globalThis, binding.globals);
    return binding;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const missing = code === 'ERR_MODULE_NOT_FOUND' && /'webgpu'/.test(message);
    const text = missing
      ? `the package webgpu is not installed; npm install webgpu@${WEBGPU_VERSION}`
      : `the package webgpu does not load (${message.split('\n')[0]}); npm install webgpu@${WEBGPU_VERSION}`;
    throw new JitExecError('GPU_PACKAGE', `gpu: ${text}`, { cause });
  }
}

async function gpuFor(flags: readonly string[]): Promise<GPU> {
  const key = flags.join('\n');
  let gpu = PINNED.get(key);
  if (gpu === undefined) {
    gpu = (await load()).create(flags);
    PINNED.set(key, gpu);
  }
  return gpu;
}

/** No adapter has it; Dawn lists those that it has only to say that one is not there. */
const NO_ADAPTER = 'adapter=\u2205';

/** Names of adapters; of those that Dawn refuses it only says so on stderr. */
export async function adapterNames(): Promise<readonly string[]> {
  const gpu = await gpuFor([NO_ADAPTER]);
  try {
    await gpu.requestAdapter();
    return [];
  } catch (error) {
    const listed = [...String(error).matchAll(/backend: '([^']*)', name: '([^']*)'/g)];
    return listed.filter(([, backend]) => backend !== 'null').map(([, , name]) => name!);
  }
}

/** An adapter by part of its name, or the one that Dawn prefers. */
export async function requestAdapter({ adapter: wanted, toggles }: OpenOptions): Promise<GPUAdapter> {
  const flags = toggleFlags(toggles);
  if (wanted !== undefined) {
    const names = await adapterNames();
    const name = names.find(one => one.toLowerCase().includes(wanted.toLowerCase()));
    if (name === undefined && names.length > 0) {
      throw new JitExecError('GPU_DRIVER', `gpu: no adapter ${JSON.stringify(wanted)}; there is ${names.join(', ')}`);
    }
    if (name !== undefined) flags.push(`adapter=${name}`);
  }
  const adapter = await (await gpuFor(flags)).requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new JitExecError('GPU_DRIVER', `gpu: ${driverTrouble()}`);
  return adapter;
}
