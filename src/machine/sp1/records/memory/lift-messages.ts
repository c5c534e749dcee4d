// Points of many messages between shards, four at a time: each try takes whoever waits, those whose hash is an x of the curve wait for
// a root, and the others for their next offset, so that vectors stay full until the last few.

import {
  LANES,
  LANES_CHOSEN,
  LANES_MESSAGE,
  LANES_POINT,
  LANES_TRIED,
  lanesConstants,
  lanesModule,
} from '../../../../../codegen/kernels/lanes/global.ts';
import { GLOBAL_EVENT_WORDS } from '../../../../../codegen/wgsl/sp1-global.ts';
import { LARGEST_Y6, liftMessage } from '../../../../../runtime/curves/global-points.ts';
import { assert } from '../../../../../runtime/errors.ts';
import { koalaBear } from '../../../../../runtime/fields/koala-bear.ts';

const DEGREE = 7;
/** Words of a point: x, then y. */
export const POINT_WORDS: number = 2 * DEGREE;
const MESSAGE = 8;
const KIND_MASK = 255;
const OFFSETS = 256;
const P = koalaBear.modulus;

export interface LiftedMessages {
  /** Of the received points, one after another. */
  readonly points: Uint32Array;
  /** How many hashes of each were no coordinates. */
  readonly offsets: Uint8Array;
}

/** Lifts messages of nine words: eight elements, and the kind in the lowest byte of the last. */
export type LiftMessages = (messages: Uint32Array) => LiftedMessages;

let chosen: LiftMessages | undefined;

export function liftMessages(): LiftMessages {
  if (chosen === undefined) {
    const kernel = laneKernel();
    chosen = kernel === undefined ? liftInJavaScript : liftInLanes(kernel);
  }
  return chosen;
}

export const liftInJavaScript: LiftMessages = messages => {
  const lifted = roomFor(messages);
  for (let row = 0; row < lifted.offsets.length; row++) liftOne(messages, row, lifted);
  return lifted;
};

function roomFor(messages: Uint32Array): LiftedMessages {
  const count = messages.length / GLOBAL_EVENT_WORDS;
  return { points: new Uint32Array(POINT_WORDS * count), offsets: new Uint8Array(count) };
}

function liftOne(messages: Uint32Array, row: number, { points, offsets }: LiftedMessages): void {
  const at = GLOBAL_EVENT_WORDS * row;
  const words = messages.subarray(at, at + MESSAGE);
  const { point, offset } = liftMessage([...words], messages[at + MESSAGE]! & KIND_MASK);
  points.set([...point.x, ...point.y], POINT_WORDS * row);
  offsets[row] = offset;
}

export interface LaneKernel {
  readonly memory: Int32Array;
  /** A bit for each lane whose hash is an x of the curve; from bit 4 one for each of which that is not known. */
  try(): number;
  root(): void;
}

/** Undefined where the host has no WebAssembly with vectors, or forbids it. */
export function laneKernel(): LaneKernel | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(lanesModule()));
    const { buffer } = exports.memory as WebAssembly.Memory;
    const { at, words, bytes } = lanesConstants();
    new Int32Array(buffer, at).set(words);
    new Uint8Array(buffer, at + words.byteLength).set(bytes);
    return { memory: new Int32Array(buffer), try: exports.try as () => number, root: exports.root as () => void };
  } catch {
    return undefined;
  }
}

export const liftInLanes =
  (kernel: LaneKernel): LiftMessages =>
  messages =>
    new LaneLift(kernel, messages).run();

/** Of elements, in integers: a remainder of float64 numbers takes as long as a try of a lane. */
function sum(a: number, b: number): number {
  const excess = a - P + b;
  return excess < 0 ? excess + P : excess;
}

/** Where a word of a lane is, in words. */
const wordAt = (at: number, i: number, lane: number): number => (at >> 2) + LANES * i + lane;

class LaneLift {
  readonly #kernel: LaneKernel;
  readonly #messages: Uint32Array;
  readonly #lifted: LiftedMessages;
  /** Rows that wait for a try: a ring, since no row waits twice. */
  readonly #waiting: Uint32Array;
  #first = 0;
  #count: number;
  /** Rows of the last try, by lane. */
  readonly #tried = new Uint32Array(LANES);
  /** Rows whose right sides are where roots are taken, by lane. */
  readonly #chosen = new Uint32Array(LANES);
  #chosenCount = 0;

