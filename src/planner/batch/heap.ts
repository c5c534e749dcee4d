// A queue of numbered things by key: the largest key first, of equal keys the lowest number. Each thing is in it once: of a
// batch of 631,000 blocks, whose keys change some ten times each, a queue with all earlier keys took most of the time in pops.

/** Children of a place; keys lie beside each other, so that more of them come with one line of the cache. */
const WIDTH = 4;

export class MaxQueue {
  /** Of what was taken out last. */
  key = 0;
  readonly #keys: Float64Array;
  readonly #ids: Int32Array;
  /** Where each thing is, plus 1; 0 where it is not there. */
  readonly #places: Int32Array;
  #size = 0;

  /** Of things from 0 to before `count`. */
  constructor(count: number) {
    this.#keys = new Float64Array(count);
    this.#ids = new Int32Array(count);
    this.#places = new Int32Array(count);
  }

  clear(): void {
    for (let at = 0; at < this.#size; at++) this.#places[this.#ids[at]!] = 0;
    this.#size = 0;
  }

  /** Puts it in, or gives it another key. */
  set(id: number, key: number): void {
    const place = this.#places[id]!;
    if (place === 0) this.#rise(this.#size++, id, key);
    else if (key > this.#keys[place - 1]!) this.#rise(place - 1, id, key);
    else if (key < this.#keys[place - 1]!) this.#sink(place - 1, id, key);
  }

  /** Takes out the first and gives its number, -1 where there is none. Its key is `key` then: objects would be garbage by millions. */
  pop(): number {
    if (this.#size === 0) return -1;
    const id = this.#ids[0]!;
    this.key = this.#keys[0]!;
    this.#places[id] = 0;
    const last = --this.#size;
    if (last > 0) this.#sink(0, this.#ids[last]!, this.#keys[last]!);
    return id;
  }

  #rise(from: number, id: number, key: number): void {
    let at = from;
    while (at > 0) {
      const parent = ((at - 1) / WIDTH) | 0;
      const above = this.#keys[parent]!;
      if (above > key || (above === key && this.#ids[parent]! < id)) break;
      this.#put(at, this.#ids[parent]!, above);
      at = parent;
    }
    this.#put(at, id, key);
  }

  #sink(from: number, id: number, key: number): void {
    const [keys, ids, size] = [this.#keys, this.#ids, this.#size];
    let at = from;
    for (let first = WIDTH * at + 1; first < size; first = WIDTH * at + 1) {
      let best = first;
      const end = Math.min(first + WIDTH, size);
      for (let child = first + 1; child < end; child++)
        if (keys[child]! > keys[best]! || (keys[child]! === keys[best]! && ids[child]! < ids[best]!)) best = child;
      if (key > keys[best]! || (key === keys[best]! && id < ids[best]!)) break;
      this.#put(at, ids[best]!, keys[best]!);
      at = best;
    }
    this.#put(at, id, key);
  }

  #put(at: number, id: number, key: number): void {
    this.#keys[at] = key;
    this.#ids[at] = id;
    this.#places[id] = at + 1;
  }
}
