// Runs any program of the machine, without keys: in pure, metered and metered cost mode.
// Reference: openvm:crates/vm/src/arch/vm.rs (VmExecutor), v1.4.0.

import { type ExecuteOptions, executeChecked, guestOf } from '../../../execute.ts';
import { type PlanOptions, type PlanResult, plan } from '../../../plan.ts';
import type { RunData } from '../../../result.ts';

/** What a run is given. */
export interface VmInput
  extends Pick<
    ExecuteOptions,
    'inputs' | 'keyValues' | 'stdout' | 'stderr' | 'maxCycles' | 'maxMemory' | 'interrupt'
  > {}

/** How segments are cut, and what executes. */
export interface VmExecutorOptions extends Pick<PlanOptions, 'openvmVersion' | 'limits' | 'checkEvery' | 'engine'> {}

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

  /** What the run costs: cells of the rows of its instructions. */
  executeMeteredCost(bytes: Uint8Array, input: VmInput = {}): number {
    return this.executeMetered(bytes, input).cost;
  }
}
