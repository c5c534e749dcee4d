// Proves a run segment by segment, each proof a file as soon as it is made; those that are there and hold are not made again.

import { JitExecError } from '../../../../runtime/errors.ts';
import { sameDigest } from '../../../../runtime/hashes/baby-bear-tree.ts';
import { AIRS } from '../../../machine/openvm/airs.ts';
import type { ProvingContext } from '../../../machine/openvm/flow/engine.ts';
import { VmInstance } from '../../../machine/openvm/flow/instance.ts';
import { StarkEngine, type StarkProgram } from '../../../machine/openvm/flow/stark-engine.ts';
import { VirtualMachine } from '../../../machine/openvm/flow/virtual-machine.ts';
import { mostRows } from '../../../machine/openvm/pipeline/ram.ts';
import { padded } from '../../../machine/openvm/traces/segment-events.ts';
import { encodeContinuationProof } from '../../../proof/openvm/continuation.ts';
import { verifyPublicValues } from '../../../proof/openvm/public-values.ts';
import { joinSegments } from '../../../proof/openvm/segments.ts';
import { deviceCrew } from '../../../proof/prover/device/crew.ts';
import type { ProverRequest } from '../../../proof/prover/device/requests.ts';
import type { ProverCrew } from '../../../proof/prover/lanes/crew.ts';
import { proofBytes } from '../../../proof/prover/lanes/need.ts';
import { ThreadCrew } from '../../../proof/prover/lanes/threads.node.ts';
import type { Stage } from '../../../proof/prover/prove.ts';
import { decodeProof, encodeProof } from '../../../proof/stark/codec.ts';
import type { VerifyingKey } from '../../../proof/stark/key.ts';
import { readVerifyingKey } from '../../../proof/stark/key-json.ts';
import type { Proof } from '../../../proof/stark/proof.ts';
import type { GpuPolicy } from '../../../tracegen/device/requests.ts';
import { type ExecuteOptions, guestOf } from '../../../verbs/execute.ts';
import { type PlannedSegment, type PlanOptions, type PlanResult, plan } from '../../../verbs/plan.ts';
import { beginProofs, RUN_PROOF, readProofBytes, segmentProof, writeProofFile } from './proof-directory.ts';

export interface ProveSettings extends Pick<PlanOptions, 'openvmVersion' | 'limits' | 'checkEvery'> {
  readonly directory: string;
  /** All threads that compute. */
  readonly workers: number;
  readonly ramBytes: number;
  /** The text of the verifying key. */
  readonly key: string;
  /** A device computes too. */
  readonly gpu: GpuPolicy | undefined;
}

/** What is going on, for who waits. */
export type ProveEvent =
  | { readonly kind: 'planned'; readonly weights: readonly number[]; readonly needBytes: number }
  | { readonly kind: 'stage'; readonly segment: number; readonly stage: Stage }
  | { readonly kind: 'proved'; readonly segment: number }
  /** The device is asked for something. */
  | { readonly kind: 'gpu'; readonly request: ProverRequest };

export interface ProvedSegment {
  readonly index: number;
  readonly instructions: number;
  readonly file: string;
  readonly bytes: number;
  /** It was there. */
  readonly isKept: boolean;
}

/** A metered run and, where it ended with 0, its proofs. */
export interface ProvedRun extends PlanResult {
  readonly proof?: {
    readonly segments: readonly ProvedSegment[];
    readonly exeCommit: readonly number[];
    readonly finalMemoryRoot: readonly number[];
    readonly runBytes: number;
    readonly needBytes: number;
    readonly proverPeakBytes: number;
    /** Lists of calls that a device computed, by what they were. */
    readonly onDevice: Readonly<Record<string, number>> | undefined;
  };
}

/** Who runs it. */
export interface ProveHost {
  isStopped(): boolean;
  /** Because time is up. */
  isLate(): boolean;
  tell(event: ProveEvent): void;
}

/** Of a run besides the prover's memory and the columns that are copied there: the machine, records, threads. */
const HOST_BYTES = 450 * 2 ** 20;

/** Somebody wants the run to end. */
class Stopped extends Error {}

/** Memory of a run, and what of it is not the prover's. */
interface Need {
  readonly bytes: number;
  readonly hostBytes: number;
}

/** What all of a run's proofs are made with. */
interface Proving {
  readonly bytes: Uint8Array;
  readonly options: ExecuteOptions;
  readonly metered: PlanResult;
  readonly key: VerifyingKey;
  readonly crew: ProverCrew;
  readonly settings: ProveSettings;
  readonly host: ProveHost;
  readonly need: Need;
}

export function proveRun(
  bytes: Uint8Array,
  options: ExecuteOptions,
  settings: ProveSettings,
  host: ProveHost,
): ProvedRun {
  const { machine, elf } = guestOf(bytes, options);
  if (machine !== 'openvm')
    throw new JitExecError(
      'ELF_UNSUPPORTED',
      `prove: ${elf.name} is for machine ${machine}; guests of openvm are proved`,
    );
  const metered = plan(bytes, { ...options, ...cutsOf(settings) });
  const { exit, segments } = metered;
  if (exit.kind !== 'halted' || exit.code !== 0) return metered;
  const key = readVerifyingKey(settings.key);
  const need = needOf(key, segments, settings.ramBytes);
  host.tell({ kind: 'planned', weights: segments.map(segment => proverBytes(key, segment)), needBytes: need.bytes });
  const goOn = (): void => {
    if (host.isStopped()) throw new Stopped();
  };
  const threads = new ThreadCrew(settings.workers, goOn);
  const ask = (request: ProverRequest): void => {
    goOn();
    host.tell({ kind: 'gpu', request });
  };
  const device = settings.gpu && deviceCrew(threads, settings.gpu, ask);
  const crew = device ?? threads;
  try {
    const proof = proofsOf({ bytes, options, metered, key, crew, settings, host, need });
    return { ...metered, proof: { ...proof, onDevice: device && Object.fromEntries(device.onDevice) } };
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    const { pc } = exit;
    return { ...metered, exit: host.isLate() ? { kind: 'limit', limit: 'timeout', pc } : { kind: 'interrupted', pc } };
  } finally {
    crew.end();
  }
}

