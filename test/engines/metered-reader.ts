// What a metered run counted against what the oracle did, instruction by instruction and touch by touch.

import { isa } from '../../codegen/isa/index.ts';
import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import { type MeteredRun, metering } from '../../src/engine/metering.ts';
import type { Observation } from '../../src/engine/observation.ts';
import type { OracleRun } from './oracle.ts';
import type { Setup } from './test-machine.ts';

/** How many first touches a period had of doublewords that were last touched in another one, by both. */
class Touches {
  readonly #counts = new Map<string, number>();

  add(period: number, before: number): void {
    const key = `${before} → ${period}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  toString(): string {
    return [...this.#counts]
      .map(([key, count]) => `${key}: ${count}`)
      .sort()
      .join(', ');
  }
}

/** A slot's weight: any that tells slots apart. */
const weightOf = (slot: number): number => 1 + ((slot * 2654435761) >>> 22);

/** First touches by the periods in which so many instructions were done, those that are undone later among them. */
function touchesOf({ accesses }: OracleRun, instructions: number): Touches {
  const touches = new Touches();
  const last = new Map<number, number>();
  for (const [address, before] of accesses) {
    const period = Math.floor(before / instructions) + 1;
    const previous = last.get(address) ?? 0;
    if (previous < period) touches.add(period, previous);
    last.set(address, period);
  }
  return touches;
}

export class MeteredReader {
  readonly observation: Observation<MeteredRun>;
  readonly #touches = new Touches();
  readonly #setup: Setup;
  readonly #period: number;

  /** Periods are of so many instructions. */
  constructor(setup: Setup, period: number) {
    this.#setup = setup;
    this.#period = period;
    const isCompressed = isa(setup.isa).compressed === true;
    this.observation = metering({
      touches: true,
      // Few, so that some blocks have none.
      cells: 7,
      weightOf: isCompressed ? undefined : weightOf,
      watch: run => ({
        touched: list => {
          for (let at = 1; at < list.length; at += 2) this.#touches.add(run.period, list[at]!);
        },
        room: clk => {
          const instructions = clk / CLK_PER_INSTRUCTION;
          // SP1's clock has more than its instructions.
          if (setup.machine === 'sp1') return period;
          // Where unconstrained execution was left, it is past the ends of any number of periods.
          const now = Math.floor(instructions / period) + 1;
          if (now > run.period) run.period = now;
          return period - (instructions % period);
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
    differ('touches', this.#touches.toString(), touchesOf(oracle, this.#period).toString());
  }
}
