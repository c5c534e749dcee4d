// A machine with an engine: segments are recorded, traced, proved and verified one by one.
// Reference: openvm:crates/vm/src/arch/vm.rs (VirtualMachine), v1.4.0.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { MemoryTree } from '../../../../runtime/openvm/memory-tree.ts';
import { joinSegments, type SegmentProof, type VerifiedRun } from '../../../proof/openvm/segments.ts';
import type { Failure } from '../../../tracegen/failures.ts';
import type { PlannedSegment } from '../../../verbs/plan.ts';
import { AIRS, heightsById } from '../airs.ts';
import type { HostInput } from '../host.ts';
import { hashFast } from '../permutation.ts';
import { Preflight, type RecordedSegment } from '../preflight/preflight.ts';
import { initialState, type VmState } from '../preflight/state.ts';
import { openVmFiller, SegmentTraces, type SystemHeights } from '../traces/segment-traces.ts';
import type { AirContext, CommittedProgram, MachineKey, ProofEngine, ProvingContext } from './engine.ts';
import { VmExecutor, type VmExecutorOptions, type VmInput } from './executor.ts';
import { checkHeights } from './heights.ts';

/** A segment as the metered run cut it: heights by AIR are at least those that it takes. */
export type SegmentPlan = Pick<PlannedSegment, 'instructions' | 'heights'>;

export class VirtualMachine<P extends CommittedProgram, Proof extends SegmentProof> {
  readonly executor: VmExecutor;
  readonly engine: ProofEngine<P, Proof>;
  readonly key: MachineKey;
  readonly #filler = openVmFiller();
  #heights: SystemHeights = {};

  constructor(engine: ProofEngine<P, Proof>, key: MachineKey, options: VmExecutorOptions = {}) {
    hashFast();
    this.engine = engine;
    this.key = key;
    this.executor = new VmExecutor(options);
  }

  static newWithKeygen<P extends CommittedProgram, Proof extends SegmentProof>(
    engine: ProofEngine<P, Proof>,
    options?: VmExecutorOptions,
  ): VirtualMachine<P, Proof> {
    return new VirtualMachine(engine, engine.keygen(), options);
  }

  /** AIRs by their number. */
  get airNames(): readonly string[] {
    return AIRS.map(({ name }) => name);
  }

  /** The state at the start of a run. */
  createInitialState(
    program: Program,
    { inputs = [], keyValues = [], stdout = () => undefined }: VmInput = {},
  ): VmState {
    return initialState(program, { inputs, keyValues, stdout } satisfies HostInput);
  }

  preflightInterpreter(program: Program): Preflight {
    return new Preflight(program);
  }

  /**
   * Runs a segment, after which the state is behind it.
   * @throws JitExecError where the guest does what cannot be proved, or an arena is too small
   */
  executePreflight(interpreter: Preflight, state: VmState, plan: SegmentPlan): RecordedSegment {
    const segment = interpreter.run(state, plan.instructions, heightsById(plan.heights));
    if (!('kind' in segment)) return segment;
    const what = 'cause' in segment ? segment.cause : segment.kind;
    throw new JitExecError('ELF_UNSUPPORTED', `prove: ${what} at pc 0x${segment.pc.toString(16)} cannot be proved`);
  }

  /** System AIRs get so many rows, those with padding, from now on; {} for as many as they take. */
  overrideSystemTraceHeights(heights: SystemHeights): void {
    this.#heights = { ...heights };
  }

  /** All AIRs of a segment; `tree` is then that of the memory behind it. @throws USAGE where traces are too high */
  generateProvingContext(program: P, segment: RecordedSegment, tree: MemoryTree): ProvingContext<P> {
    const traces = new SegmentTraces(this.#filler, segment, program.rows, tree.update(segment.touched), this.#heights);
    const airs = Array.from(traces.columns(), (columns): AirContext => {
      const airId = OPENVM_CHIPS.findIndex(({ name }) => name === columns.name);
      const publicValues = traces.publicValues(columns.name);
      return { airId, publicValues, columns: { ...columns, data: columns.data.slice() } };
    });
    segment.arenas.release();
    airs.sort((a, b) => a.airId - b.airId);
    checkHeights(
      airs.map(({ airId, columns: { rows } }) => ({ airId, rows })),
      this.key.heightConstraints,
    );
    return { program, airs };
  }

  /** Runs and proves one segment. */
  prove(
    interpreter: Preflight,
    program: P,
    state: VmState,
    plan: SegmentPlan,
    tree: MemoryTree = MemoryTree.of(state.memory),
  ): Proof {
    return this.engine.prove(
      this.generateProvingContext(program, this.executePreflight(interpreter, state, plan), tree),
    );
  }

  /** Accepts the proofs of all segments of one run, in order, or throws ProofRejected. */
  verify(proofs: readonly Proof[]): VerifiedRun {
    return joinSegments(proofs, proof => this.engine.verify(proof));
  }

  /** What of a segment does not hold. */
  debugProvingContext(context: ProvingContext<P>): readonly Failure[] {
    return this.engine.debug(context);
  }
}