function cutsOf({ openvmVersion, limits, checkEvery }: ProveSettings): Partial<PlanOptions> {
  return {
    ...(openvmVersion !== undefined && { openvmVersion }),
    ...(limits !== undefined && { limits }),
    ...(checkEvery !== undefined && { checkEvery }),
  };
}

/** Columns of traces as they were filled, which are there while a proof is made. */
const traceBytes = ({ airs }: VerifyingKey, segment: PlannedSegment): number =>
  AIRS.reduce((sum, { name }, id) => sum + 4 * padded(mostRows(name, segment)) * airs[id]!.commonWidth, 0);

const proverBytes = (key: VerifyingKey, segment: PlannedSegment): number =>
  proofBytes(
    key,
    AIRS.map(({ name }) => mostRows(name, segment)),
  );

/** @throws JitExecError where the largest segment does not fit */
function needOf(key: VerifyingKey, segments: readonly PlannedSegment[], ramBytes: number): Need {
  const prover = Math.max(...segments.map(segment => proverBytes(key, segment)));
  const host = HOST_BYTES + Math.max(...segments.map(segment => traceBytes(key, segment)));
  const bytes = prover + host;
  const mebibytes = (count: number): string => `${Math.ceil(count / 2 ** 20)} MiB`;
  if (prover > 2 ** 32)
    throw new JitExecError(
      'ENVIRONMENT',
      `prove: a segment needs ${mebibytes(prover)} for its proof, 4096 MiB are possible; shorter segments (--max-rows) need less`,
    );
  if (bytes > ramBytes)
    throw new JitExecError(
      'ENVIRONMENT',
      `prove: a segment needs ${mebibytes(bytes)} of memory, the budget is ${mebibytes(ramBytes)} (--ram, by default 75 % of what is free); shorter segments (--max-rows) need less`,
    );
  return { bytes, hostBytes: host };
}

function proofsOf(proving: Proving): Omit<NonNullable<ProvedRun['proof']>, 'onDevice'> {
  const { bytes, options, metered, key, crew, settings, host, need } = proving;
  const { directory } = settings;
  beginProofs(directory);
  let current = 0;
  const engine = new StarkEngine(key, {
    crew,
    maxBytes: settings.ramBytes - need.hostBytes,
    onStage: stage => host.tell({ kind: 'stage', segment: current, stage }),
  });
  const instance = new VmInstance(VirtualMachine.newWithKeygen(engine, cutsOf(settings)), bytes, options.name);
  const kept = new Set<number>();
  const made: ProvedSegment[] = [];
  const { segments, publicValues } = instance.proveContinuations(
    // The run that was metered has said what there is to say.
    { ...options, stdout: () => undefined },
    {
      plans: metered.segments,
      known: (context, index) => {
        current = index;
        if (host.isStopped()) throw new Stopped();
        const proof = provedBefore(engine, directory, context, index);
        if (proof !== undefined) kept.add(index);
        return proof;
      },
      onProof: (proof, index) => {
        const [file, encoded] = [segmentProof(index), encodeProof(proof)];
        if (!kept.has(index)) writeProofFile(directory, file, encoded);
        const { instructions } = metered.segments[index]!;
        made.push({ index, instructions, file, bytes: encoded.length, isKept: kept.has(index) });
        host.tell({ kind: 'proved', segment: index });
      },
    },
  );
  const run = encodeContinuationProof({ segments, publicValues });
  const verified = joinSegments(segments, proof => engine.verify(proof));
  verifyPublicValues(publicValues, verified.finalMemoryRoot);
  writeProofFile(directory, RUN_PROOF, run);
  return {
    segments: made,
    ...verified,
    runBytes: run.length,
    needBytes: need.bytes,
    proverPeakBytes: engine.peakBytes,
  };
}

/** The proof in a segment's file, where it holds and is of this segment. */
function provedBefore(
  engine: StarkEngine,
  directory: string,
  { program, airs }: ProvingContext<StarkProgram>,
  index: number,
): Proof | undefined {
  const bytes = readProofBytes(directory, segmentProof(index));
  if (bytes === undefined) return undefined;
  try {
    const proof = decodeProof(bytes);
    engine.verify(proof);
    const isSame =
      sameDigest(proof.mainCommitments[0]!, program.commitment) &&
      JSON.stringify(proof.perAir.map(({ airId, publicValues }) => [airId, publicValues])) ===
        JSON.stringify(airs.map(({ airId, publicValues }) => [airId, publicValues]));
    return isSame ? proof : undefined;
  } catch (error) {
    if (error instanceof JitExecError) return undefined;
    throw error;
  }
}
