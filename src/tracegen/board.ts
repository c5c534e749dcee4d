// What of a shard in flight is to be filled, in shared memory: rows of chips in tiles, which any thread claims by an atomic
// addition. Who fills the last tile of a chip finishes the chip; the thread that owns the shard opens and closes waves of chips.

import { assert } from '../../runtime/errors.ts';
import { HIGH } from '../../runtime/layout.ts';
import { sharedBuffer } from '../../runtime/memory/shared-buffer.ts';

/** Words of the header. */
const HEADER = {
  /** Tiles of the wave, 0 where none is open. */
  open: 0,
  next: 1,
  done: 2,
  /** Threads between their look at `open` and the end of what they claimed. */
  inside: 3,
  /** Goes up with each shard; and how many threads have a table of lookups for it. */
  shard: 4,
  seats: 5,
  /** What the owner says of the shard. */
  tag: 6,
  words: 8,
} as const;

const MOST_CHIPS = 64;
const MOST_TILES = 4096;
const TILE = { chip: 0, from: 1, to: 2, words: 3 } as const;
/** Words of a chip; the result is of whoever finishes it. */
const CHIP = {
  chip: 0,
  events: 1,
  columns: 2,
  realRows: 3,
  rows: 4,
  flags: 5,
  beforeLow: 6,
  beforeHigh: 7,
  left: 8,
  result: 9,
  words: 32,
} as const;
export const RESULT_BYTES: number = 4 * (CHIP.words - CHIP.result);

const TILES_AT = HEADER.words;
const CHIPS_AT = TILES_AT + MOST_TILES * TILE.words;
const WORDS = CHIPS_AT + MOST_CHIPS * CHIP.words;

/** Cells of a tile: 2 MiB, some hundred microseconds of work at least. */
const TILE_CELLS = 2 ** 19;
/** Rows of a tile are a multiple of this: whole cache lines of each column. */
const TILE_ROWS = 64;
const LOOK_AGAIN_MILLISECONDS = 200;

/** A chip on the board; addresses are bytes in the shard's memory. */
export interface BoardChip {
  /** Its number among the machine's. */
  readonly chip: number;
  readonly events: number;
  readonly columns: number;
  readonly realRows: number;
  readonly rows: number;
  readonly width: number;
  readonly flags: number;
  /** Bytes of the columns of the shard's chips before it, packed. */
  readonly before: number;
}

export interface Tile {
  readonly chip: Omit<BoardChip, 'width'>;
  readonly from: number;
  readonly to: number;
  /** Place of the chip among those of the shard. */
  readonly place: number;
}

export class ShardBoard {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  /** Of the owner: chips of the shard so far. */
  #chips = 0;
  /** Of a thread that helps: the shard, and the seat that it has for it. */
  #shard = -1;
  #seat = 0;

