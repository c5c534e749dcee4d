// `jit-exec prove`: proofs of a run of OpenVM's guests that OpenVM 1.4 accepts, segment by segment.

import { readFileSync } from 'node:fs';
import { JitExecError } from '../../../../runtime/errors.ts';
import { ramBudget } from '../../../../runtime/memory/host-memory.node.ts';
import { ProverService } from '../../../proof/prover/device/service.ts';
import { runJson } from '../../../result.ts';
import type { Arguments } from '../../command.ts';
import { readBytes, readInputs } from '../../input.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import type { Progress } from '../../progress.ts';
import { sha256 } from '../../sha256.ts';
import { STATUS, statusOf } from '../../status.ts';
import { makeStdinBuffer } from '../../threads/guest/guest-stdin.ts';
import { type Done, runGuest } from '../../threads/guest/guest-thread.ts';
import { instructionsSoFar, makeStopWords } from '../../threads/guest/stop-words.ts';
import type { ProveRequest } from '../../threads/prove-worker.ts';
import { workerCount } from '../pipeline-run.ts';
import { checkMachine, explain, provenanceOfRequest, runOptions, writePublicValues } from '../run/run.ts';
import { segmentCutsOf } from '../segments/cuts.ts';
import { openTraceGpu, type TraceGpu } from '../trace/trace-gpu.ts';
import { digestHex, SHIPPED_KEY } from '../verify.ts';
import {
  dropOtherSegments,
  KEY_FILE,
  PROOF_INDEX,
  prepareProofDirectory,
  RUN_PROOF,
  readProofBytes,
  writeProofFile,
} from './proof-directory.ts';
import type { ProvedRun, ProveEvent } from './prove-run.ts';

export async function prove(args: Arguments): Promise<number> {
  const directory = args.output as string | undefined;
  if (directory === undefined) throw new JitExecError('USAGE', 'prove: where to? -o DIR');
  const request = requestOf(args, directory);
  await checkMachine(request, args);
  prepareProofDirectory(directory);
  const asked = args.gpu ?? (args['gpu-adapter'] === undefined ? 'off' : 'on');
  const gpu = await openTraceGpu(
    { ...args, gpu: asked },
    (device, options) => new ProverService(device, options),
    'computes all of it',
  );
  try {
    const prove = { ...request.prove, gpu: gpu?.policy };
    return await proveWith(gpu, { ...request, prove }, args, directory);
  } finally {
    await gpu?.close();
  }
}

async function proveWith(
  gpu: TraceGpu<ProverService> | undefined,
  request: ProveRequest,
  args: Arguments,
  directory: string,
): Promise<number> {
  const progress = new ProveProgress(args.program, request);
  const { result }: Done<ProvedRun> = await runGuest(new URL('./prove-worker.js', import.meta.url), request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: progress.line,
    onMessage: message => {
      const event = message as ProveEvent;
      if (event.kind === 'gpu') void gpu!.service.serve(event.request);
      else progress.hear(event, args.quiet === true);
    },
  });
  return finish(result, request, { args, directory, gpu: gpu?.json });
}

/** Without a device, which is opened when all else is known to be right. */
function requestOf(args: Arguments, directory: string): ProveRequest {
  return {
    bytes: readBytes(args.program),
    name: args.program,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: args.json ? 2 : 1,
    prove: {
      ...segmentCutsOf(args),
      directory,
      workers: workerCount(args),
      ramBytes: ramBudget(args.ram as number | undefined),
      key: readFileSync(SHIPPED_KEY, 'utf8'),
      gpu: undefined,
    },
  };
}

interface Outcome {
  readonly args: Arguments;
  readonly directory: string;
  readonly gpu: TraceGpu['json'] | undefined;
}

