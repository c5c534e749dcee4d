// A thread of `jit-exec batch`: runs one entry after another, and keeps what was compiled of the programs at hand.

import { parentPort } from 'node:worker_threads';
import { KeptCode } from '../../engine/code/kept-code.ts';
import type { Guest } from '../../machine/guest.ts';
import { type Digest, type RunJson, runJson } from '../../result.ts';
import { type ExecuteOptions, executeGuest, guestOf } from '../../verbs/execute.ts';
import type { BatchEntry, InputSource } from '../batch/batch-list.ts';
import { buffersOf, readBytes } from '../input.ts';
import { sha256 } from '../sha256.ts';
import { messageOf, type RunMessage } from './guest/guest-outcome.ts';
import { registerWrittenInterpreters } from './guest/host-interpreters.ts';

export interface BatchRequest {
  readonly entry: BatchEntry;
  readonly options: Omit<ExecuteOptions, 'stdin' | 'stdout' | 'stderr' | 'interrupt' | 'name'>;
  /** See stop-words.ts. */
  readonly interrupt: Int32Array;
}

export type BatchMessage =
  | { readonly kind: 'ran'; readonly result: RunJson; readonly stderrTail: string }
  | Exclude<RunMessage, { kind: 'stdin' | 'done' }>;

/** Programs that are kept at a time. */
const MOST_PROGRAMS = 4;

interface Program {
  readonly guest: Guest;
  readonly kept: KeptCode;
  readonly sha256: string;
}

/** In the order of their last use. */
const programs = new Map<string, Program>();

function programOf(path: string, options: ExecuteOptions): Program {
  let program = programs.get(path);
  if (program === undefined) {
    const bytes = readBytes(path);
    program = { guest: guestOf(bytes, { ...options, name: path }), kept: new KeptCode(), sha256: sha256(bytes) };
  }
  programs.delete(path);
  programs.set(path, program);
  if (programs.size > MOST_PROGRAMS) programs.delete(programs.keys().next().value!);
  return program;
}

const inputOf = (source: InputSource): readonly Uint8Array[] => {
  if ('file' in source) return buffersOf('input', source.file);
  if ('hex' in source) return buffersOf('input-hex', source.hex);
  return 'u64' in source ? buffersOf('input-u64', source.u64) : buffersOf('sp1-stdin', source.sp1Stdin);
};

function run({ entry, options, interrupt }: BatchRequest): BatchMessage {
  try {
    const { guest, kept, sha256: programSha256 } = programOf(entry.program, options);
    const inputs = entry.inputs.flatMap(inputOf);
    const data = executeGuest(guest, { ...options, name: entry.program, args: entry.args, inputs, interrupt, kept });
    const digests: Digest[] = inputs.map(bytes => ({ bytes: bytes.length, sha256: sha256(bytes) }));
    const provenance = { program: { sha256: programSha256 }, inputs: digests };
    return { kind: 'ran', result: runJson(data, provenance, sha256(data.publicValues)), stderrTail: data.stderrTail };
  } catch (error) {
    return messageOf(error);
  }
}

parentPort!.on('message', async (request: BatchRequest) => {
  await registerWrittenInterpreters();
  parentPort!.postMessage(run(request));
});
