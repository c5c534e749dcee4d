// A program with an engine: runs are proved segment by segment. Reference: openvm:crates/vm/src/arch/vm.rs, v1.4.0.

import { OPENVM_CHIPS } from '../../../../codegen/chips/openvm/index.ts';
import type { Program } from '../../../../codegen/program/program.ts';
import { JitExecError } from '../../../../runtime/errors.ts';
import { MemoryTree } from '../../../../runtime/openvm/memory-tree.ts';
import type { PublicValuesProof } from '../../../proof/openvm/public-values.ts';
import type { SegmentProof } from '../../../proof/openvm/segments.ts';
import type { HeightConstraint } from '../../../proof/stark/key.ts';
import { AIR_ID } from '../airs.ts';
import { provePublicValues } from '../commitments.ts';
import type { HostInput } from '../host.ts';
import { Preflight, type RecordedSegment } from '../preflight/preflight.ts';
import { initialState, publicValuesOf, type VmState } from '../preflight/state.ts';
import { openVmFiller, SegmentTraces } from '../traces/segment-traces.ts';
import type { AirContext, CommittedProgram, ProofEngine, ProvingContext } from './engine.ts';

/** A segment as the metered run cut it: heights by AIR are at least those that it takes. */
export interface SegmentPlan {
  readonly instructions: number;
  readonly heights: Readonly<Record<string, number>>;
}

export interface ContinuationProofs<Proof> {
  readonly segments: readonly Proof[];
  readonly publicValues: PublicValuesProof;
}

/** 27 roots of two, less one for quotients of constraints of degree 3. */
const MOST_ROWS = 2 ** 26;

export class VmInstance<P extends CommittedProgram, Proof extends SegmentProof> {
  readonly program: P;
  readonly #program: Program;
  readonly #engine: ProofEngine<P, Proof>;
  readonly #heightConstraints: readonly HeightConstraint[];
  readonly #filler = openVmFiller();
  readonly #preflight: Preflight;

  /** `heightConstraints`: of the verifying key. */
  constructor(program: Program, engine: ProofEngine<P, Proof>, heightConstraints: readonly HeightConstraint[]) {
    this.#program = program;
    this.#engine = engine;
    this.#heightConstraints = heightConstraints;
    this.#preflight = new Preflight(program);
    this.program = engine.commit(program);
  }

  /**
   * Proves a run that was planned, from its start on.
   * @throws JitExecError where the guest does what cannot be proved, or traces are too high
   */
  proveContinuations(input: HostInput, plans: readonly SegmentPlan[]): ContinuationProofs<Proof> {
    const state = initialState(this.#program, input);
    const tree = MemoryTree.of(state.memory);
    const segments = plans.map(plan =>
      this.#engine.prove(this.generateProvingContext(this.executePreflight(state, plan), tree)),
    );
    return { segments, publicValues: provePublicValues(tree, publicValuesOf(state)) };
  }

  /** Runs a segment, after which the state is behind it. */
  executePreflight(state: VmState, { instructions, heights }: SegmentPlan): RecordedSegment {
    const byId = new Array<number>(OPENVM_CHIPS.length).fill(0);
    for (const [name, rows] of Object.entries(heights)) byId[AIR_ID[name as keyof typeof AIR_ID]] = rows;
    const segment = this.#preflight.run(state, instructions, byId);
    if (!('kind' in segment)) return segment;
    const what = 'cause' in segment ? segment.cause : segment.kind;
    throw new JitExecError('ELF_UNSUPPORTED', `prove: ${what} at pc 0x${segment.pc.toString(16)} cannot be proved`);
  }

  /** All AIRs of a segment; `tree` is then that of the memory behind it. */
  generateProvingContext(segment: RecordedSegment, tree: MemoryTree): ProvingContext<P> {
    const traces = new SegmentTraces(this.#filler, segment, this.program.rows, tree.update(segment.touched));
    const airs = Array.from(traces.columns(), (columns): AirContext => {
      const airId = OPENVM_CHIPS.findIndex(({ name }) => name === columns.name);
      const publicValues = traces.publicValues(columns.name);
      return { airId, publicValues, columns: { ...columns, data: columns.data.slice() } };
    });
    airs.sort((a, b) => a.airId - b.airId);
    this.#checkHeights(airs);
    return { program: this.program, airs };
  }

  #checkHeights(airs: readonly AirContext[]): void {
    for (const { airId, columns } of airs) {
      if (columns.rows <= MOST_ROWS) continue;
      const what = `air_idx: ${airId}, height: ${columns.rows}, max_height: ${MOST_ROWS}`;
      throw new JitExecError('USAGE', `TraceHeightsLimitExceeded { ${what} }: segments must be shorter`);
    }
    for (const [i, { coefficients, threshold }] of this.#heightConstraints.entries()) {
      const value = airs.reduce((sum, { airId, columns }) => sum + coefficients[airId]! * columns.rows, 0);
      if (value < threshold) continue;
      const what = `constraint_idx: ${i}, value: ${value}, threshold: ${threshold}`;
      throw new JitExecError('USAGE', `LinearTraceHeightConstraintExceeded { ${what} }: segments must be shorter`);
    }
  }
}
