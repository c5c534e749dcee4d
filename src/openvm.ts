/**
 * OpenVM 1.4's RV32IM machine as OpenVM's `vm.rs` has it: `jit-exec/openvm`, apart from the other public names because its AIRs
 * are large. Nothing here needs Node.
 *
 * ```
 * VmExecutor       runs any program: pure, metered, metered cost
 * VirtualMachine   with an engine: records, traces, proves and verifies segments
 * VmInstance       one program in it: proveContinuations
 * ```
 *
 * There are two engines. `StarkEngine` makes proofs that OpenVM 1.4 accepts. `CheckEngine` proves nothing: its proof is the columns
 * themselves, and to verify it is to look whether every constraint and bus holds. What it accepts, the other one can prove.
 *
 * @module
 */

/** A program as the machine loads it. Throws `ELF_INVALID` or `ELF_UNSUPPORTED`. */
export type { Program } from '../codegen/program/program.ts';
export type { Columns } from '../runtime/columns/columns.ts';
export { JitExecError } from '../runtime/errors.ts';
/** The Merkle tree over a guest's memory. */
export { MemoryTree } from '../runtime/openvm/memory-tree.ts';
export {
  CheckEngine,
  type CheckProof,
  type FixedProgram as CheckedProgram,
} from './machine/openvm/flow/check-engine.ts';
export type {
  AirContext,
  CommittedProgram,
  MachineKey,
  ProofEngine,
  ProvingContext,
} from './machine/openvm/flow/engine.ts';
export { type MeteredCost, VmExecutor, type VmExecutorOptions, type VmInput } from './machine/openvm/flow/executor.ts';
export {
  type ContinuationOptions as ProveOptions,
  type ContinuationProofs,
  VmInstance,
} from './machine/openvm/flow/instance.ts';
export type { AirMetrics, SegmentMetrics } from './machine/openvm/flow/metrics.ts';
/** Proves: `new StarkEngine(readVerifyingKey(text))` of `jit-exec/verify` with the text of `jit-exec/keys/openvm-1.4.0-rv32im.json`. */
export {
  StarkEngine,
  type StarkEngineOptions,
  type StarkProgram,
  type ThreadedEngineOptions,
} from './machine/openvm/flow/stark-engine.ts';
export { type SegmentPlan, VirtualMachine } from './machine/openvm/flow/virtual-machine.ts';
export type { RecordedSegment } from './machine/openvm/preflight/preflight.ts';
export type { VmState } from './machine/openvm/preflight/state.ts';
export type { SystemHeights } from './machine/openvm/traces/segment-traces.ts';
export { type PublicValuesProof, verifyPublicValues } from './proof/openvm/public-values.ts';
export { exeCommit, type VerifiedRun } from './proof/openvm/segments.ts';
export { ProofRejected } from './proof/stark/rejection.ts';
/** A rule that does not hold, and it as a line. */
export { type Failure, failureLine } from './tracegen/failures.ts';
/** What a run costs: rows and cells by AIR, by segment, by function. */
export { type CostSegmentsOptions, type CostSegmentsResult, costSegments } from './verbs/cost-segments.ts';
/** Cuts a run into segments as OpenVM's metered mode does. */
export {
  type OpenVmVersion,
  type PlannedSegment,
  type PlanOptions,
  type PlanResult,
  plan,
  type SegmentLimits,
} from './verbs/plan.ts';
