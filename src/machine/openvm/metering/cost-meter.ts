// What a run costs, and where that is more than it may: upstream's metered cost mode.
// Reference: openvm:crates/vm/src/arch/execution_mode/metered_cost.rs, v1.4.0.

import type { GuestText } from '../../../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../../../runtime/abi.ts';
import { CONTROL } from '../../../../runtime/layout.ts';
import type { ClockState } from '../../../../runtime/trace/observer.ts';
import { type MeteredRun, metering, type Watcher } from '../../../engine/metering.ts';
import type { Observation } from '../../../engine/observation.ts';
import { AIR_ID, AIRS } from '../airs.ts';
import { InstructionRows } from './instruction-rows.ts';

const MOST_WIDTH: number = Math.max(...AIRS.map(({ width }) => width));

/** A run costs more than it may: it stops before the next instruction. */
export class CostExceeded extends Error {
  readonly cost: number;
  readonly instructions: number;

  constructor(cost: number, instructions: number) {
    super(`cost ${cost} after ${instructions} instructions`);
    this.cost = cost;
    this.instructions = instructions;
  }
}

export class CostMeter implements Watcher {
  readonly #run: MeteredRun;
  readonly #limit: number;
  #cost = 0;
  #weight = 0;

  constructor(run: MeteredRun, limit: number) {
    this.#run = run;
    this.#limit = limit;
  }

  /** Of what was done so far. */
  get cost(): number {
    this.#cost += (this.#run.weight - this.#weight) >>> 0;
    this.#weight = this.#run.weight;
    return this.#cost;
  }

  room(clk: number, isInside: boolean): number {
    const { cost } = this;
    if (cost <= this.#limit) return Math.max(1, Math.floor((this.#limit - cost) / MOST_WIDTH));
    if (isInside) return 0;
    throw new CostExceeded(cost, clk / CLK_PER_INSTRUCTION);
  }

  call({ pc }: ClockState): void {
    const { text, memory } = this.#run;
    const instruction = text.instructionAt((pc - text.base) >>> 2);
    const register = (r: number): number => memory.control[CONTROL.registers + 2 * r]! >>> 0;
    const { mnemonic } = instruction!.row;
    const words = mnemonic === 'hint_storew' ? 1 : mnemonic === 'hint_buffer' ? register(instruction!.rs1) : 0;
    this.#cost += words * AIRS[AIR_ID.HintStore]!.width;
  }
}

/** A run to be that stops where it costs more than a limit; `made` is told its meter. */
export function costMetering(limit: number, made: (meter: CostMeter) => void): Observation<MeteredRun> {
  let rows: InstructionRows | undefined;
  const weightOf = (slot: number, text: GuestText): number => {
    rows ??= new InstructionRows(text);
    const air = rows.airAt(slot);
    return air === undefined ? 0 : AIRS[air]!.width;
  };
  return metering({
    weightOf,
    watch: run => {
      const meter = new CostMeter(run, limit);
      made(meter);
      return meter;
    },
  });
}