  constructor(shared: SharedArrayBuffer = sharedBuffer(4 * WORDS)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** Owner: another shard begins. */
  begin(tag: number): void {
    this.#chips = 0;
    this.#words[HEADER.tag] = tag;
    Atomics.store(this.#words, HEADER.seats, 1);
    Atomics.add(this.#words, HEADER.shard, 1);
  }

  get tag(): number {
    return this.#words[HEADER.tag]!;
  }

  /** Owner: these chips may be filled. */
  open(chips: readonly BoardChip[]): void {
    const words = this.#words;
    const cells = chips.reduce((sum, { width, realRows }) => sum + width * realRows, 0);
    const tileCells = Math.max(TILE_CELLS, Math.ceil(cells / (MOST_TILES - 2 * MOST_CHIPS)));
    let tiles = 0;
    for (const one of chips) {
      const step = Math.max(1, Math.floor(tileCells / one.width / TILE_ROWS)) * TILE_ROWS;
      const count = Math.max(1, Math.ceil(one.realRows / step));
      assert(this.#chips < MOST_CHIPS && tiles + count <= MOST_TILES, 'tracegen: too many tiles for a board');
      this.#writeChip(this.#chips, one, count);
      for (let i = 0; i < count; i++) {
        const at = TILES_AT + TILE.words * tiles++;
        words[at + TILE.chip] = this.#chips;
        words[at + TILE.from] = i * step;
        words[at + TILE.to] = Math.min(one.realRows, (i + 1) * step);
      }
      this.#chips++;
    }
    Atomics.store(words, HEADER.next, 0);
    Atomics.store(words, HEADER.done, 0);
    Atomics.store(words, HEADER.open, tiles);
  }

  #writeChip(place: number, { chip, events, columns, realRows, rows, flags, before }: BoardChip, tiles: number): void {
    const at = CHIPS_AT + CHIP.words * place;
    const words = this.#words;
    words[at + CHIP.chip] = chip;
    words[at + CHIP.events] = events;
    words[at + CHIP.columns] = columns;
    words[at + CHIP.realRows] = realRows;
    words[at + CHIP.rows] = rows;
    words[at + CHIP.flags] = flags;
    words[at + CHIP.beforeLow] = before | 0;
    words[at + CHIP.beforeHigh] = Math.floor(before / HIGH);
    words[at + CHIP.left] = tiles;
  }

  /** Owner, when it has nothing more to claim: waits for what others have. */
  close(): void {
    const words = this.#words;
    const tiles = Atomics.load(words, HEADER.open);
    for (;;) {
      const done = Atomics.load(words, HEADER.done);
      if (done === tiles) break;
      Atomics.wait(words, HEADER.done, done, LOOK_AGAIN_MILLISECONDS);
    }
    Atomics.store(words, HEADER.open, 0);
    // Whoever looked before this would take the next wave's tiles for this one's.
    for (;;) {
      const inside = Atomics.load(words, HEADER.inside);
      if (inside === 0) return;
      Atomics.wait(words, HEADER.inside, inside, LOOK_AGAIN_MILLISECONDS);
    }
  }

  /** A tile, now the caller's, who must call `finish` or `leave`; undefined where there is none. */
  claim(): Tile | undefined {
    const words = this.#words;
    if (Atomics.load(words, HEADER.open) === 0) return undefined;
    Atomics.add(words, HEADER.inside, 1);
    const tiles = Atomics.load(words, HEADER.open);
    const n = Atomics.load(words, HEADER.next) < tiles ? Atomics.add(words, HEADER.next, 1) : tiles;
    if (n < tiles) return this.#tile(n);
    this.#leave();
    return undefined;
  }

  #tile(n: number): Tile {
    const words = this.#words;
    const at = TILES_AT + TILE.words * n;
    const place = words[at + TILE.chip]!;
    const from = CHIPS_AT + CHIP.words * place;
    const u32 = (word: number): number => words[from + word]! >>> 0;
    return {
      chip: {
        chip: u32(CHIP.chip),
        events: u32(CHIP.events),
        columns: u32(CHIP.columns),
        realRows: u32(CHIP.realRows),
        rows: u32(CHIP.rows),
        flags: u32(CHIP.flags),
        before: u32(CHIP.beforeLow) + HIGH * u32(CHIP.beforeHigh),
      },
      from: words[at + TILE.from]!,
      to: words[at + TILE.to]!,
      place,
    };
  }

  /** The tile is filled: whether it was its chip's last, which the caller then finishes. */
  isLast({ place }: Tile): boolean {
    return Atomics.sub(this.#words, CHIPS_AT + CHIP.words * place + CHIP.left, 1) === 1;
  }

  /** Nothing more will be done for the tile. */
  finish(): void {
    Atomics.add(this.#words, HEADER.done, 1);
    Atomics.notify(this.#words, HEADER.done);
    this.#leave();
  }

  #leave(): void {
    Atomics.sub(this.#words, HEADER.inside, 1);
    Atomics.notify(this.#words, HEADER.inside);
  }

  /** Bytes that whoever finishes a chip tells the owner. */
  result(place: number): Uint8Array {
    return new Uint8Array(this.shared, 4 * (CHIPS_AT + CHIP.words * place + CHIP.result), RESULT_BYTES);
  }

  /** The table of lookups of a thread that helps, and whether it is its first tile of the shard. The owner has table 0. */
  seat(): { readonly seat: number; readonly isNew: boolean } {
    const shard = Atomics.load(this.#words, HEADER.shard);
    if (shard === this.#shard) return { seat: this.#seat, isNew: false };
    this.#shard = shard;
    this.#seat = Atomics.add(this.#words, HEADER.seats, 1);
    return { seat: this.#seat, isNew: true };
  }

  /** How many have tables. */
  get seats(): number {
    return Atomics.load(this.#words, HEADER.seats);
  }
}
