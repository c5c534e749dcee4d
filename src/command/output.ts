// Synchronous, complete writing to file descriptors: what was written is out before the process may exit.

import { writeSync } from 'node:fs';

const RETRY_MILLISECONDS = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of it, waiting where the descriptor is a full non-blocking pipe. Throws Node's error (EPIPE, ENOSPC, …). */
export function writeAll(descriptor: number, data: Uint8Array | string): void {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (!isCode(error, 'EAGAIN')) throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_MILLISECONDS);
    }
  }
}

/** Whether it is an error of the operating system with that code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** One line on standard error, in the command's name. A closed stderr must not change what the command does. */
export function complain(text: string): void {
  try {
    writeAll(2, `jit-exec: ${text}\n`);
  } catch {}
}

const CHUNK_CHARACTERS = 65_536;

/** A writer of many small pieces to stdout; call flush at the end. */
export function bufferedStdout(): { readonly write: (text: string) => void; readonly flush: () => void } {
  let pieces: string[] = [];
  let length = 0;
  const flush = (): void => {
    writeAll(1, pieces.join(''));
    pieces = [];
    length = 0;
  };
  const write = (text: string): void => {
    pieces.push(text);
    length += text.length;
    if (length >= CHUNK_CHARACTERS) flush();
  };
  return { write, flush };
}
