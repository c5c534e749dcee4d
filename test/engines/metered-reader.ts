// What a metered run counted against what the oracle did, instruction by instruction and touch by touch.

import { isa } from '../../codegen/isa/index.ts';
import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import { type MeteredRun, metering } from '../../src/engine/metering.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { OracleRun } from './oracle.ts';
import type { Setup } from './test-machine.ts';

/** First touches of a period by the period of the touch before. */
type Touches = readonly number[];

/** A slot's weight: any that tells slots apart. */
const weightOf = (slot: number): number => 1 + ((slot * 2654435761) >>> 22);

/** First touches by the periods in which so many instructions were done. */
function touchesOf(oracle: OracleRun, instructions: number): Touches[] {
  const touches: number[][] = [];
  const last = new Map<number, number>();
  const ended = Math.max(0, Math.ceil(oracle.instructions / instructions) - 1);
  for (let period = 1; period <= ended + 1; period++) touches.push(new Array(period).fill(0));
  for (const [address, before] of oracle.accesses) {
    const period = Math.floor(before / instructions) + 1;
    const previous = last.get(address) ?? 0;
    if (previous < period) touches[period - 1]![previous]! += 1;
    last.set(address, period);
  }
  return touches;
}

export class MeteredReader {
  readonly observation: Observation<MeteredRun>;
  readonly #touches: Touches[] = [];
  #now: number[] = [0];
  readonly #setup: Setup;
  readonly #period: number;

  /** Periods are of so many instructions. */
  constructor(setup: Setup, period: number) {
    this.#setup = setup;
    this.#period = period;
    const isCompressed = isa(setup.isa).compressed === true;
    let begun = 0;
    this.observation = metering({
      touches: true,
      // Few, so that some blocks have none.
      cells: 7,
      weightOf: isCompressed ? undefined : weightOf,
      watch: run => ({
        touched: list => {
          for (let at = 1; at < list.length; at += 2) this.#now[list[at]!]! += 1;
        },
        room: clk => {
          const instructions = clk / CLK_PER_INSTRUCTION;
          // SP1's clock has more than its instructions.
          if (setup.machine === 'sp1') return period;
          if (instructions - begun === period) {
            this.#touches.push(this.#now);
            this.#now = new Array(run.period + 1).fill(0);
            run.period += 1;
            begun = instructions;
          }
          return period - (instructions - begun);
        },
      }),
    });
  }

  compare(run: MeteredRun, oracle: OracleRun, differ: (what: string, got: unknown, want: unknown) => void): void {
    const { textBase } = this.#setup.layout;
    const { slotShift } = run.text;
    const weight = run.weight | 0;
    const counts = run.counts();
    for (let slot = 0; slot < run.text.slots; slot++) {
      const pc = textBase + (slot << slotShift);
      const want = oracle.visits.get(pc) ?? 0;
      // The second half of an instruction of four bytes counts with the first.
      if (slotShift === 2 || want > 0) differ(`executions at ${pc.toString(16)}`, counts[slot], want);
    }
    if (slotShift === 2) {
      let sum = 0;
      for (const [pc, n] of oracle.visits) sum = (sum + n * weightOf((pc - textBase) >> 2)) | 0;
      differ('weight', weight, sum);
    }
    if (this.#setup.machine === 'sp1') return;
    const touches = [...this.#touches, this.#now].map(each => each.join(' '));
    differ(
      'touches',
      touches.join(', '),
      touchesOf(oracle, this.#period)
        .map(each => each.join(' '))
        .join(', '),
    );
  }
}
