// A queue of numbered things by key: the largest key first, of equal keys the lowest number.

export class MaxQueue {
  /** Of what was taken out last. */
  key = 0;
  #keys = new Float64Array(64);
  #ids = new Int32Array(64);
  #size = 0;

  clear(): void {
    this.#size = 0;
  }

  push(key: number, id: number): void {
    if (this.#size === this.#ids.length) this.#grow();
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(key, id, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#keys[at] = key;
    this.#ids[at] = id;
  }

  /** Takes out the first and gives its number, -1 where there is none. Its key is `key` then: objects would be garbage by millions. */
  pop(): number {
    if (this.#size === 0) return -1;
    const id = this.#ids[0]!;
    this.key = this.#keys[0]!;
    this.#size--;
    if (this.#size > 0) this.#sink(this.#keys[this.#size]!, this.#ids[this.#size]!);
    return id;
  }

  #sink(key: number, id: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      const other = child + 1;
      if (other < this.#size && this.#isBefore(this.#keys[other]!, this.#ids[other]!, child)) child = other;
      if (this.#isBefore(key, id, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#keys[at] = key;
    this.#ids[at] = id;
  }

  #isBefore(key: number, id: number, at: number): boolean {
    const other = this.#keys[at]!;
    return key > other || (key === other && id < this.#ids[at]!);
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from]!;
    this.#ids[to] = this.#ids[from]!;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.#keys.length);
    const ids = new Int32Array(2 * this.#ids.length);
    keys.set(this.#keys);
    ids.set(this.#ids);
    this.#keys = keys;
    this.#ids = ids;
  }
}
