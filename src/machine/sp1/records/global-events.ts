// What a shard tells the others, as rows of Global: messages lifted to points of a curve, and their running sum.
// Reference: sp1:crates/core/machine/src/global, SP1 6.4.0.

import type { EventLayout } from '../../../../codegen/chips/event.ts';
import { sp1Chip } from '../../../../codegen/chips/sp1/index.ts';
import { GLOBAL_EVENT_WORDS } from '../../../../codegen/wgsl/sp1-global.ts';
import { START_POINT } from '../../../../runtime/curves/global-points.ts';
import { type SepticPoint, septicNegate } from '../../../../runtime/curves/septic.ts';
import type { ChipName } from './chips.ts';
import { globalPoints } from './global-lift.ts';

const MEMORY_KIND = 1;
const SYSCALL_KIND = 8;

interface Message {
  readonly elements: readonly number[];
  readonly isReceive: boolean;
  readonly kind: number;
}

export interface GlobalRows {
  readonly events: Uint8Array;
  /** The shard's digest: x, then y. */
  readonly sum: readonly number[];
}

/** Reads fields of structs. */
class Reader {
  readonly #view: DataView;
  readonly #layout: EventLayout;

  constructor(layout: EventLayout, structs: Uint8Array) {
    this.#layout = layout;
    this.#view = new DataView(structs.buffer, structs.byteOffset, structs.byteLength);
  }

  get count(): number {
    return this.#view.byteLength / this.#layout.bytes;
  }

  /** 16 bits of a field, from bit 16 i on. */
  limb(row: number, field: string, i: number): number {
    return this.#view.getUint16(row * this.#layout.bytes + this.#layout.fields.get(field)!.offset + 2 * i, true);
  }

  byte(row: number, field: string): number {
    return this.#view.getUint8(row * this.#layout.bytes + this.#layout.fields.get(field)!.offset);
  }

  limbs(row: number, field: string): number[] {
    return [0, 1, 2].map(i => this.limb(row, field, i));
  }

  /** Bits 24 to 47, and those below. */
  clock(row: number, field: string): [number, number] {
    const [low, middle, high] = this.limbs(row, field) as [number, number, number];
    return [(middle >>> 8) + 256 * high, low + 65_536 * (middle & 255)];
  }
}

function memoryMessage(
  reader: Reader,
  row: number,
  clk: string | undefined,
  value: string,
  isReceive: boolean,
): Message {
  const third = reader.limb(row, value, 2);
  const elements = [
    ...(clk === undefined ? [0, 0] : reader.clock(row, clk)),
    ...reader.limbs(row, 'addr'),
    reader.limb(row, value, 0) + 65_536 * (third & 255),
    reader.limb(row, value, 1) + 65_536 * (third >>> 8),
    reader.limb(row, value, 3),
  ];
  return { elements, isReceive, kind: MEMORY_KIND };
}

function* messagesOf(events: ReadonlyMap<ChipName, Uint8Array>): Generator<Message> {
  const readerOf = (name: ChipName): Reader => new Reader(sp1Chip(name).event, events.get(name) ?? new Uint8Array(0));
  for (const name of ['SyscallCore', 'SyscallPrecompile'] as const) {
    const reader = readerOf(name);
    for (let row = 0; row < reader.count; row++) {
      const [first, ...others] = reader.limbs(row, 'arg1') as [number, number, number];
      const id = reader.byte(row, 'id') + 256 * first;
      const elements = [...reader.clock(row, 'clk'), id, ...others, ...reader.limbs(row, 'arg2')];
      yield { elements, isReceive: name === 'SyscallPrecompile', kind: SYSCALL_KIND };
    }
  }
  const inits = readerOf('MemoryGlobalInit');
  for (let row = 0; row < inits.count; row++) yield memoryMessage(inits, row, undefined, 'value', false);
  const finals = readerOf('MemoryGlobalFinalize');
  for (let row = 0; row < finals.count; row++) yield memoryMessage(finals, row, 'ts', 'value', true);
  const locals = readerOf('MemoryLocal');
  for (let row = 0; row < locals.count; row++) {
    yield memoryMessage(locals, row, 'initial_ts', 'initial_value', true);
    yield memoryMessage(locals, row, 'final_ts', 'final_value', false);
  }
}

/** The messages that Global's rows are made of, of which there are `count`: as a device takes them, 9 words each. */
export function globalMessages(events: ReadonlyMap<ChipName, Uint8Array>, count: number): Uint32Array {
  const words = new Uint32Array(count * GLOBAL_EVENT_WORDS);
  let at = 0;
  for (const { elements, kind, isReceive } of messagesOf(events)) {
    words.set(elements, at);
    words[at + GLOBAL_EVENT_WORDS - 1] = kind + (isReceive ? 256 : 0);
    at += GLOBAL_EVENT_WORDS;
  }
  return words;
}

/** Events of Global for those of a shard's other chips, of which there are `count`. */
export function globalRows(events: ReadonlyMap<ChipName, Uint8Array>, count: number): GlobalRows {
  const { bytes, fields } = sp1Chip('Global').event;
  const view = new DataView(new ArrayBuffer(count * bytes));
  const at = (name: string): number => fields.get(name)!.offset;
  const places = ['message', 'y', 'sum_before', 'sum_after', 'index', 'kind', 'is_receive', 'offset'].map(at);
  const [message, y, before, after, index, kind, isReceive, offset] = places as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  const putAll = (place: number, values: readonly number[]): void => {
    for (const [i, value] of values.entries()) view.setUint32(place + 4 * i, value, true);
  };
  const points = globalPoints();
  let sum: SepticPoint = START_POINT;
  let row = 0;
  for (const one of messagesOf(events)) {
    const lifted = points.lift(one.elements, one.kind);
    const point = one.isReceive ? lifted.point : { x: lifted.point.x, y: septicNegate(lifted.point.y) };
    const next = points.add(sum, point);
    const base = row * bytes;
    putAll(base + message, one.elements);
    putAll(base + y, point.y);
    putAll(base + before, [...sum.x, ...sum.y]);
    putAll(base + after, [...next.x, ...next.y]);
    view.setUint32(base + index, row, true);
    view.setUint8(base + kind, one.kind);
    view.setUint8(base + isReceive, one.isReceive ? 1 : 0);
    view.setUint8(base + offset, lifted.offset);
    sum = next;
    row++;
  }
  return { events: new Uint8Array(view.buffer, 0, row * bytes), sum: [...sum.x, ...sum.y] };
}