  constructor(kernel: LaneKernel, messages: Uint32Array) {
    this.#kernel = kernel;
    this.#messages = messages;
    this.#lifted = roomFor(messages);
    this.#count = this.#lifted.offsets.length;
    this.#waiting = Uint32Array.from({ length: this.#count }, (_, row) => row);
  }

  run(): LiftedMessages {
    while (this.#count > 0 || this.#chosenCount > 0) {
      if (this.#count > 0) this.#try();
      else this.#takeRoots();
    }
    return this.#lifted;
  }

  #wait(row: number): void {
    const at = this.#first + this.#count++;
    this.#waiting[at < this.#waiting.length ? at : at - this.#waiting.length] = row;
  }

  #next(): number {
    const row = this.#waiting[this.#first]!;
    this.#count--;
    if (++this.#first === this.#waiting.length) this.#first = 0;
    return row;
  }

  #try(): void {
    const rows = this.#tried;
    const count = Math.min(LANES, this.#count);
    // Lanes that are left over repeat a row.
    for (let lane = 0; lane < LANES; lane++) {
      rows[lane] = lane < count ? this.#next() : rows[0]!;
      this.#put(rows[lane]!, lane);
    }
    const bits = this.#kernel.try();
    for (let lane = 0; lane < count; lane++) {
      const row = rows[lane]!;
      if ((bits >> (LANES + lane)) & 1) liftOne(this.#messages, row, this.#lifted);
      else if ((bits >> lane) & 1) this.#choose(row, lane);
      else this.#failed(row);
    }
  }

  #put(row: number, lane: number): void {
    const { memory } = this.#kernel;
    const at = GLOBAL_EVENT_WORDS * row;
    const message = this.#messages;
    for (let i = 0; i < MESSAGE; i++) memory[wordAt(LANES_MESSAGE, i, lane)] = message[at + i]!;
    const kind = message[at + MESSAGE]! & KIND_MASK;
    memory[wordAt(LANES_MESSAGE, 0, lane)] = sum(message[at]!, kind << 24);
    const offset = this.#lifted.offsets[row]! << 16;
    memory[wordAt(LANES_MESSAGE, MESSAGE - 1, lane)] = sum(message[at + MESSAGE - 1]!, offset);
  }

  #failed(row: number): void {
    const { offsets } = this.#lifted;
    assert(offsets[row]! < OFFSETS - 1, 'global: no point in 256 tries');
    offsets[row]!++;
    this.#wait(row);
  }

  #choose(row: number, lane: number): void {
    const { memory } = this.#kernel;
    const to = this.#chosenCount++;
    this.#chosen[to] = row;
    for (let i = 0; i < DEGREE; i++) {
      memory[wordAt(LANES_CHOSEN.x, i, to)] = memory[wordAt(LANES_TRIED.x, i, lane)]!;
      memory[wordAt(LANES_CHOSEN.right, i, to)] = memory[wordAt(LANES_TRIED.right, i, lane)]!;
    }
    if (this.#chosenCount === LANES) this.#takeRoots();
  }

  #takeRoots(): void {
    this.#kernel.root();
    for (let lane = 0; lane < this.#chosenCount; lane++) this.#take(this.#chosen[lane]!, lane);
    this.#chosenCount = 0;
  }

  #take(row: number, lane: number): void {
    const { memory } = this.#kernel;
    const top = memory[wordAt(LANES_POINT.y, DEGREE - 1, lane)]!;
    if (top === 0 || Math.min(top, P - top) > LARGEST_Y6) {
      this.#failed(row);
      return;
    }
    const { points } = this.#lifted;
    const at = POINT_WORDS * row;
    for (let i = 0; i < DEGREE; i++) {
      const y = memory[wordAt(LANES_POINT.y, i, lane)]!;
      points[at + i] = memory[wordAt(LANES_POINT.x, i, lane)]!;
      points[at + DEGREE + i] = top <= LARGEST_Y6 || y === 0 ? y : P - y;
    }
  }
}
