// Where a plan wants shards to begin, for a walk that only goes forward.

export class PlanCuts {
  readonly #clks: readonly number[];
  #passed = 0;

  /** Ascending. */
  constructor(clks: readonly number[] = []) {
    this.#clks = clks;
  }

  /** The first behind a clk; infinity where there is none. */
  after(clk: number): number {
    while (this.#passed < this.#clks.length && this.#clks[this.#passed]! <= clk) this.#passed++;
    return this.#clks[this.#passed] ?? Number.POSITIVE_INFINITY;
  }
}
