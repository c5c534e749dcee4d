// The verb: proves a run of OpenVM in the calling thread, segment by segment, and verifies the proofs.

import { VmInstance } from '../machine/openvm/flow/instance.ts';
import { StarkEngine } from '../machine/openvm/flow/stark-engine.ts';
import { VirtualMachine } from '../machine/openvm/flow/virtual-machine.ts';
import { checkCall, PROVE_OPTIONS } from '../options.ts';
import { verifyPublicValues } from '../proof/openvm/public-values.ts';
import { joinSegments } from '../proof/openvm/segments.ts';
import type { Stage } from '../proof/prover/prove.ts';
import { encodeProof } from '../proof/stark/codec.ts';
import type { VerifyingKey } from '../proof/stark/key.ts';
import { APP_PARAMETERS, type FriParameters, type Proof } from '../proof/stark/proof.ts';
import type { ExecuteOptions } from './execute.ts';

export interface ProveInThreadOptions extends Pick<ExecuteOptions, 'name' | 'inputs' | 'stdout'> {
  /** Of FRI; those of OpenVM's apps unless given, with which `verifySegments` verifies. */
  readonly parameters?: FriParameters;
  /** Told of each stage of a segment as it begins. */
  readonly onStage?: (stage: Stage | 'verify', segment: number) => void;
}

export interface ProofOfSegment {
  readonly instructions: number;
  /** Of all AIRs with padding: rows, and cells of their own columns. */
  readonly rows: number;
  readonly cells: number;
  /** In the encoding of OpenVM's SDK. */
  readonly proof: Uint8Array;
  readonly proveSeconds: number;
  readonly verifySeconds: number;
}

export interface ProofOfRun {
  readonly segments: readonly ProofOfSegment[];
  readonly publicValues: readonly number[];
  /** The most of the prover's memory that was taken at once. */
  readonly peakBytes: number;
  /** Of all: running, columns, proofs, verifying. */
  readonly seconds: number;
}

/** A segment whose proof is made. */
interface Made {
  readonly proof: Proof;
  readonly proveSeconds: number;
  readonly verifySeconds: number;
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/**
 * `key`: of the RV32IM machine. Blocks its thread for many seconds.
 * @throws JitExecError where the run does not end with code 0 or cannot be proved
 */
export function proveInThread(bytes: Uint8Array, key: VerifyingKey, options: ProveInThreadOptions = {}): ProofOfRun {
  checkCall('proveInThread', bytes, options, PROVE_OPTIONS);
  const { name, inputs = [], stdout, parameters = APP_PARAMETERS, onStage = () => undefined } = options;
  const begun = performance.now();
  const made: Made[] = [];
  const engine = new StarkEngine(key, { parameters, onStage: stage => onStage(stage, made.length) });
  const instance = new VmInstance(new VirtualMachine(engine, key), bytes, name);
  let start = 0;
  const { metrics, publicValues } = instance.proveContinuations(
    { inputs, ...(stdout && { stdout }) },
    {
      onContext() {
        start = performance.now();
        return undefined;
      },
      onProof(proof, segment) {
        const proveSeconds = secondsSince(start);
        onStage('verify', segment);
        start = performance.now();
        engine.verify(proof);
        made.push({ proof, proveSeconds, verifySeconds: secondsSince(start) });
      },
    },
  );
  // Each is verified: here that they are one run, and that the values are those of its memory.
  const all = made.map(({ proof }) => proof);
  verifyPublicValues(publicValues, joinSegments(all, () => undefined).finalMemoryRoot);
  const segments = made.map(({ proof, ...times }, i): ProofOfSegment => {
    const { instructions, rows, mainCells } = metrics[i]!;
    return { instructions, rows, cells: mainCells, proof: encodeProof(proof), ...times };
  });
  const values = Array.from(publicValues.publicValues);
  return { segments, publicValues: values, peakBytes: engine.peakBytes, seconds: secondsSince(begun) };
}
