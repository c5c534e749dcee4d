// What a thread that uses a GPU and the thread that owns it say to each other.

import type { ErrorCode } from '../errors.ts';
import type { DeviceBuffer, DeviceInfo, DeviceReport, DispatchStep, Kernel, Step } from './device.ts';
import type { OpenOptions } from './open-options.ts';

export type SentKernel = Omit<Kernel, 'host'>;

/** A step without functions; kernels by the number under which they were sent. */
export type SentStep = Exclude<Step, DispatchStep> | (Omit<DispatchStep, 'kernel'> & { readonly kernel: number });

/** Each call with what it takes and what it gives. */
export interface OwnerCalls {
  adapters: { takes: Record<never, never>; gives: readonly string[] };
  open: { takes: { options: OpenOptions }; gives: { device: number; info: DeviceInfo; memoryBytes: number } };
  prepare: { takes: { device: number; kernels: readonly number[] }; gives: undefined };
  allocate: { takes: { device: number; bytes: number; label: string }; gives: DeviceBuffer };
  release: { takes: { device: number; buffer: DeviceBuffer }; gives: undefined };
  run: { takes: { device: number; steps: readonly SentStep[]; profile: boolean }; gives: DeviceReport };
  trim: { takes: { device: number }; gives: undefined };
  close: { takes: { device: number }; gives: undefined };
}

export type CallName = keyof OwnerCalls;

export type Request = {
  [Name in CallName]: { readonly id: number; readonly call: Name; readonly takes: OwnerCalls[Name]['takes'] };
}[CallName];

export type ToOwner =
  | Request
  | { readonly call: 'kernel'; readonly number: number; readonly kernel: SentKernel }
  | { readonly call: 'abort'; readonly id: number }
  | { readonly call: 'quit' };

/** What the owner's thread is started with. */
export interface OwnerData {
  /** Becomes 1 when the owner holds no device any more. */
  readonly quiet: Int32Array;
}

export interface OwnerError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
}

export type FromOwner =
  | { readonly id: number; readonly gives: unknown }
  | { readonly id: number; readonly error: OwnerError }
  | { readonly lost: number; readonly error: OwnerError };
