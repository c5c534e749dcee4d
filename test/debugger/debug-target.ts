// A guest under a debugger, for tests.

import type { CheckpointLimits } from '../../src/debugger/checkpoints.ts';
import { DebugTarget } from '../../src/debugger/target.ts';
import { WatchObserver } from '../../src/debugger/watch-observer.ts';
import type { Executor } from '../../src/engine/executor.ts';
import { type ExecuteOptions, executionOf, guestOf } from '../../src/verbs/execute.ts';

export interface Debugged {
  readonly target: DebugTarget;
  /** Says who takes what the guest writes. */
  readonly tell: (sink: (bytes: Uint8Array) => void) => void;
}

export function debugTarget(
  program: Uint8Array,
  options: ExecuteOptions = {},
  limits: Partial<CheckpointLimits> = {},
  input: Uint8Array = new Uint8Array(),
): Debugged {
  const guest = guestOf(program, options);
  let sink: (bytes: Uint8Array) => void = () => undefined;
  const write = (bytes: Uint8Array): void => sink(bytes);
  const target = new DebugTarget(told => {
    const observe = {
      needs: {},
      make: (memory: ConstructorParameters<typeof WatchObserver>[0]) => {
        const observer = new WatchObserver(memory);
        told(observer);
        return observer;
      },
    };
    let read = 0;
    const stdin = (max: number): Uint8Array => {
      read += max;
      return input.subarray(read - max, read);
    };
    const given = {
      ...options,
      engine: 'interpreter',
      stdin,
      stdout: write,
      stderr: write,
      countMemory: true,
    } as const;
    const saveInput = (): (() => void) => {
      const at = read;
      return () => {
        read = at;
      };
    };
    return { executor: executionOf(guest, given, observe) as Executor, saveInput };
  }, limits);
  return {
    target,
    tell(to) {
      sink = to;
    },
  };
}
