// A shared word that threads wait at when they have nothing to do, and that is rung when there may be something again.

const RUNG = 0;
const STOPPED = 1;
const LOOK_AGAIN_MILLISECONDS = 500;

export class Bell {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  ring(): void {
    Atomics.add(this.#words, RUNG, 1);
    Atomics.notify(this.#words, RUNG);
  }

  /** To be asked for before one looks for work: `wait` returns at once where it was rung since. */
  get rung(): number {
    return Atomics.load(this.#words, RUNG);
  }

  wait(rung: number): void {
    Atomics.wait(this.#words, RUNG, rung, LOOK_AGAIN_MILLISECONDS);
  }

  /** Nobody is to begin anything. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    this.ring();
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOPPED) === 1;
  }
}
