// What a WebGPU device says that went wrong, as errors with codes. WebGPU never throws for it: errors arrive in scopes.

import { type ErrorCode, JitExecError } from '../../errors.ts';

const SCOPES = ['out-of-memory', 'validation', 'internal'] as const;
type Scope = (typeof SCOPES)[number];

const CODE: Readonly<Record<Scope, ErrorCode>> = {
  'out-of-memory': 'GPU_MEMORY',
  validation: 'GPU_INVALID',
  internal: 'GPU_INVALID',
};

const ADVICE: Readonly<Record<Scope, string>> = {
  'out-of-memory': 'use smaller shards or fewer at a time',
  validation: 'this is a bug in jit-exec, please report it',
  internal: 'the driver failed; try another version of it',
};

function faultOf(scope: Scope, what: string, error: { readonly message: string }): JitExecError {
  const firstLine = error.message.trim().split('\n')[0]!;
  return new JitExecError(CODE[scope], `gpu: ${what}: ${firstLine} (${ADVICE[scope]})`, { cause: error });
}

/**
 * Makes the calls of `work`, which must not wait in between because scopes are a stack of the device; resolves with the
 * first error that they caused.
 */
export function guarded<T>(
  device: GPUDevice,
  what: string,
  work: () => T,
): { readonly value: T; readonly fault: Promise<JitExecError | undefined> } {
  for (const scope of SCOPES) device.pushErrorScope(scope);
  try {
    const value = work();
    return { value, fault: pop(device, what) };
  } catch (error) {
    pop(device, what);
    throw error;
  }
}

async function pop(device: GPUDevice, what: string): Promise<JitExecError | undefined> {
  const popped = [...SCOPES].reverse().map(async scope => {
    // A device that is lost has no scopes any more; whoever waits hears of that from `lost`.
    const error = await device.popErrorScope().catch(() => null);
    return error === null ? undefined : faultOf(scope, what, error);
  });
  return (await Promise.all(popped)).find(fault => fault !== undefined);
}

export const lostError = (reason: string, message: string): JitExecError =>
  reason === 'destroyed'
    ? new JitExecError('GPU_LOST', 'gpu: the device was closed')
    : new JitExecError(
        'GPU_LOST',
        `gpu: the device was lost: ${message.trim()} (restart; see the system's log for the driver)`,
      );
