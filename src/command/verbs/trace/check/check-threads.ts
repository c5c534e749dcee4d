// `trace --check` of a folder with columns: one thread replays the chunks, others make the shards again and compare them.

import { tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import { JitExecError } from '../../../../../runtime/errors.ts';
import { ramBudget } from '../../../../../runtime/memory/host-memory.node.ts';
import { Bell } from '../../../../../runtime/trace/bell.ts';
import type { Sp1Guest } from '../../../../machine/sp1/machine.ts';
import { ramPlan } from '../../../../machine/sp1/pipeline/memory/ram.ts';
import { spillHandle } from '../../../../machine/sp1/pipeline/memory/spill.node.ts';
import { temporaryFile } from '../../../../machine/sp1/pipeline/memory/temporary-file.node.ts';
import { ShardPipeline } from '../../../../machine/sp1/pipeline/pipeline.node.ts';
import { checkShardGuest } from '../../../../machine/sp1/records/support.ts';
import { receivedError } from '../../../../tracegen/threads/sent-error.ts';
import type { ShardsChecked } from '../../../../verbs/check-shards.ts';
import type { Arguments } from '../../../command.ts';
import type { CheckGuestData, FromCheckGuest } from '../../../threads/check-guest.ts';
import type { CheckSinkRequest } from '../../../threads/check-worker.ts';
import { asUnwritable, workerCount } from '../../pipeline-run.ts';
import { cutOptionsOf } from '../shard-cuts.ts';
import type { TraceIndex } from '../trace-directory.ts';
import type { ReplayedTrace } from './index-check.ts';
import { type ShardCompared, ShardFolder } from './shard-check.ts';

/** Bytes for each cell of a shard that has a file: the file as it was read, and its columns. */
const FILE_CELL_BYTES = 8;

export interface CheckedOnThreads {
  readonly trace: ReplayedTrace;
  readonly verify: ShardsChecked;
  readonly notes: readonly string[];
}

export interface CheckRequest {
  readonly directory: string;
  readonly index: TraceIndex;
  readonly guest: Sp1Guest;
  readonly program: CheckGuestData['program'];
}

/** `onChunk`: so many chunks were taken up. @throws what the replay refuses, or a thread. */
export async function checkOnThreads(
  { directory, index, guest, program }: CheckRequest,
  args: Arguments,
  onChunk: (chunks: number) => void,
): Promise<CheckedOnThreads> {
  const cuts = cutOptionsOf(index.cuts);
  checkShardGuest(guest, cuts);
  const folder = new ShardFolder(directory, index, guest);
  const workers = workerCount(args);
  const plan = ramPlan({
    ...{ ...cuts, workers, maxMemory: undefined, maxCycles: index.instructions, makes: true },
    chunkEntries: Math.max(index.chunkEntries, ...index.chunks.map(({ memReads }) => memReads)),
    instructions: guest.program.text.length >>> 2,
    budgetBytes: ramBudget(args.ram as number | undefined),
    otherCellBytes: folder.hasFiles ? FILE_CELL_BYTES : 0,
  });
  const bell = new Bell();
  const temporary = asUnwritable(() => temporaryFile(tmpdir()));
  const sink: CheckSinkRequest = { folder: folder.compared, digestsOnly: !folder.hasFiles };
  try {
    const pipeline = new ShardPipeline({
      ...{ ...cuts, guest, workers, makes: true, sink, places: plan.shards, bell, program, hands: false },
      ...{ script: new URL('./check-worker.js', import.meta.url), waveBytes: Number.POSITIVE_INFINITY },
      onlyShard: index.cuts?.onlyShard,
      spill: spillHandle(plan.keptBytes, temporary.file),
      onShard: ({ index: at }, value) => folder.add(at, value as ShardCompared),
      onChunk: () => undefined,
    });
    const data: CheckGuestData = { program, directory, index, bell: bell.shared, slots: plan.slots };
    const trace = await replay(data, pipeline, onChunk);
    return { trace, verify: folder.finish(), notes: folder.notes };
  } finally {
    temporary.close();
  }
}

/** What the replay came to, when all shards were made too. */
async function replay(
  data: CheckGuestData,
  pipeline: ShardPipeline,
  onChunk: (chunks: number) => void,
): Promise<ReplayedTrace> {
  const thread = new Worker(new URL('./check-guest.js', import.meta.url), { workerData: data });
  const replayed = new Promise<ReplayedTrace>((resolve, reject) => {
    // Why the pipeline failed is why the replay could not go on.
    pipeline.done.catch(reject);
    thread.on('message', (message: FromCheckGuest) => {
      if (message.kind === 'replayed') resolve(message.trace);
      else if (message.kind === 'failed') reject(receivedError(message.error));
      else pipeline.hearGuest(message);
      if (message.kind === 'begun') onChunk(message.chunks);
    });
    thread.on('error', reject);
    thread.on('exit', () => reject(new JitExecError('ENVIRONMENT', 'trace: the thread of the replay was ended')));
  });
  try {
    const [trace] = await Promise.all([replayed, pipeline.done]);
    return trace;
  } catch (error) {
    pipeline.fail(error as Error);
    await pipeline.done.catch(() => undefined);
    throw error;
  } finally {
    await thread.terminate();
  }
}
