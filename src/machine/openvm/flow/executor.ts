// Runs any program of the machine, without keys: in pure, metered and metered cost mode.
// Reference: openvm:crates/vm/src/arch/vm.rs (VmExecutor), v1.4.0.

import type { Exit } from '../../../../runtime/exit.ts';
import type { RunData } from '../../../result.ts';
import { type ExecuteOptions, executeChecked, executionOf, guestOf } from '../../../verbs/execute.ts';
import { type PlanOptions, type PlanResult, plan } from '../../../verbs/plan.ts';
import { CostExceeded, type CostMeter, costMetering } from '../metering/cost-meter.ts';

/** What a run is given. */
export interface VmInput
  extends Pick<
    ExecuteOptions,
    'inputs' | 'keyValues' | 'stdout' | 'stderr' | 'maxCycles' | 'maxMemory' | 'interrupt'
  > {}

/** How segments are cut, and what executes. */
export interface VmExecutorOptions extends Pick<PlanOptions, 'openvmVersion' | 'limits' | 'checkEvery' | 'engine'> {}

export interface MeteredCost {
  readonly cost: number;
  readonly instructions: number;
  /** Undefined where the run was stopped for what it costs. */
  readonly exit: Exit | undefined;
}

export class VmExecutor {
  readonly #options: VmExecutorOptions;

  constructor(options: VmExecutorOptions = {}) {
    this.#options = options;
  }

  /** Runs an executable: pure mode. @throws JitExecError for a file that OpenVM does not load */
  execute(bytes: Uint8Array, input: VmInput = {}): RunData {
    const { engine } = this.#options;
    const options = { ...input, machine: 'openvm', ...(engine !== undefined && { engine }) } as const;
    guestOf(bytes, options);
    return executeChecked(bytes, options);
  }

  /** Runs it and cuts it into segments: metered mode. */
  executeMetered(bytes: Uint8Array, input: VmInput = {}): PlanResult {
    return plan(bytes, { ...input, ...this.#options, machine: 'openvm' });
  }

  /**
   * Runs it to the end, or until it costs more than `limit`, and gives what it cost: cells of the rows of its instructions. Upstream's limit is
   * 200 billion where nobody gives one.
   */
  executeMeteredCost(bytes: Uint8Array, input: VmInput = {}, limit: number = Number.POSITIVE_INFINITY): MeteredCost {
    const { engine } = this.#options;
    const options = { ...input, machine: 'openvm', ...(engine !== undefined && { engine }) } as const;
    let meter: CostMeter | undefined;
    const guest = guestOf(bytes, options);
    const execution = executionOf(
      guest,
      options,
      costMetering(limit, made => {
        meter = made;
      }),
    );
    try {
      const exit = execution.run();
      return { cost: meter!.cost, instructions: execution.instructions, exit };
    } catch (error) {
      if (!(error instanceof CostExceeded)) throw error;
      return { cost: error.cost, instructions: error.instructions, exit: undefined };
    }
  }
}
