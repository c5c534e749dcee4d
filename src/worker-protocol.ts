// What runInWorker and its thread say to each other.

import type { ErrorCode } from '../runtime/errors.ts';
import { INTERRUPT } from '../runtime/layout.ts';
import type { GuestRunOptions, PortableGuest } from './prepare.ts';
import type { RunData } from './result.ts';
import type { TracedChunk, TraceOptions } from './verbs/trace.ts';

/** Of the words that both share: how many chunks were taken. */
export const TAKEN: number = INTERRUPT.own;

export interface ToThread {
  readonly guest: PortableGuest;
  readonly options: GuestRunOptions & {
    readonly layout?: TraceOptions['layout'];
    readonly chunkEntries?: TraceOptions['chunkEntries'];
  };
  readonly words: Int32Array;
  /** What is to be sent besides the result. */
  readonly wants: { readonly stdout: boolean; readonly stderr: boolean; readonly chunks: boolean };
}

export type FromThread =
  | { readonly kind: 'stdout' | 'stderr'; readonly bytes: Uint8Array }
  | { readonly kind: 'chunk'; readonly chunk: TracedChunk }
  | { readonly kind: 'done'; readonly result: RunData }
  /** Without a code it is a bug. */
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string };
