/**
 * Plans of shards and folds: `jit-exec/planner`, apart from the other public names. Nothing here needs Node.
 *
 * @module
 */

export { JitExecError } from '../runtime/errors.ts';
/** What blocks cost and shards need, by generation of upstream's fits. */
export { COST_MODELS, type CostModel, costCapForRam, costsOf, type Generation, ramOf } from './planner/batch/costs.ts';
/** Shards of a batch as files (.ixes). Throws `PLAN_INVALID`. */
export {
  type Manifest,
  type ManifestShard,
  manifestOf,
  readManifest,
  writeManifest,
} from './planner/batch/manifest.ts';
export { type Packed, type PackPrices, pack } from './planner/batch/pack.ts';
export { type Partition, partition } from './planner/batch/partition.ts';
/** A batch's profile cut for a budget. Throws `PLAN_INFEASIBLE`. */
export { type BatchOptions, type BatchPlan, type BatchShard, planBatch } from './planner/batch/plan-batch.ts';
export {
  type BatchProfile,
  hypergraphOf,
  ProfileBuilder,
  type ProfiledBlock as Block,
  type RecordedCost as Recorded,
} from './planner/batch/profile.ts';
/** Both versions of upstream's profile. Throws `PROFILE_INVALID`. */
export { readBatchProfile, writeBatchProfile } from './planner/batch/profile-file.ts';
export { growToCap, type SizedPartition, smallestWithinCap } from './planner/batch/size.ts';
/** What shards vouch for and assume, folded and discharged. Throws `NOT_CLOSED`. */
export { type Claim, claimOf, dischargeClaims, joinClaims, type OpenClaim } from './planner/fold/claim.ts';
/** Which stored claims a run needs. */
export {
  type Covered,
  coverAll,
  coverGreedily,
  type StoredClaim,
  type WantedClaims as Wanted,
} from './planner/fold/cover.ts';
/** In which order shards are folded, with so many at most in one call. */
export { aggPlan, criticalPath, type FoldOp, type FoldPrice, type FoldStrategy } from './planner/fold/fold-plan.ts';
export type { HashName } from './planner/fold/hash.ts';
/** Items of 32 bytes. */
export { ItemSet } from './planner/fold/item-set.ts';
export { canonicalRoot } from './planner/fold/root.ts';
export { balancedTree, type FoldTree, leavesOf, prune } from './planner/fold/tree.ts';
/** Shards of other provers from one profile, by tables of costs that name their sources; none is checked against a run there. */
export type { CostTable, ProverName } from './planner/provers/cost-table.ts';
export { COST_TABLES, type ProverBudget, type ProverPlan, planForProver } from './planner/provers/plan-prover.ts';
/** How memory and time follow from a shard's cells. */
export type { Budgets, Calibration } from './planner/run/budget.ts';
/** A sequence cut exactly: the fewest intervals, so many with the smallest maximum, the fewest that share least. */
export {
  type Caps,
  type Cuts,
  exactly,
  fewest,
  fewestLeastShared,
  resplit,
  type Sequence,
} from './planner/run/intervals.ts';
/** A plan of a run as JSON. Throws `PLAN_INVALID`. */
export { type ReadRunPlan, readRunPlan, runPlanJson } from './planner/run/plan-file.ts';
export {
  type PlannedOther,
  type PlannedShard,
  planRun,
  type RunPlan,
  type RunPlanOptions,
} from './planner/run/plan-run.ts';
export { RunCosts } from './planner/run/run-costs.ts';
export type { OtherShard, ProfileChip, ProfiledRun, RunProfile, Slice } from './planner/run/run-profile.ts';
/** Profiles of runs as files (.jxprof). Throws `PROFILE_INVALID`. */
export { mergeRunProfiles, readRunProfile, writeRunProfile } from './planner/run/run-profile-file.ts';
export { SliceTouches as Touches } from './planner/run/touches.ts';
/** Artefacts by key, over files of yours. */
export type { StoreFiles } from './planner/store/files.ts';
export { Store, type StoreCheck, type StoredRecord } from './planner/store/store.ts';
