// A device of WebGPU whose binding lives in a thread of its own: one thread a process, however many devices.

import { Worker } from 'node:worker_threads';
import { JitExecError } from '../errors.ts';
import type { Device, DeviceBuffer, DeviceInfo, DeviceReport, Kernel, RunOptions, Step, WordArray } from './device.ts';
import type { OpenOptions } from './open-options.ts';
import { Permit } from './permit.ts';
import type { CallName, FromOwner, OwnerCalls, OwnerData, OwnerError, Request, SentStep, ToOwner } from './protocol.ts';
import { checkKernel, checkSteps } from './steps.ts';
import { useSwiftShader } from './swiftshader.node.ts';

export const OWNER_THREAD: URL = new URL('./webgpu-thread.node.js', import.meta.url);

const received = ({ code, message }: OwnerError): Error =>
  code === undefined ? new Error(message) : new JitExecError(code, message);

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** How long the end of the process waits for work on a device; drivers let no kernel run longer. */
const QUIT_MILLISECONDS = 10_000;

/** The thread that owns the binding, as others see it. */
class Owner {
  readonly #worker: Worker;
  readonly #quiet = new Int32Array(new SharedArrayBuffer(4));
  readonly #pending = new Map<number, Pending>();
  readonly #kernels = new WeakMap<Kernel, number>();
  readonly #lost = new Map<number, (error: Error) => void>();
  #nextId = 0;
  #nextKernel = 0;
  #dead: Error | undefined;

