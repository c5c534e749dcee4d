// A program in a machine: runs are proved segment by segment. Reference: openvm:crates/vm/src/arch/vm.rs (VmInstance), v1.4.0.

import type { Program } from '../../../../codegen/program/program.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { MemoryTree } from '../../../../runtime/openvm/memory-tree.ts';
import type { PublicValuesProof } from '../../../proof/openvm/public-values.ts';
import type { SegmentProof } from '../../../proof/openvm/segments.ts';
import { loadGuest } from '../../guest.ts';
import { provePublicValues } from '../commitments.ts';
import type { Preflight } from '../preflight/preflight.ts';
import { publicValuesOf, type VmState } from '../preflight/state.ts';
import type { CommittedProgram, ProvingContext } from './engine.ts';
import type { VmInput } from './executor.ts';
import { type SegmentMetrics, segmentMetrics } from './metrics.ts';
import type { SegmentPlan, VirtualMachine } from './virtual-machine.ts';

export interface ContinuationProofs<Proof> {
  readonly segments: readonly Proof[];
  readonly publicValues: PublicValuesProof;
  /** Of each segment. */
  readonly metrics: readonly SegmentMetrics[];
}

export interface ContinuationOptions<P extends CommittedProgram, Proof = unknown> {
  /** Instead of a metered run of its own. */
  readonly plans?: readonly SegmentPlan[];
  /** Sees each segment before it is proved, and may give another context. */
  readonly onContext?: (context: ProvingContext<P>, index: number) => ProvingContext<P> | undefined;
  /** A proof of a segment that is there already; undefined where it must be made. */
  readonly known?: (context: ProvingContext<P>, index: number) => Proof | undefined;
  /** Sees each proof when it is there. */
  readonly onProof?: (proof: Proof, index: number) => void;
}

export class VmInstance<P extends CommittedProgram, Proof extends SegmentProof> {
  readonly vm: VirtualMachine<P, Proof>;
  readonly program: P;
  readonly #bytes: Uint8Array;
  readonly #program: Program;
  readonly #interpreter: Preflight;
  #state: VmState;

  /** @throws JitExecError for a file that OpenVM does not load */
  constructor(vm: VirtualMachine<P, Proof>, bytes: Uint8Array, name = 'program.elf') {
    this.vm = vm;
    this.#bytes = bytes;
    this.#program = loadGuest(bytes, name, 'openvm').program;
    this.program = vm.engine.commit(this.#program);
    this.#interpreter = vm.preflightInterpreter(this.#program);
    this.#state = vm.createInitialState(this.#program);
  }

  /** Where the run is. */
  get state(): VmState {
    return this.#state;
  }

  /** Puts it at the start of a run with such input. */
  resetState(input: VmInput = {}): void {
    this.#state = this.vm.createInitialState(this.#program, input);
  }

  /** Puts it at the start of a run without input. */
  reset(): void {
    this.resetState();
  }

  /** Runs a segment, after which the state is behind it. */
  executePreflight(plan: SegmentPlan): ReturnType<VirtualMachine<P, Proof>['executePreflight']> {
    return this.vm.executePreflight(this.#interpreter, this.#state, plan);
  }

  /**
   * Proves a run from its start to its end: one metered run that cuts it, then segment by segment.
   * @throws JitExecError where the run does not end with code 0, does what cannot be proved, or traces are too high
   */
  proveContinuations(
    input: VmInput = {},
    { plans, onContext, known, onProof }: ContinuationOptions<P, Proof> = {},
  ): ContinuationProofs<Proof> {
    const segments = plans ?? this.#meter(input);
    // The run that is proved says nothing once more.
    this.resetState({ ...input, ...(plans === undefined && { stdout: () => undefined }) });
    const tree = MemoryTree.of(this.#state.memory);
    const metrics: SegmentMetrics[] = [];
    const proofs = segments.map((plan, index) => {
      const made = this.vm.generateProvingContext(this.program, this.executePreflight(plan), tree);
      const context = onContext?.(made, index) ?? made;
      metrics.push(segmentMetrics(context, plan.instructions));
      const proof = known?.(context, index) ?? this.vm.engine.prove(context);
      onProof?.(proof, index);
      return proof;
    });
    return { segments: proofs, publicValues: provePublicValues(tree, publicValuesOf(this.#state)), metrics };
  }

  /**
   * Proves a run that is one segment.
   * @throws USAGE where it is more
   */
  proveSingle(input: VmInput = {}, options: ContinuationOptions<P, Proof> = {}): Proof {
    const plans = options.plans ?? this.#meter(input);
    if (plans.length !== 1)
      throw new JitExecError(
        'USAGE',
        `proveSingle: the run has ${plans.length} segments; proveContinuations proves it`,
      );
    const silent = { ...input, stdout: () => undefined };
    return this.proveContinuations(options.plans === undefined ? silent : input, { ...options, plans }).segments[0]!;
  }

  #meter(input: VmInput): readonly SegmentPlan[] {
    const { exit, segments } = this.vm.executor.executeMetered(this.#bytes, input);
    if (exit.kind === 'halted' && exit.code === 0) return segments;
    const how =
      exit.kind === 'halted'
        ? `FailedWithExitCode(${exit.code})`
        : 'cause' in exit
          ? exit.cause
          : `DidNotTerminate (${exit.kind})`;
    throw new JitExecError('ELF_UNSUPPORTED', `prove: ${how} at pc 0x${exit.pc.toString(16)}: the run has no proof`);
  }
}
