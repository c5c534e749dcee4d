// What a command that failed is answered: a message, a status and, where JSON was asked for, an object.

import { JitExecError } from '../../runtime/errors.ts';
import { wantsJson } from './arguments/environment.ts';
import { complain, isCode, jsonLine, writeAll } from './output.ts';
import { Ended, OTHER_CODES, STATUS, STATUS_OF_ERROR } from './status.ts';

/** Runs what the words ask for; gives the exit status, also of what it threw. */
export async function reported(argv: readonly string[], command: () => Promise<number> | number): Promise<number> {
  try {
    return await command();
  } catch (error) {
    const { status, code, message } = understood(error);
    if (message !== undefined) complain(message);
    if (code !== undefined && wantsJson(argv)) reportJson(code, message ?? '');
    return status;
  }
}

interface Understood {
  readonly status: number;
  readonly code?: string;
  /** Absent where there is nobody to be told. */
  readonly message?: string;
}

/** What went wrong, and the exit status for it. */
function understood(error: unknown): Understood {
  if (error instanceof JitExecError) {
    return { status: STATUS_OF_ERROR[error.code], code: error.code, message: error.message };
  }
  if (error instanceof Ended) {
    return { status: STATUS[error.kind], code: OTHER_CODES[error.kind], message: error.message };
  }
  if (isCode(error, 'EPIPE')) return { status: STATUS.closed };
  if (error instanceof Error && 'syscall' in error) {
    return { status: STATUS.ioError, code: OTHER_CODES.ioError, message: `input/output failed: ${error.message}` };
  }
  const stack = error instanceof Error ? error.stack : String(error);
  const message = `this is a bug in jit-exec, please report it\n${stack}`;
  return { status: STATUS.bug, code: OTHER_CODES.bug, message };
}

/** The object of `--json` where there is no result. */
function reportJson(code: string, message: string): void {
  try {
    writeAll(1, jsonLine({ schema: 1, error: { code, message } }));
  } catch {
    // Who asked for it does not read it.
  }
}