  constructor(script: URL) {
    // A script on the command line has a flag that a thread's file may not have.
    this.#worker = new Worker(script, {
      execArgv: process.execArgv.filter(flag => !/^--input-type/.test(flag)),
      workerData: { quiet: this.#quiet } satisfies OwnerData,
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromOwner) => this.#hear(message));
    this.#worker.on('error', error => this.#die(error));
    process.on('exit', () => this.#quit());
    this.#worker.on('exit', () => this.#die(new JitExecError('GPU_LOST', 'gpu: the thread of the device has ended')));
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  call<Name extends CallName>(
    call: Name,
    takes: OwnerCalls[Name]['takes'],
    signal?: AbortSignal,
  ): Promise<OwnerCalls[Name]['gives']> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    const answer = new Promise<OwnerCalls[Name]['gives']>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    this.#worker.ref(); // who waits keeps the process
    this.#send({ id, call, takes } as Request);
    if (signal === undefined) return answer;
    const abort = (): void => this.#send({ call: 'abort', id });
    signal.addEventListener('abort', abort, { once: true });
    return answer.finally(() => signal.removeEventListener('abort', abort));
  }

  /** A kernel's text travels once. */
  numberOf(kernel: Kernel): number {
    let number = this.#kernels.get(kernel);
    if (number === undefined) {
      number = this.#nextKernel++;
      this.#kernels.set(kernel, number);
      const { host: _, ...sent } = kernel;
      this.#send({ call: 'kernel', number, kernel: sent });
    }
    return number;
  }

  onLost(device: number, hear: (error: Error) => void): void {
    this.#lost.set(device, hear);
  }

  /** A thread that ends with work on its device aborts the process: it must be done with it before. */
  #quit(): void {
    if (this.#dead !== undefined) return;
    this.#send({ call: 'quit' });
    Atomics.wait(this.#quiet, 0, 0, QUIT_MILLISECONDS);
  }

  #send(message: ToOwner): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromOwner): void {
    if ('lost' in message) {
      this.#lost.get(message.lost)?.(received(message.error));
      this.#lost.delete(message.lost);
      return;
    }
    const pending = this.#pending.get(message.id)!;
    this.#pending.delete(message.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ('error' in message) pending.reject(received(message.error));
    else pending.resolve(message.gives as never);
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#dead);
    for (const hear of this.#lost.values()) hear(this.#dead);
    this.#pending.clear();
    this.#lost.clear();
  }
}

/** By script; one, but for tests that run from sources. */
const owners = new Map<string, Owner>();

function ownerOf(script: URL): Owner {
  let owner = owners.get(script.href);
  if (owner === undefined || owner.isDead) {
    owner = new Owner(script);
    owners.set(script.href, owner);
  }
  return owner;
}

/** Opens an adapter; its thread is started with the first. */
export async function openGpu(options: OpenOptions = {}, script: URL = OWNER_THREAD): Promise<Device> {
  if (options.adapter !== undefined && /^swiftshader$/i.test(options.adapter)) useSwiftShader();
  const owner = ownerOf(script);
  const { device, info, memoryBytes } = await owner.call('open', { options });
  return new ThreadDevice(owner, device, info, memoryBytes);
}

/** Names of the adapters there are; SwiftShader's only where it was asked for. */
export function gpuNames(script: URL = OWNER_THREAD): Promise<readonly string[]> {
  return ownerOf(script).call('adapters', {});
}

class ThreadDevice implements Device {
  readonly info: DeviceInfo;
  readonly permit: Permit;
  readonly lost: Promise<Error>;
  readonly #owner: Owner;
  readonly #device: number;
  #lostError: Error | undefined;

  constructor(owner: Owner, device: number, info: DeviceInfo, memoryBytes: number) {
    this.#owner = owner;
    this.#device = device;
    this.info = info;
    this.permit = new Permit(memoryBytes);
    this.lost = new Promise(resolve => {
      owner.onLost(device, error => {
        this.#lostError = error;
        resolve(error);
      });
    });
  }

  async prepare(kernels: readonly Kernel[]): Promise<void> {
    for (const kernel of kernels) checkKernel(kernel, this.info.limits);
    await this.#call('prepare', { kernels: kernels.map(kernel => this.#owner.numberOf(kernel)) });
  }

  allocate(bytes: number, label = 'a buffer'): Promise<DeviceBuffer> {
    return this.#call('allocate', { bytes, label });
  }

  release(buffer: DeviceBuffer): void {
    this.#call('release', { buffer }).catch(() => {}); // it went with its device
  }

  async run(steps: readonly Step[], { signal, profile = false }: RunOptions = {}): Promise<DeviceReport> {
    signal?.throwIfAborted();
    checkSteps(steps, this.info.limits);
    const copies: (() => void)[] = [];
    const takes = { steps: steps.map(step => this.#sent(step, copies)), profile };
    let report: DeviceReport;
    try {
      report = await this.#call('run', takes, signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    for (const copy of copies) copy();
    return report;
  }

  async trim(): Promise<void> {
    await this.#call('trim', {});
  }

  async close(): Promise<void> {
    await this.#call('close', {}).catch(() => {}); // with its thread it is closed, too
  }

  #call<Name extends CallName>(
    call: Name,
    takes: Omit<OwnerCalls[Name]['takes'], 'device'>,
    signal?: AbortSignal,
  ): Promise<OwnerCalls[Name]['gives']> {
    if (this.#lostError !== undefined) return Promise.reject(this.#lostError);
    return this.#owner.call(call, { ...takes, device: this.#device } as OwnerCalls[Name]['takes'], signal);
  }

  #sent(step: Step, copies: (() => void)[]): SentStep {
    if (step.kind === 'dispatch') return { ...step, kernel: this.#owner.numberOf(step.kernel) };
    if (step.kind === 'upload') return { ...step, from: shared(step.from) ?? copyOf(step.from) };
    if (step.kind !== 'download') return step;
    const to = shared(step.to) ?? copyOf(step.to);
    if (to !== step.to) copies.push(() => step.to.set(to));
    return { ...step, to };
  }
}

/** Words that both threads see, or undefined: of others a message would carry the whole of what they are a view on. */
const shared = (words: WordArray): WordArray | undefined =>
  words.buffer instanceof SharedArrayBuffer ? words : undefined;

function copyOf(words: WordArray): WordArray {
  const copy = new Uint32Array(new SharedArrayBuffer(words.byteLength));
  copy.set(words);
  return copy;
}
