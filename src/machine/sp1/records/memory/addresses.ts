// A growing list of guest addresses.

export class Addresses {
  #list = new Float64Array(1024);
  #length = 0;

  push(address: number): void {
    if (this.#length === this.#list.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#list);
      this.#list = longer;
    }
    this.#list[this.#length++] = address;
  }

  get length(): number {
    return this.#length;
  }

  /** Those from the `first`th on. */
  from(first: number): Float64Array {
    return this.#list.subarray(first, this.#length);
  }

  get values(): Float64Array {
    return this.#list.slice(0, this.#length);
  }

  /** Those of both. */
  and(other: Addresses): Float64Array {
    const all = new Float64Array(this.#length + other.length);
    all.set(this.from(0));
    all.set(other.from(0), this.#length);
    return all;
  }
}
