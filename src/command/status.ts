// Exit statuses of the command: a guest's own code, sysexits(3) for ours, 124 as timeout(1), 128 + signal.

import type { ErrorCode } from '../../runtime/errors.ts';
import type { Exit } from '../../runtime/exit.ts';

export const STATUS = {
  bug: 70,
  ioError: 74,
  fault: 75,
  unsupported: 76,
  infeasible: 77,
  limit: 124,
  interrupted: 130,
  closed: 141,
} as const;

/** The command ends without a result, which is nobody's mistake. */
export class Ended extends Error {
  readonly kind: 'limit' | 'interrupted';

  constructor(kind: 'limit' | 'interrupted', message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Codes of JSON errors besides those of JitExecError. */
export const OTHER_CODES = { limit: 'LIMIT', interrupted: 'INTERRUPTED', ioError: 'IO_FAILED', bug: 'BUG' } as const;

export const STATUS_OF_ERROR: Readonly<Record<ErrorCode, number>> = {
  USAGE: 64,
  PROFILE_INVALID: 65,
  PLAN_INVALID: 65,
  PLAN_INFEASIBLE: STATUS.infeasible,
  STORE_INVALID: 65,
  NOT_CLOSED: 65,
  ELF_INVALID: 65,
  ELF_UNSUPPORTED: STATUS.unsupported,
  INPUT_INVALID: 65,
  FILE_UNREADABLE: 66,
  FILE_UNWRITABLE: STATUS.ioError,
  TRACE_INVALID: 65,
  PROOF_INVALID: 65,
  ENVIRONMENT: STATUS.unsupported,
  GPU_PACKAGE: STATUS.unsupported,
  GPU_DRIVER: STATUS.unsupported,
  GPU_LIMITS: STATUS.unsupported,
  GPU_MEMORY: STATUS.unsupported,
  GPU_INVALID: STATUS.bug,
  GPU_LOST: STATUS.unsupported,
  QUEUE_PACKAGE: STATUS.unsupported,
  QUEUE_UNAVAILABLE: STATUS.ioError,
};

/** A halted guest gives the low 8 bits of its code, or 1 where these are 0 and the code is not. */
export function statusOf(exit: Exit): number {
  if (exit.kind !== 'halted') return STATUS[exit.kind];
  return exit.code & 0xff || (exit.code === 0 ? 0 : 1);
}
