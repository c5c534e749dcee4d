// Shards that another prover would have of a run that was profiled here: by its cost table, as far as that goes.

import { JitExecError } from '../../../runtime/errors.ts';
import { exactly, fewest, type Sequence } from '../run/intervals.ts';
import type { ProfiledRun, RunProfile } from '../run/run-profile.ts';
import { SliceTouches } from '../run/touches.ts';
import type { CostTable, ProverName } from './cost-table.ts';
import { OPENVM } from './openvm.ts';
import { RISC0 } from './risc0.ts';
import { ZISK } from './zisk.ts';

export const COST_TABLES: Readonly<Record<ProverName, CostTable>> = { openvm: OPENVM, risc0: RISC0, zisk: ZISK };

export interface ProverShard {
  readonly index: number;
  /** Instructions of the run before it, and up to its end. */
  readonly start: number;
  readonly end: number;
  readonly clkStart: number;
  readonly clkEnd: number;
  readonly cost: number;
}

export interface ProverPlan {
  readonly table: CostTable;
  readonly cap: number | undefined;
  /** Some instructions have no figure. */
  readonly isPartial: boolean;
  /** How often those were done, by mnemonic. */
  readonly missing: Readonly<Record<string, number>>;
  readonly cost: number;
  readonly shards: readonly ProverShard[];
}

export interface ProverBudget {
  /** Most that a shard may cost, in the table's unit. */
  readonly cap?: number | undefined;
  readonly shards?: number | undefined;
}

/** Costs add up, and no word is shared. */
class AddedCosts implements Sequence {
  readonly length: number;
  readonly touches: SliceTouches;
  readonly #sums: Float64Array;
  readonly #perShard: number;

  constructor(costs: Float64Array, perShard: number) {
    this.length = costs.length;
    this.touches = new SliceTouches(Array.from(costs, () => []));
    this.#perShard = perShard;
    this.#sums = new Float64Array(costs.length + 1);
    for (const [i, cost] of costs.entries()) this.#sums[i + 1] = this.#sums[i]! + cost;
  }

  joins(): boolean {
    return true;
  }

  needs(a: number, b: number): Float64Array {
    return Float64Array.of(this.#perShard + this.#sums[b]! - this.#sums[a]!);
  }
}

/** @throws USAGE without a budget where the prover has none of its own, PLAN_INFEASIBLE. */
export function planForProver(
  profile: RunProfile,
  { slices }: ProfiledRun,
  prover: ProverName,
  { cap: given, shards }: ProverBudget,
): ProverPlan {
  const table = COST_TABLES[prover];
  const missing: Record<string, number> = {};
  const figures = profile.opcodes.map(name => table.opcodes[name]);
  const costs = Float64Array.from(slices, ({ opcodes }) => {
    let cost = 0;
    for (const [opcode, count] of opcodes) {
      const figure = figures[opcode];
      if (figure !== undefined) cost += count * (figure + table.perInstruction);
      else missing[profile.opcodes[opcode]!] = (missing[profile.opcodes[opcode]!] ?? 0) + count;
    }
    return cost;
  });
  const sequence = new AddedCosts(costs, table.perShard);
  const cap = given ?? table.cap;
  if (cap === undefined && shards === undefined)
    throw new JitExecError('USAGE', `plan: ${prover} has no limit in ${table.unit} of its own (--cap or --shards)`);
  const cuts = cutsOf(sequence, table, cap ?? Number.POSITIVE_INFINITY, shards);
  let start = 0;
  const planned = cuts.map((a, index): ProverShard => {
    const b = cuts[index + 1] ?? slices.length;
    const instructions = slices.slice(a, b).reduce((sum, slice) => sum + slice.instructions, 0);
    const [clkStart, clkEnd] = [slices[a]!.clkStart, slices[b - 1]!.clkEnd];
    const shard = { index, start, end: start + instructions, clkStart, clkEnd, cost: sequence.needs(a, b)[0]! };
    start += instructions;
    return shard;
  });
  const cost = planned.reduce((sum, shard) => sum + shard.cost, 0);
  return { table, cap, isPartial: Object.keys(missing).length > 0, missing, cost, shards: planned };
}

function cutsOf(sequence: Sequence, table: CostTable, cap: number, shards: number | undefined): readonly number[] {
  if (shards !== undefined) {
    const found = exactly(sequence, shards, 0, [cap]);
    if (found !== undefined) return found;
    throw new JitExecError(
      'PLAN_INFEASIBLE',
      `plan: expected at most ${sequence.length} shards at this size of slices${Number.isFinite(cap) ? ` and ${cap} ${table.unit} each` : ''}, got ${shards}`,
    );
  }
  const found = fewest(sequence, [cap]);
  if ('cuts' in found) return found.cuts;
  const { slice, need } = found.excess;
  throw new JitExecError(
    'PLAN_INFEASIBLE',
    `plan: slice ${slice} alone costs ${need} ${table.unit}, the budget is ${cap}; smaller ones (--slice) may fit`,
  );
}
