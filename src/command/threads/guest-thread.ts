// Runs a guest in a thread of its own while the main thread serves signals, time limits and standard input.

import { JitExecError } from '../../../runtime/errors.ts';
import type { RunResult } from '../../execute.ts';
import { complain } from '../output.ts';
import { startProgress } from '../progress.ts';
import { STATUS } from '../status.ts';
import type { RunMessage, RunRequest } from './guest-outcome.ts';
import { answerStdin } from './guest-stdin.ts';
import { guestThread } from './guest-worker.ts';

/** How long a guest may take to stop after its time limit; the engines look far more often. */
const GRACE_MILLISECONDS = 10_000;
const INTERRUPTED = 1;
const TIMED_OUT = 2;

export type Done<R extends RunResult = RunResult> = Extract<RunMessage<R>, { kind: 'done' }>;

export interface RunGuestOptions {
  readonly quiet: boolean;
  /** Seconds. */
  readonly timeout: number | undefined;
  readonly progress: string | (() => string);
  /** Takes messages of the thread that are no outcome. */
  readonly onMessage?: (message: unknown) => void;
}

/** Resolves to the outcome, or to an exit status where there is nothing to report. */
export async function runGuest<R extends RunResult = RunResult>(
  script: URL,
  request: RunRequest,
  { quiet, timeout, progress, onMessage }: RunGuestOptions,
): Promise<Done<R> | number> {
  const { interrupt } = request;
  const worker = guestThread(script);
  worker.postMessage(request);
  const stopProgress = quiet ? (): void => {} : startProgress(progress);
  const timers: NodeJS.Timeout[] = [];
  const onSignal = (): void => {
    if (Atomics.compareExchange(interrupt, 0, 0, INTERRUPTED) !== 0) process.exit(STATUS.interrupted);
  };
  process.on('SIGINT', onSignal);
  try {
    return await new Promise<Done<R> | number>((resolve, reject) => {
      if (timeout !== undefined) {
        const giveUp = (): void => {
          complain('limit reached: --timeout; the guest could not be stopped in order');
          resolve(STATUS.limit);
        };
        const stop = (): void => {
          Atomics.compareExchange(interrupt, 0, 0, TIMED_OUT);
          timers.push(setTimeout(giveUp, GRACE_MILLISECONDS));
        };
        timers.push(setTimeout(stop, timeout * 1000));
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
    process.off('SIGINT', onSignal);
    for (const timer of timers) clearTimeout(timer);
    stopProgress();
  }
}

const OUTCOMES: readonly string[] = ['done', 'refused', 'io', 'bug'];

function isOutcome<R extends RunResult>(message: RunMessage<R>): message is Exclude<RunMessage<R>, { kind: 'stdin' }> {
  return OUTCOMES.includes(message.kind);
}

function settle<R extends RunResult>(
  message: Exclude<RunMessage<R>, { kind: 'stdin' }>,
  resolve: (outcome: Done<R> | number) => void,
  reject: (error: Error) => void,
): void {
  if (message.kind === 'done') resolve(message);
  else if (message.kind === 'refused') reject(new JitExecError(message.code, message.message));
  else if (message.kind === 'io') {
    if (message.code !== 'EPIPE') complain(`input/output failed: ${message.message}`);
    resolve(message.code === 'EPIPE' ? STATUS.closed : STATUS.ioError);
  } else {
    const error = new Error('in the thread of the guest');
    error.stack = message.stack;
    reject(error);
  }
}
