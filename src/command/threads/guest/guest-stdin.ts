// The guest's standard input. The worker asks and sleeps; the main thread reads, so that a guest that waits for a
// terminal or a pipe can still be interrupted (a thread blocked in read(2) could not even be terminated).

import { INTERRUPT } from '../../../../runtime/layout.ts';

const CHUNK_BYTES = 65_536;
const HEADER_BYTES = 8;
/** Words of the header: a nonzero state says that an answer is there, length is its size; 0 at the end of input. */
const STATE = 0;
const LENGTH = 1;
/** How often a waiting guest looks for an interrupt. */
const POLL_MILLISECONDS = 50;

export function makeStdinBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_BYTES + CHUNK_BYTES);
}

/** Main thread: answers one request of the worker with what stdin has next. */
export async function answerStdin(buffer: SharedArrayBuffer): Promise<void> {
  const chunk = await nextChunk();
  new Uint8Array(buffer, HEADER_BYTES).set(chunk);
  const header = new Int32Array(buffer, 0, 2);
  header[LENGTH] = chunk.length;
  Atomics.store(header, STATE, 1);
  Atomics.notify(header, STATE);
}

/** At most CHUNK_BYTES; none at the end. A stdin that cannot be read (closed by the parent) is at its end. */
function nextChunk(): Promise<Uint8Array> {
  const { stdin } = process;
  return new Promise(resolve => {
    const finish = (chunk: Uint8Array): void => {
      for (const event of ['readable', 'end', 'error', 'close']) stdin.off(event, attempt);
      resolve(chunk);
    };
    const attempt = (): void => {
      const wanted = Math.min(stdin.readableLength, CHUNK_BYTES);
      const chunk: Uint8Array | null = wanted > 0 ? stdin.read(wanted) : stdin.read();
      if (chunk) finish(chunk);
      else if (stdin.readableEnded || stdin.destroyed || stdin.errored) finish(new Uint8Array());
    };
    for (const event of ['readable', 'end', 'error', 'close']) stdin.on(event, attempt);
    attempt();
  });
}

/** Worker: a reader of at most `max` bytes; gives none at the end of input, and when interrupted. */
export function stdinReader(
  buffer: SharedArrayBuffer,
  interrupt: Int32Array,
  request: () => void,
): (max: number) => Uint8Array {
  const header = new Int32Array(buffer, 0, 2);
  let rest: Uint8Array = new Uint8Array();
  let ended = false;
  return max => {
    if (rest.length === 0 && !ended && max > 0) {
      Atomics.store(header, STATE, 0);
      request();
      while (Atomics.wait(header, STATE, 0, POLL_MILLISECONDS) === 'timed-out') {
        if (Atomics.load(interrupt, INTERRUPT.stop) !== 0) return rest;
      }
      rest = new Uint8Array(buffer, HEADER_BYTES, header[LENGTH]).slice();
      ended = rest.length === 0;
    }
    const bytes = rest.subarray(0, max);
    rest = rest.subarray(bytes.length);
    return bytes;
  };
}
