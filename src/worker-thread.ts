// The thread of runInWorker, in Node or a page.

import { JitExecError } from '../runtime/errors.ts';
import { INTERRUPT } from '../runtime/layout.ts';
import { type GuestRunOptions, prepare } from './prepare.ts';
import type { RunResult } from './result.ts';
import type { TracedChunk } from './verbs/trace.ts';
import { type FromThread, TAKEN, type ToThread } from './worker-protocol.ts';

/** Chunks on their way at a time. */
const MOST_CHUNKS = 4;
/** How often a waiting guest looks whether it is stopped. */
const POLL_MILLISECONDS = 50;

interface Port {
  postMessage(message: FromThread): void;
  once?(event: 'message', listener: (message: ToThread) => void): void;
  onmessage?: ((event: { readonly data: ToThread }) => void) | null;
}

type Threads = { readonly parentPort: Port | null };
type Host = { process?: { getBuiltinModule?: (name: string) => Threads | undefined } };

const port: Port =
  (globalThis as Host).process?.getBuiltinModule?.('node:worker_threads')?.parentPort ??
  (globalThis as unknown as Port);

function run({ guest, options, words, wants }: ToThread): RunResult {
  const sink = (kind: 'stdout' | 'stderr') => (bytes: Uint8Array) => port.postMessage({ kind, bytes: bytes.slice() });
  const all: GuestRunOptions = {
    ...options,
    interrupt: words,
    ...(wants.stdout ? { stdout: sink('stdout') } : {}),
    ...(wants.stderr ? { stderr: sink('stderr') } : {}),
  };
  const prepared = prepare(guest);
  if (!wants.chunks) return prepared.run(all);
  let sent = 0;
  const onChunk = (chunk: TracedChunk): void => {
    for (let taken = Atomics.load(words, TAKEN); sent - taken >= MOST_CHUNKS; ) {
      if (Atomics.load(words, INTERRUPT.stop) !== 0) return;
      Atomics.wait(words, TAKEN, taken, POLL_MILLISECONDS);
      taken = Atomics.load(words, TAKEN);
    }
    port.postMessage({ kind: 'chunk', chunk: { ...chunk, raw: chunk.raw.slice() } });
    sent++;
  };
  return prepared.trace({ ...all, onChunk });
}

function answer(request: ToThread): void {
  try {
    port.postMessage({ kind: 'done', result: run(request) });
  } catch (error) {
    const code = error instanceof JitExecError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ kind: 'error', code, message });
  }
}

if (port.once === undefined) port.onmessage = ({ data }) => answer(data);
else port.once('message', answer);
