// The thread of the library's pipeline that the guest runs in.

import { parentPort, workerData } from 'node:worker_threads';
import { Bell } from '../../../../../runtime/trace/bell.ts';
import { type SentError, sentError } from '../../../../tracegen/threads/sent-error.ts';
import type { TraceData } from '../../../../verbs/trace.ts';
import { type GuestOptions, runIntoPipeline } from './guest.node.ts';
import type { FromGuest } from './protocol.ts';

export interface GuestThreadData {
  readonly bytes: Uint8Array;
  readonly options: Omit<GuestOptions, 'stdin' | 'stdout' | 'stderr'>;
  readonly bell: SharedArrayBuffer;
}

export type FromGuestThread =
  | FromGuest
  | { readonly kind: 'output'; readonly to: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly kind: 'done'; readonly result: TraceData }
  | { readonly kind: 'failed'; readonly error: SentError };

const post = (message: FromGuestThread): void => parentPort!.postMessage(message);

function main({ bytes, options, bell }: GuestThreadData): void {
  const output = (to: 'stdout' | 'stderr') => (data: Uint8Array) => post({ kind: 'output', to, bytes: data.slice() });
  const all = { ...options, stdout: output('stdout'), stderr: output('stderr') };
  try {
    const result = runIntoPipeline(bytes, all, new Bell(bell), (message, transfer = []) => {
      parentPort!.postMessage(message, transfer);
    });
    post({ kind: 'done', result });
  } catch (error) {
    post({ kind: 'failed', error: sentError(error) });
  }
}

main(workerData as GuestThreadData);
