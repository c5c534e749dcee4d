// What a shard tells the others, as rows of Global: messages lifted to points of a curve, and their running sum.
// Reference: sp1:crates/core/machine/src/global, SP1 6.4.0.

import type { EventLayout } from '../../../../../codegen/chips/event.ts';
import { sp1Chip } from '../../../../../codegen/chips/sp1/index.ts';
import { GLOBAL_EVENT_WORDS } from '../../../../../codegen/wgsl/sp1-global.ts';
import { START_POINT } from '../../../../../runtime/curves/global-points.ts';
import { koalaBear } from '../../../../../runtime/fields/koala-bear.ts';
import type { ChipName } from '../chips.ts';
import { liftMessages, POINT_WORDS } from './lift-messages.ts';
import { pointSums } from './point-sums.ts';

const MEMORY_KIND = 1;
const SYSCALL_KIND = 8;
/** Words of a message. */
const WORDS = 8;
/** Beside the kind of a message: whether it is received. */
const RECEIVED = 256;
const DEGREE = 7;
/** Rows whose points are made at a time: in a longer queue hardly more tries are shared. */
const TILE = 2048;
const P = koalaBear.modulus;

export interface GlobalRows {
  readonly events: Uint8Array;
  /** The shard's digest: x, then y. */
  readonly sum: readonly number[];
}

/** Structs of one chip, by byte offsets. */
class Structs {
  readonly stride: number;
  readonly bytes: number;
  readonly #view: DataView;
  readonly #fields: EventLayout['fields'];

  constructor(events: ReadonlyMap<ChipName, Uint8Array>, name: ChipName) {
    const structs = events.get(name) ?? new Uint8Array(0);
    const { bytes, fields } = sp1Chip(name).event;
    this.stride = bytes;
    this.bytes = structs.byteLength;
    this.#fields = fields;
    this.#view = new DataView(structs.buffer, structs.byteOffset, structs.byteLength);
  }

  /** Where a field is in each. */
  place(field: string): number {
    return this.#fields.get(field)!.offset;
  }

  limb(at: number): number {
    return this.#view.getUint16(at, true);
  }

  byte(at: number): number {
    return this.#view.getUint8(at);
  }

  /** Two words: bits 24 to 47 of a clock, and those below. */
  clock(at: number, to: Uint32Array): void {
    const middle = this.limb(at + 2);
    to[0] = (middle >>> 8) + 256 * this.limb(at + 4);
    to[1] = this.limb(at) + 65_536 * (middle & 255);
  }

  /** Three limbs of 16 bits as words. */
  limbs(at: number, to: Uint32Array, first: number): void {
    for (let i = 0; i < 3; i++) to[first + i] = this.limb(at + 2 * i);
  }
}

/** Is told of a message whose words were put where they belong. */
type Tell = (kind: number, isReceive: boolean) => void;

/** A doubleword in a state. */
function memoryMessage(
  structs: Structs,
  address: number,
  clk: number | undefined,
  value: number,
  to: Uint32Array,
): void {
  if (clk === undefined) to[0] = to[1] = 0;
  else structs.clock(clk, to);
  structs.limbs(address, to, 2);
  const third = structs.limb(value + 4);
  to[5] = structs.limb(value) + 65_536 * (third & 255);
  to[6] = structs.limb(value + 2) + 65_536 * (third >>> 8);
  to[7] = structs.limb(value + 6);
}

function eachCall(structs: Structs, to: Uint32Array, tell: () => void): void {
  const [clk, id, first, second] = ['clk', 'id', 'arg1', 'arg2'].map(field => structs.place(field)) as [
    ...[number, number, number, number],
  ];
  for (let at = 0; at < structs.bytes; at += structs.stride) {
    structs.clock(at + clk, to);
    structs.limbs(at + first, to, 2);
    to[2] = structs.byte(at + id) + 256 * to[2]!;
    structs.limbs(at + second, to, 5);
    tell();
  }
}

function eachState(
  structs: Structs,
  states: readonly (readonly [clk: string | undefined, value: string, isReceive: boolean])[],
  to: Uint32Array,
  tell: (isReceive: boolean) => void,
): void {
  const address = structs.place('addr');
  const places = states.map(
    ([clk, value, isReceive]) =>
      [clk === undefined ? undefined : structs.place(clk), structs.place(value), isReceive] as const,
  );
  for (let at = 0; at < structs.bytes; at += structs.stride) {
    for (const [clk, value, isReceive] of places) {
      memoryMessage(structs, at + address, clk === undefined ? undefined : at + clk, at + value, to);
      tell(isReceive);
    }
  }
}

