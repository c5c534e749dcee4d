// The thread that owns Dawn's binding and every device. It has a thread of its own because Dawn polls, with a whole
// core, while a promise of it is pending.

import { parentPort, workerData } from 'node:worker_threads';
import { assert, JitExecError } from '../errors.ts';
import { adapterNames, requestAdapter } from './dawn.node.ts';
import type { Kernel, Step } from './device.ts';
import type { CallName, FromOwner, OwnerCalls, OwnerData, OwnerError, Request, SentStep, ToOwner } from './protocol.ts';
import { openAdapter } from './webgpu/adapter.ts';
import type { WebGpuDevice } from './webgpu/webgpu-device.ts';

const port = parentPort!;
const kernels = new Map<number, Kernel>();
const devices = new Map<number, WebGpuDevice>();
const running = new Map<number, AbortController>();
const answering = new Set<Promise<void>>();
let nextDevice = 0;

const send = (message: FromOwner): void => port.postMessage(message);

function sent(error: unknown): OwnerError {
  if (error instanceof JitExecError) return { code: error.code, message: error.message };
  return { code: undefined, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function deviceOf(id: number): WebGpuDevice {
  const device = devices.get(id);
  if (device === undefined) throw new JitExecError('GPU_LOST', 'gpu: the device was closed');
  return device;
}

function kernelOf(number: number): Kernel {
  const kernel = kernels.get(number);
  assert(kernel !== undefined, `kernel ${number} was not sent`);
  return kernel;
}

const received = (step: SentStep): Step =>
  step.kind === 'dispatch' ? { ...step, kernel: kernelOf(step.kernel) } : step;

const ANSWERS: {
  [Name in CallName]: (takes: OwnerCalls[Name]['takes'], id: number) => Promise<OwnerCalls[Name]['gives']>;
} = {
  adapters: () => adapterNames(),
  async open({ options }) {
    const device = await openAdapter(await requestAdapter(options), options);
    const id = nextDevice++;
    devices.set(id, device);
    void device.lost.then(error => {
      devices.delete(id);
      send({ lost: id, error: sent(error) });
    });
    return { device: id, info: device.info, memoryBytes: device.permit.total };
  },
  async prepare({ device, kernels }) {
    await deviceOf(device).prepare(kernels.map(kernelOf));
    return undefined;
  },
  allocate: async ({ device, bytes, label }) => deviceOf(device).allocate(bytes, label),
  async release({ device, buffer }) {
    devices.get(device)?.release(buffer);
    return undefined;
  },
  async run({ device, steps, profile }, id) {
    const controller = new AbortController();
    running.set(id, controller);
    try {
      return await deviceOf(device).run(steps.map(received), { profile, signal: controller.signal });
    } finally {
      running.delete(id);
    }
  },
  async trim({ device }) {
    await deviceOf(device).trim();
    return undefined;
  },
  async close({ device }) {
    await devices.get(device)?.close();
    return undefined;
  },
};

/** Promises of Dawn that are pending when the thread ends abort the process. */
async function quit(): Promise<void> {
  for (const device of devices.values()) await device.close();
  await Promise.allSettled(answering);
  const { quiet } = workerData as OwnerData;
  Atomics.store(quiet, 0, 1);
  Atomics.notify(quiet, 0);
}

async function answer({ id, call, takes }: Request): Promise<void> {
  try {
    send({ id, gives: await ANSWERS[call](takes as never, id) });
  } catch (error) {
    send({ id, error: sent(error) });
  }
}

port.on('message', (message: ToOwner) => {
  switch (message.call) {
    case 'kernel': {
      const host = (): void => assert(false, 'a GPU was asked for the function of the host');
      kernels.set(message.number, { ...message.kernel, host });
      break;
    }
    case 'abort':
      running.get(message.id)?.abort();
      break;
    case 'quit':
      void quit();
      break;
    default: {
      const answered = answer(message).finally(() => answering.delete(answered));
      answering.add(answered);
    }
  }
});
