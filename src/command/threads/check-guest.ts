// The thread that replays the chunks of a trace folder, checks them, and hands them to those who make the shards again.

import { parentPort, workerData } from 'node:worker_threads';
import { Bell } from '../../../runtime/trace/bell.ts';
import { loadGuest } from '../../machine/guest.ts';
import { ReplayedMemory } from '../../machine/sp1/check/replayed-memory.ts';
import type { Sp1Guest } from '../../machine/sp1/machine.ts';
import { replayIntoPipeline } from '../../machine/sp1/pipeline/threads/guest.node.ts';
import type { FromGuest, WorkerData } from '../../machine/sp1/pipeline/threads/protocol.ts';
import { TraceChecker } from '../../machine/sp1/replay/check.ts';
import { type SentError, sentError } from '../../tracegen/threads/sent-error.ts';
import { checkedChunks } from '../verbs/trace/check/chunk-check.ts';
import { checkIndexOf, type ReplayedTrace } from '../verbs/trace/check/index-check.ts';
import type { TraceIndex } from '../verbs/trace/trace-directory.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';

export interface CheckGuestData {
  readonly program: WorkerData['program'];
  readonly directory: string;
  readonly index: TraceIndex;
  readonly bell: SharedArrayBuffer;
  /** Of the ring. */
  readonly slots: number;
}

export type FromCheckGuest =
  | FromGuest
  | { readonly kind: 'replayed'; readonly trace: ReplayedTrace }
  | { readonly kind: 'failed'; readonly error: SentError };

function run({ program, directory, index, bell, slots }: CheckGuestData): void {
  const guest = loadGuest(program.bytes, program.name, 'sp1') as Sp1Guest;
  const checker = new TraceChecker(guest, index.chunkLayout, index.sp1Version);
  checker.memory!.hints = new Map();
  const replayed = {
    chunks: checkedChunks(directory, index, checker),
    mostEntries: Math.max(1, ...index.chunks.map(({ memReads }) => memReads)),
    slots,
    ended() {
      const trace = checkIndexOf(directory, index, guest, checker);
      parentPort!.postMessage({ kind: 'replayed', trace } satisfies FromCheckGuest);
      const { clk, exitCode } = checker.end!;
      return exitCode === undefined ? undefined : { clk, memory: new ReplayedMemory(checker.memory!) };
    },
  };
  replayIntoPipeline(replayed, new Bell(bell), (message, transfer = []) => {
    parentPort!.postMessage(message, transfer);
  });
}

await registerWrittenInterpreters();
try {
  run(workerData as CheckGuestData);
} catch (error) {
  parentPort!.postMessage({ kind: 'failed', error: sentError(error) } satisfies FromCheckGuest);
}
