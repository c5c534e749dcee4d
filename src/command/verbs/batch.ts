// `jit-exec batch`: many runs in one report. What a guest does wrong is a result, as are limits.

import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { JitExecError } from '../../../runtime/errors.ts';
import type { RunJson } from '../../result.ts';
import type { ExecuteOptions } from '../../verbs/execute.ts';
import { readBatchList } from '../batch/batch-list.ts';
import { runBatch } from '../batch/batch-pool.ts';
import { summarize, summaryLines } from '../batch/batch-summary.ts';
import type { Arguments } from '../command.ts';
import { readBytes } from '../input.ts';
import { complain, jsonLine, writeAll } from '../output.ts';
import { startProgress } from '../progress.ts';
import { OTHER_CODES, STATUS } from '../status.ts';
import type { BatchMessage, BatchRequest } from '../threads/batch-worker.ts';

/** Each thread takes some 75 MiB and what its guest touches. */
const MOST_WORKERS = 16;
const DEFAULT_WORKERS = 8;
/** Something could not be run. */
const INCOMPLETE = 1;

function optionsOf(args: Arguments): BatchRequest['options'] {
  const maxCycles = args['max-cycles'] as number | undefined;
  const maxMemory = args['max-memory'] as number | undefined;
  return {
    machine: args.machine as NonNullable<ExecuteOptions['machine']>,
    engine: args.engine as NonNullable<ExecuteOptions['engine']>,
    sp1Version: args['sp1-version'] as NonNullable<ExecuteOptions['sp1Version']>,
    lenient: args.lenient === true,
    report: args.report === true,
    countMemory: true,
    ...(maxCycles === undefined ? {} : { maxCycles }),
    ...(maxMemory === undefined ? {} : { maxMemory }),
  };
}

function workersOf(args: Arguments): number {
  const workers = args.workers as number | undefined;
  if (workers === undefined) return Math.min(availableParallelism(), DEFAULT_WORKERS);
  if (workers >= 1 && workers <= MOST_WORKERS) return workers;
  throw new JitExecError('USAGE', `--workers: expected 1 to ${MOST_WORKERS}, got ${workers}`);
}

/** The line of a run. */
function lineOf(name: string, message: BatchMessage): string {
  if (message.kind === 'ran') {
    const { schema, ...rest } = message.result;
    const isGood = rest.exit.kind === 'halted' && rest.exit.code === 0;
    // A panic's message is there.
    return jsonLine({ schema, name, ...rest, ...(isGood ? {} : { stderrTail: message.stderrTail }) });
  }
  const code = message.kind === 'bug' ? OTHER_CODES.bug : message.code;
  const text = message.kind === 'bug' ? message.stack : message.message;
  return jsonLine({ schema: 1, name, error: { code, message: text } });
}

export async function batch(args: Arguments): Promise<number> {
  const path = String(args.list);
  const fallback = args.program === undefined ? undefined : String(args.program);
  const list = { name: path, folder: path === '-' ? '.' : dirname(path), fallback };
  const entries = readBatchList(new TextDecoder().decode(readBytes(path)), list);
  const messages = new Array<BatchMessage | undefined>(entries.length).fill(undefined);
  let written = 0;
  let done = 0;
  // In the order of the list, each as soon as those before it are out.
  const onDone = (index: number, message: BatchMessage): void => {
    messages[index] = message;
    done++;
    for (let at = messages[written]; at !== undefined; at = messages[++written]) {
      writeAll(1, lineOf(entries[written]!.name, at));
    }
  };
  const isQuiet = args.quiet === true;
  const stopProgress = isQuiet ? (): void => {} : startProgress(() => `${done} of ${entries.length} runs`);
  let isWhole: boolean;
  try {
    const timeout = args.timeout as number | undefined;
    isWhole = await runBatch(entries, { workers: workersOf(args), timeout, options: optionsOf(args), onDone });
  } finally {
    stopProgress();
  }
  const ended = messages.filter(message => message !== undefined);
  const results = ended.map((message): RunJson | undefined => (message.kind === 'ran' ? message.result : undefined));
  const summary = summarize(results);
  writeAll(1, jsonLine({ schema: 1, summary }));
  if (!isQuiet) for (const text of summaryLines(summary)) complain(text);
  if (!isWhole) return STATUS.interrupted;
  return results.includes(undefined) ? INCOMPLETE : 0;
}
