// pprof's profile.proto, uncompressed: what `go tool pprof`, Pyroscope and speedscope read.
// Reference: github.com/google/pprof proto/profile.proto.

import type { CallNode, CallTree } from '../call-tree.ts';

/** Protocol buffers: fields of numbers, and of bytes. */
class Message {
  readonly bytes: number[] = [];

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes.push((rest % 128) | 128);
    this.bytes.push(rest);
  }

  number(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  message(field: number, { bytes }: { readonly bytes: ArrayLike<number> }): this {
    this.#varint(field * 8 + 2);
    this.#varint(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.bytes.push(bytes[i]!);
    return this;
  }

  numbers(field: number, values: readonly number[]): this {
    const packed = new Message();
    for (const value of values) packed.#varint(value);
    return this.message(field, packed);
  }
}

type Numbered = (key: string, make: (id: number) => Message, field: number) => number;

/** Entries of tables, numbered from 1 as they are first met. */
function numbered(tables: Message): Numbered {
  const ids = new Map<string, number>();
  return (key, make, field) => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(key, id);
    tables.message(field, make(id));
    return id;
  };
}

const PROFILE = { sampleType: 1, sample: 2, location: 4, function: 5, stringTable: 6, defaultSampleType: 14 } as const;

export function pprofProfile({ nodes, weight }: CallTree): Uint8Array<ArrayBuffer> {
  // The first is empty by definition.
  const strings = new Map([['', 0]]);
  const stringOf = (text: string): number => {
    const index = strings.get(text) ?? strings.size;
    strings.set(text, index);
    return index;
  };
  const profile = new Message();
  const valueType = (): Message => new Message().number(1, stringOf(weight)).number(2, stringOf('count'));
  profile.message(PROFILE.sampleType, valueType());
  const tables = new Message();
  const [functionOf, locationOf] = [numbered(tables), numbered(tables)];
  const functionId = ({ address, name, source, inlined }: CallNode): number =>
    functionOf(
      inlined === true ? name : address,
      id =>
        new Message()
          .number(1, id)
          .number(2, stringOf(name))
          .number(3, stringOf(name))
          .number(4, stringOf(source?.file ?? ''))
          .number(5, source?.line ?? 0),
      PROFILE.function,
    );
  /** A frame, of which those inlined in it come first. */
  const locationId = (frame: readonly CallNode[]): number => {
    const lines = frame.map(node => [functionId(node), node.source?.line ?? 0] as const);
    const make = (id: number): Message => {
      const place = new Message().number(1, id).number(3, Number(frame[0]!.address));
      for (const [ofFunction, line] of lines) place.message(4, new Message().number(1, ofFunction).number(2, line));
      return place;
    };
    return locationOf(`${frame[0]!.address} ${lines}`, make, PROFILE.location);
  };
  /** Of each node its frame so far, and those around that, the innermost first. */
  const stacks: { readonly frame: readonly CallNode[]; readonly outer: readonly number[] }[] = [];
  for (const node of nodes) {
    const around = stacks[node.parent];
    const isInside = node.inlined === true && around !== undefined;
    const frame = isInside ? [node, ...around.frame] : [node];
    const outer = isInside ? around.outer : around === undefined ? [] : [locationId(around.frame), ...around.outer];
    stacks.push({ frame, outer });
    const id = locationId(frame);
    if (node.self === 0) continue;
    profile.message(PROFILE.sample, new Message().numbers(1, [id, ...outer]).numbers(2, [node.self]));
  }
  profile.number(PROFILE.defaultSampleType, stringOf(weight));
  const text = new TextEncoder();
  for (const string of strings.keys()) profile.message(PROFILE.stringTable, { bytes: text.encode(string) });
  return Uint8Array.from([...profile.bytes, ...tables.bytes]);
}