function finish(result: ProvedRun, request: ProveRequest, { args, directory, gpu }: Outcome): number {
  const { proof, ...run } = result;
  const json = runJson(run, provenanceOfRequest(request), sha256(run.publicValues));
  if (proof === undefined) {
    if (args.json) writeAll(1, jsonLine(json));
    const { exit } = run;
    explain(run, request, args, '');
    if (exit.kind === 'halted') complain('the run has no proof: OpenVM proves runs that end with 0');
    return exit.kind === 'halted' ? statusOf(exit) || STATUS.unsupported : statusOf(exit);
  }
  const digestOf = (name: string): string => sha256(readProofBytes(directory, name)!);
  const whole = {
    ...json,
    exeCommit: digestHex(proof.exeCommit),
    finalMemoryRoot: digestHex(proof.finalMemoryRoot),
    segments: proof.segments.map(({ isKept, ...segment }) => ({ ...segment, sha256: digestOf(segment.file) })),
    run: { file: RUN_PROOF, bytes: proof.runBytes, sha256: digestOf(RUN_PROOF) },
  };
  writeProofFile(directory, KEY_FILE, request.prove.key);
  dropOtherSegments(directory, proof.segments.length);
  writeProofFile(directory, PROOF_INDEX, `${JSON.stringify({ ...whole, kind: 'proof' }, null, 1)}\n`);
  writePublicValues(run, args['public-values']);
  const kept = proof.segments.filter(({ isKept }) => isKept).length;
  if (args.json) {
    const peaks = { needBytes: proof.needBytes, proverBytes: proof.proverPeakBytes };
    const device = gpu === undefined ? null : { ...gpu, lists: proof.onDevice };
    writeAll(1, jsonLine({ ...whole, kept, gpu: device, peaks: { ...json.peaks, ...peaks } }));
  }
  const told = `${segmentsText(proof.segments.length)} proved`;
  const there = kept === 0 ? '' : `, ${kept} of them before`;
  explain(run, request, args, `${told}${there}; exe commit ${whole.exeCommit}; jit-exec verify ${directory}`);
  return statusOf(run.exit);
}

const segmentsText = (count: number): string => `${count} ${count === 1 ? 'segment' : 'segments'}`;

/** Parts of a segment's time that are over when a stage begins. */
const BEFORE_STAGE = { main: 0.05, permutation: 0.25, quotient: 0.5, opening: 0.75 } as const;

class ProveProgress {
  readonly #name: string;
  readonly #request: ProveRequest;
  #weights: readonly number[] = [];
  #segment = 0;
  #stage: keyof typeof BEFORE_STAGE | undefined;
  #begun = 0;
  /** Part of all work that was there when the first proof was begun. */
  #skipped = 0;

  constructor(name: string, request: ProveRequest) {
    this.#name = name;
    this.#request = request;
  }

  hear(event: Exclude<ProveEvent, { kind: 'gpu' }>, quiet: boolean): void {
    if (event.kind === 'planned') {
      this.#weights = event.weights;
      const [need, budget] = [event.needBytes, this.#request.prove.ramBytes].map(bytes => Math.ceil(bytes / 2 ** 20));
      if (!quiet) complain(`${segmentsText(event.weights.length)}; memory: at most ${need} MiB of ${budget} MiB`);
    } else if (event.kind === 'stage') {
      if (this.#begun === 0) {
        this.#begun = performance.now();
        this.#segment = event.segment;
        this.#skipped = this.#done();
      }
      [this.#segment, this.#stage] = [event.segment, event.stage];
    } else {
      [this.#segment, this.#stage] = [event.segment + 1, undefined];
    }
  }

  readonly line: Progress = () => {
    const total = this.#weights.length;
    if (total === 0) {
      const millions = (instructionsSoFar(this.#request.interrupt) / 1e6).toFixed(1);
      return `proving ${this.#name}, ${millions} M instructions metered`;
    }
    const done = this.#done();
    const fresh = done - this.#skipped;
    const left = fresh > 0.02 ? ((performance.now() - this.#begun) / 1000) * ((1 - done) / fresh) : undefined;
    const estimate = left === undefined ? '' : `, about ${Math.ceil(left)} s left`;
    const stage = this.#stage === undefined ? '' : `, ${this.#stage}`;
    return `proving ${this.#name}, segment ${Math.min(this.#segment + 1, total)} of ${total}${stage}, ${Math.floor(100 * done)} %${estimate}`;
  };

  #done(): number {
    const all = this.#weights.reduce((sum, weight) => sum + weight, 0);
    const before = this.#weights.slice(0, this.#segment).reduce((sum, weight) => sum + weight, 0);
    const part = this.#stage === undefined ? 0 : BEFORE_STAGE[this.#stage];
    return (before + part * (this.#weights[this.#segment] ?? 0)) / all;
  }
}
