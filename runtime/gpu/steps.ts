// What every device expects of steps; a step that breaks it is our own mistake, except where an adapter is too small.

import { assert, JitExecError } from '../errors.ts';
import {
  type BufferRange,
  type DeviceLimitName,
  type DeviceLimits,
  IMMEDIATES,
  type Kernel,
  type Step,
} from './device.ts';

export function checkRange({ buffer, offset, bytes }: BufferRange): void {
  assert(offset % 4 === 0 && bytes % 4 === 0, `a range of ${bytes} bytes at ${offset} is not of whole words`);
  assert(offset >= 0 && bytes >= 0 && offset + bytes <= buffer.bytes, `a range ends beyond ${buffer.bytes} bytes`);
}

/** A limit of the adapter that something exceeds. */
export function tooLittle(what: string, limit: DeviceLimitName, needed: number, limits: DeviceLimits): JitExecError {
  const text = `gpu: ${what} needs ${limit} ${needed}, the adapter offers ${limits[limit]}`;
  return new JitExecError('GPU_LIMITS', `${text}; choose another adapter (--gpu-adapter) or do without (--gpu off)`);
}

export function checkKernel({ name, buffers, workgroup }: Kernel, limits: DeviceLimits): void {
  const needs = [
    ['maxStorageBuffersPerShaderStage', buffers.length],
    ['maxComputeInvocationsPerWorkgroup', workgroup],
  ] as const;
  for (const [limit, needed] of needs) {
    if (needed > limits[limit]) throw tooLittle(`kernel ${name}`, limit, needed, limits);
  }
}

export function checkSteps(steps: readonly Step[], limits: DeviceLimits): void {
  for (const step of steps) {
    switch (step.kind) {
      case 'upload':
        checkRange(step.to);
        assert(step.from.byteLength === step.to.bytes, `${step.from.byteLength} bytes for a range of ${step.to.bytes}`);
        break;
      case 'download':
        checkRange(step.from);
        assert(step.to.byteLength === step.from.bytes, `${step.from.bytes} bytes into ${step.to.byteLength}`);
        break;
      case 'clear':
        checkRange(step.range);
        break;
      case 'copy':
        checkRange(step.from);
        checkRange(step.to);
        assert(step.from.bytes === step.to.bytes, 'a copy between ranges of different lengths');
        break;
      case 'dispatch':
        checkDispatch(step, limits);
    }
  }
}

function checkDispatch(step: Step & { kind: 'dispatch' }, limits: DeviceLimits): void {
  const { kernel, buffers, threads, immediates = [] } = step;
  checkKernel(kernel, limits);
  assert(buffers.length === kernel.buffers.length, `kernel ${kernel.name} takes ${kernel.buffers.length} buffers`);
  assert(immediates.length <= IMMEDIATES, `kernel ${kernel.name} is given ${immediates.length} immediates`);
  assert(Number.isInteger(threads) && threads >= 0 && threads < 2 ** 32, `${threads} threads`);
  for (const range of buffers) {
    checkRange(range);
    assert(range.offset % limits.minStorageBufferOffsetAlignment === 0, `a binding at ${range.offset} is not aligned`);
    if (range.bytes > limits.maxStorageBufferBindingSize) {
      throw tooLittle(`kernel ${kernel.name}`, 'maxStorageBufferBindingSize', range.bytes, limits);
    }
  }
  const groups = Math.ceil(threads / kernel.workgroup);
  const across = limits.maxComputeWorkgroupsPerDimension;
  if (groups > across * across) {
    throw tooLittle(`kernel ${kernel.name}`, 'maxComputeWorkgroupsPerDimension', Math.ceil(Math.sqrt(groups)), limits);
  }
}
