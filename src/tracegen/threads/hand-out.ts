// Hands out what was made, one at a time: in the order in which it was begun, or as it comes.

export class HandOut<T> {
  readonly #inOrder: boolean;
  readonly #take: (index: number, made: T) => void | Promise<void>;
  readonly #order: number[] = [];
  readonly #made = new Map<number, T>();
  #isBusy = false;

  constructor(inOrder: boolean, take: (index: number, made: T) => void | Promise<void>) {
    this.#inOrder = inOrder;
    this.#take = take;
  }

  begun(index: number): void {
    this.#order.push(index);
  }

  expects(index: number): boolean {
    return this.#order.includes(index);
  }

  get isIdle(): boolean {
    return !this.#isBusy && this.#made.size === 0;
  }

  /** Resolves when nothing is left that can be handed out now; at once where that is done already. */
  async add(index: number, made: T): Promise<void> {
    this.#made.set(index, made);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        const value = this.#made.get(next)!;
        this.#made.delete(next);
        this.#order.splice(this.#order.indexOf(next), 1);
        await this.#take(next, value);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #next(): number | undefined {
    if (!this.#inOrder) return this.#made.keys().next().value;
    return this.#made.has(this.#order[0] ?? -1) ? this.#order[0] : undefined;
  }
}
