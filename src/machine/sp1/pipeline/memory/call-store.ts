// Calls on their way to the shards of their rows: pieces by code, in the order of the shards that made them.

/** Calls of a shard, packed, and how many there are. */
export interface CallPiece<W> {
  readonly words: W;
  readonly calls: number;
}

/** Of a piece, the calls that a shard takes. */
export interface TakenCalls<W> {
  readonly words: W;
  readonly skip: number;
  readonly count: number;
}

interface Stored<W> extends CallPiece<W> {
  readonly shard: number;
}

/** `W`: how the words of a piece are found again. */
export class CallStore<W = Int32Array> {
  readonly #byCode = new Map<number, Stored<W>[]>();

  /** Pieces may come in any order of the shards. */
  add(code: number, shard: number, piece: CallPiece<W>): void {
    const listed = this.#byCode.get(code) ?? [];
    const at = listed.findLastIndex(other => other.shard < shard) + 1;
    listed.splice(at, 0, { ...piece, shard });
    this.#byCode.set(code, listed);
  }

  /** The calls of the code from `first` on. */
  take(code: number, first: number, count: number): TakenCalls<W>[] {
    const taken: TakenCalls<W>[] = [];
    let before = 0;
    for (const { words, calls } of this.#byCode.get(code) ?? []) {
      const skip = Math.max(0, first - before);
      const some = Math.min(calls, first + count - before) - skip;
      if (some > 0) taken.push({ words, skip, count: some });
      before += calls;
    }
    return taken;
  }
}
