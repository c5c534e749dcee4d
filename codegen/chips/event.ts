// Events: what a row is told. A struct of u32, whose layout is computed here from the fields' bits and nowhere else:
// fields of up to 8 and 16 bits share u32, one of more than 32 bits is two, low first.

import { assert } from '../../runtime/errors.ts';
import { Word } from './word.ts';

/** Bits of each field, or bits and how many of them there are. */
export type EventFields = Readonly<Record<string, number | readonly [bits: number, count: number]>>;

/** A field's words in a description. */
export type EventWords<F extends EventFields> = {
  readonly [K in keyof F]: F[K] extends number ? Word : readonly Word[];
};

/** An event's values. */
export type EventValues<F extends EventFields> = {
  readonly [K in keyof F]: F[K] extends number ? bigint : readonly bigint[];
};

/** The values of an event of some chip. */
export type Event = Readonly<Record<string, bigint | readonly bigint[]>>;

export interface FieldPlace {
  readonly bits: number;
  /** 1, unless the field is a list. */
  readonly count: number;
  readonly isList: boolean;
  /** Bytes from the event's start to the first value; lists lie in a row, `stride` bytes apart. */
  readonly offset: number;
  readonly stride: number;
}

export interface EventLayout {
  /** A multiple of four. */
  readonly bytes: number;
  readonly fields: ReadonlyMap<string, FieldPlace>;
}

const bytesOf = (bits: number): number => (bits > 32 ? 8 : bits > 16 ? 4 : bits > 8 ? 2 : 1);

/** Large fields first, so that none needs padding; in the order given where they are of a size. */
export function eventLayout(fields: EventFields): EventLayout {
  const places = Object.entries(fields).map(([name, spec]) => {
    const [bits, count] = typeof spec === 'number' ? [spec, 1] : spec;
    assert(bits >= 1 && bits <= 64 && count >= 1, `chips: ${bits} bits of ${name}`);
    return { name, bits, count, isList: typeof spec !== 'number', stride: bytesOf(bits) };
  });
  places.sort((a, b) => b.stride - a.stride);
  let offset = 0;
  const placed = places.map(({ name, ...place }): [string, FieldPlace] => {
    const at = offset;
    offset += place.count * place.stride;
    return [name, { ...place, offset: at }];
  });
  return { bytes: Math.ceil(offset / 4) * 4, fields: new Map(placed) };
}

/** Fields where a given struct has them, perhaps with fewer bits; it may have more of them. */
export function placedIn({ bytes, fields: places }: EventLayout, fields: EventFields): EventLayout {
  assert(bytes % 4 === 0, `chips: a struct of ${bytes} bytes`);
  const placed = Object.entries(fields).map(([name, spec]): [string, FieldPlace] => {
    const [bits, count] = typeof spec === 'number' ? [spec, 1] : spec;
    const place = places.get(name);
    assert(place !== undefined && place.count === count && place.bits >= bits, `chips: the struct has no such ${name}`);
    return [name, { ...place, bits }];
  });
  return { bytes, fields: new Map(placed) };
}

export function wordsOf<F extends EventFields>(fields: F): EventWords<F> {
  const words = Object.entries(fields).map(([name, spec]) => {
    if (typeof spec === 'number') return [name, Word.field(name, 0, spec)];
    const [bits, count] = spec;
    return [name, Array.from({ length: count }, (_, i) => Word.field(name, i, bits))];
  });
  return Object.fromEntries(words) as EventWords<F>;
}

/** Writes an event's struct at `at` bytes. */
export function writeEvent(layout: EventLayout, event: Event, view: DataView, at: number): void {
  for (const [name, { bits, count, isList, offset, stride }] of layout.fields) {
    const value = event[name];
    assert(value !== undefined, `chips: an event without ${name}`);
    const values = isList ? (value as readonly bigint[]) : [value as bigint];
    assert(values.length === count, `chips: ${values.length} of ${name}`);
    for (const [i, one] of values.entries()) {
      assert(one === BigInt.asUintN(bits, one), `chips: ${one} has more than the ${bits} bits of ${name}`);
      writeBytes(view, at + offset + i * stride, stride, one);
    }
  }
}

function writeBytes(view: DataView, at: number, bytes: number, value: bigint): void {
  if (bytes === 8) view.setBigUint64(at, value, true);
  else if (bytes === 4) view.setUint32(at, Number(value), true);
  else if (bytes === 2) view.setUint16(at, Number(value), true);
  else view.setUint8(at, Number(value));
}
