// Errors on their way from thread to thread.

import { type ErrorCode, JitExecError } from '../../../runtime/errors.ts';

export interface SentError {
  readonly code: ErrorCode | undefined;
  /** Of the operating system: ENOSPC, … */
  readonly system: string | undefined;
  readonly message: string;
  readonly stack: string | undefined;
}

/** What an operating system says that will not write. */
const REFUSALS: readonly string[] = [
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOENT',
  'EMFILE',
];

export function sentError(error: unknown): SentError {
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (error instanceof JitExecError) return { code: error.code, system: undefined, message, stack: undefined };
  const system = code !== undefined && REFUSALS.includes(code) ? code : undefined;
  return { code: undefined, system, message: String(message ?? error), stack };
}

export function receivedError({ code, system, message, stack }: SentError): Error {
  if (code !== undefined) return new JitExecError(code, message);
  if (system !== undefined) return new JitExecError('FILE_UNWRITABLE', `cannot write the trace: ${message}`);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
