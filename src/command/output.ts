// Synchronous, complete writing to file descriptors: what was written is out before the process may exit.

import { writeSync } from 'node:fs';

/** How long to wait for room in a pipe: longer each time. */
const FIRST_RETRY_MILLISECONDS = 1 / 64;
const LAST_RETRY_MILLISECONDS = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all of it, waiting where the descriptor is a full non-blocking pipe; gives up on the rest where `isStopped`.
 * Throws Node's error (EPIPE, ENOSPC, …).
 */
export function writeAll(descriptor: number, data: Uint8Array | string, isStopped: () => boolean = () => false): void {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  let wait = FIRST_RETRY_MILLISECONDS;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
      wait = FIRST_RETRY_MILLISECONDS;
    } catch (error) {
      if (!isCode(error, 'EAGAIN')) throw error;
      if (isStopped()) return;
      Atomics.wait(sleeper, 0, 0, wait);
      wait = Math.min(2 * wait, LAST_RETRY_MILLISECONDS);
    }
  }
}

/** Whether it is an error of the operating system with that code. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Control characters, and those that turn the direction of what follows: a terminal would obey them. */
const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

const shownAs = (character: string): string =>
  character === '\n' || character === '\t' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text that may hold names from files or the command line, as it can be shown: what a terminal would obey is escaped. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, shownAs);

/** One line of JSON, in which what a terminal would obey is escaped. */
export const jsonLine = (value: object): string => `${printable(JSON.stringify(value))}\n`;

/** Word 0 is nonzero where the guest's last output has not ended its line. */
let openLine: Int32Array | undefined;

/** From now on messages begin a line of their own, also behind a guest that says here that its line is open. */
export function watchLine(word: Int32Array): void {
  openLine = word;
}

/** Ends the guest's line where it is open; what follows on standard error begins a line. */
export function beginLine(): string {
  return openLine !== undefined && Atomics.exchange(openLine, 0, 0) !== 0 ? '\n' : '';
}

/** One message on standard error, in the command's name. A closed stderr must not change what the command does. */
export function complain(text: string): void {
  try {
    writeAll(2, `${beginLine()}jit-exec: ${printable(text)}\n`);
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
