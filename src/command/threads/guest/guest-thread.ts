// Runs a guest in a thread of its own while the main thread serves signals, time limits and standard input.

import { fstatSync } from 'node:fs';
import { JitExecError } from '../../../../runtime/errors.ts';
import type { RunData } from '../../../verbs/execute.ts';
import { watchLine } from '../../output.ts';
import { type Progress, startProgress } from '../../progress.ts';
import { Ended } from '../../status.ts';
import type { RunMessage, RunRequest } from './guest-outcome.ts';
import { answerStdin } from './guest-stdin.ts';
import { guestThread } from './guest-worker.ts';
import { askToStop, INTERRUPTED, openLineOf, TIMED_OUT } from './stop-words.ts';

/** How long a guest may take to stop when it is asked to; the engines look far more often. */
const GRACE_MILLISECONDS = 10_000;
/** timeout(1) and npm send a signal to the process and to its group: two at once are one. */
const ECHO_MILLISECONDS = 250;
/** Ctrl-C, and what `kill`, `docker stop` and CI systems send. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export type Done<R extends RunData = RunData> = Extract<RunMessage<R>, { kind: 'done' }>;

export interface RunGuestOptions {
  readonly quiet: boolean;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly progress: Progress;
  /** Takes messages of the thread that are no outcome. */
  readonly onMessage?: (message: unknown) => void;
  /** Called when the guest is asked to stop, for what goes on besides it. */
  readonly onStop?: () => void;
}

/** Resolves to the result. @throws what the thread or the operating system refused, or Ended. */
export async function runGuest<R extends RunData = RunData>(
  script: URL,
  request: RunRequest,
  { quiet, timeout, progress, onMessage, onStop }: RunGuestOptions,
): Promise<Done<R>> {
  const { interrupt } = request;
  watchLine(openLineOf(interrupt));
  const worker = guestThread(script);
  worker.postMessage(request);
  makePipesYield();
  const stopProgress = quiet ? (): void => {} : startProgress(progress);
  const timers: NodeJS.Timeout[] = [];
  let onSignal = (): void => undefined;
  try {
    return await new Promise<Done<R>>((resolve, reject) => {
      const stop = (why: number, error: Ended): boolean => {
        timers.push(setTimeout(() => reject(error), GRACE_MILLISECONDS));
        onStop?.();
        return askToStop(interrupt, why);
      };
      const interrupted = new Ended('interrupted', 'interrupted; the guest could not be stopped in order');
      let signalled = Number.NEGATIVE_INFINITY;
      onSignal = () => {
        const now = performance.now();
        if (now - signalled < ECHO_MILLISECONDS) return;
        signalled = now;
        // Whoever asks twice wants it now.
        if (!stop(INTERRUPTED, interrupted)) reject(interrupted);
      };
      for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
      if (timeout !== undefined) {
        const late = new Ended('limit', 'limit reached: --timeout; the guest could not be stopped in order');
        timers.push(setTimeout(() => void stop(TIMED_OUT, late), timeout * 1000));
      }
      worker.on('message', (message: RunMessage<R>) => {
        if (message.kind === 'stdin') void answerStdin(request.stdin);
        else if (isOutcome(message)) settle(message, resolve, reject);
        else onMessage?.(message);
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the thread of the guest ended without a result')));
    });
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, onSignal);
    for (const timer of timers) clearTimeout(timer);
    stopProgress();
  }
}

/**
 * A thread that writes to a full pipe must not sleep in the kernel, where nothing can stop it: opening the process's
 * streams makes pipes non-blocking, and Node puts that back at exit.
 */
function makePipesYield(): void {
  for (const [descriptor, stream] of [
    [1, 'stdout'],
    [2, 'stderr'],
  ] as const) {
    try {
      const stat = fstatSync(descriptor);
      if (stat.isFIFO() || stat.isSocket()) void process[stream];
    } catch {
      // A descriptor that is closed holds up nobody.
    }
  }
}

const OUTCOMES: readonly string[] = ['done', 'refused', 'io', 'bug'];

function isOutcome<R extends RunData>(message: RunMessage<R>): message is Exclude<RunMessage<R>, { kind: 'stdin' }> {
  return OUTCOMES.includes(message.kind);
}

function settle<R extends RunData>(
  message: Exclude<RunMessage<R>, { kind: 'stdin' }>,
  resolve: (outcome: Done<R>) => void,
  reject: (error: Error) => void,
): void {
  if (message.kind === 'done') resolve(message);
  else if (message.kind === 'refused') reject(new JitExecError(message.code, message.message));
  else if (message.kind === 'io') {
    reject(Object.assign(new Error(message.message), { code: message.code, syscall: 'write' }));
  } else {
    const error = new Error('in the thread of the guest');
    error.stack = message.stack;
    reject(error);
  }
}