/** Puts the words of each message to `to`, one after another. */
function eachMessage(events: ReadonlyMap<ChipName, Uint8Array>, to: Uint32Array, tell: Tell): void {
  const of = (name: ChipName): Structs => new Structs(events, name);
  eachCall(of('SyscallCore'), to, () => tell(SYSCALL_KIND, false));
  eachCall(of('SyscallPrecompile'), to, () => tell(SYSCALL_KIND, true));
  const told = (isReceive: boolean): void => tell(MEMORY_KIND, isReceive);
  eachState(of('MemoryGlobalInit'), [[undefined, 'value', false]], to, told);
  eachState(of('MemoryGlobalFinalize'), [['ts', 'value', true]], to, told);
  const both = [
    ['initial_ts', 'initial_value', true],
    ['final_ts', 'final_value', false],
  ] as const;
  eachState(of('MemoryLocal'), both, to, told);
}

/** Gives the messages some at a time, nine words each as a device takes them. */
function eachTile(
  events: ReadonlyMap<ChipName, Uint8Array>,
  rows: number,
  tell: (messages: Uint32Array) => void,
): void {
  const words = new Uint32Array(rows * GLOBAL_EVENT_WORDS);
  const message = new Uint32Array(WORDS);
  let at = 0;
  eachMessage(events, message, (kind, isReceive) => {
    for (let i = 0; i < WORDS; i++) words[at + i] = message[i]!;
    words[at + WORDS] = kind + (isReceive ? RECEIVED : 0);
    at += GLOBAL_EVENT_WORDS;
    if (at < words.length) return;
    tell(words);
    at = 0;
  });
  if (at > 0) tell(words.subarray(0, at));
}

/** The messages that Global's rows are made of, of which there are `count`: as a device takes them. */
export function globalMessages(events: ReadonlyMap<ChipName, Uint8Array>, count: number): Uint32Array {
  let all: Uint32Array = new Uint32Array(0);
  eachTile(events, count, messages => {
    all = messages;
  });
  return all;
}

/** Writes Global's events; each begins at a sum and ends at the next. */
class GlobalWriter {
  readonly structs: Uint8Array;
  readonly sum: Uint32Array = Uint32Array.of(...START_POINT.x, ...START_POINT.y);
  row = 0;
  readonly #words: Uint32Array;
  readonly #stride: number;
  readonly #at: (field: string) => number;

  constructor(count: number) {
    const { bytes, fields } = sp1Chip('Global').event;
    this.structs = new Uint8Array(count * bytes);
    this.#words = new Uint32Array(this.structs.buffer);
    this.#stride = bytes;
    this.#at = name => fields.get(name)!.offset;
  }

  write(messages: Uint32Array): void {
    const { points, offsets } = liftMessages()(messages);
    const [kindAt, isReceiveAt, offsetAt] = ['kind', 'is_receive', 'offset'].map(this.#at) as [number, number, number];
    const [message, y, before, after, index] = ['message', 'y', 'sum_before', 'sum_after', 'index'].map(
      name => this.#at(name) >> 2,
    ) as [...[number, number, number, number, number]];
    const words = this.#words;
    const { addTo } = pointSums();
    const { sum, structs } = this;
    for (let i = 0; i < offsets.length; i++, this.row++) {
      const from = GLOBAL_EVENT_WORDS * i;
      const point = POINT_WORDS * i;
      const kind = messages[from + WORDS]!;
      if (kind < RECEIVED) negateY(points, point);
      const byte = this.row * this.#stride;
      const base = byte >> 2;
      for (let k = 0; k < WORDS; k++) words[base + message + k] = messages[from + k]!;
      for (let k = 0; k < DEGREE; k++) words[base + y + k] = points[point + DEGREE + k]!;
      for (let k = 0; k < POINT_WORDS; k++) words[base + before + k] = sum[k]!;
      addTo(sum, points, point);
      for (let k = 0; k < POINT_WORDS; k++) words[base + after + k] = sum[k]!;
      words[base + index] = this.row;
      structs[byte + kindAt] = kind & (RECEIVED - 1);
      structs[byte + isReceiveAt] = kind < RECEIVED ? 0 : 1;
      structs[byte + offsetAt] = offsets[i]!;
    }
  }
}

/** A sent message has the negative of the point that a received one has. */
function negateY(points: Uint32Array, at: number): void {
  for (let i = at + DEGREE; i < at + POINT_WORDS; i++) points[i] = points[i] === 0 ? 0 : P - points[i]!;
}

/** Events of Global for those of a shard's other chips, of which there are `count`. */
export function globalRows(events: ReadonlyMap<ChipName, Uint8Array>, count: number): GlobalRows {
  const writer = new GlobalWriter(count);
  eachTile(events, Math.min(count, TILE), messages => writer.write(messages));
  const { bytes } = sp1Chip('Global').event;
  return { events: writer.structs.subarray(0, writer.row * bytes), sum: [...writer.sum] };
}
