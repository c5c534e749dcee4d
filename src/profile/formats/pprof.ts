// pprof's profile.proto, uncompressed: what `go tool pprof`, Pyroscope and speedscope read.
// Reference: github.com/google/pprof proto/profile.proto.

import type { CallTree } from '../call-tree.ts';

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
  /** By address; from 1. */
  const ids = new Map<string, number>();
  const tables = new Message();
  const idOf = ({ address, name, source }: CallTree['nodes'][number]): number => {
    const known = ids.get(address);
    if (known !== undefined) return known;
    const id = ids.size + 1;
    ids.set(address, id);
    const line = source?.line ?? 0;
    tables.message(
      PROFILE.function,
      new Message()
        .number(1, id)
        .number(2, stringOf(name))
        .number(3, stringOf(name))
        .number(4, stringOf(source?.file ?? ''))
        .number(5, line),
    );
    const place = new Message().number(1, id).number(2, line);
    tables.message(PROFILE.location, new Message().number(1, id).number(3, Number(address)).message(4, place));
    return id;
  };
  const stacks: number[][] = [];
  for (const node of nodes) {
    // The innermost first.
    const stack = [idOf(node), ...(node.parent < 0 ? [] : stacks[node.parent]!)];
    stacks.push(stack);
    if (node.self === 0) continue;
    profile.message(PROFILE.sample, new Message().numbers(1, stack).numbers(2, [node.self]));
  }
  profile.number(PROFILE.defaultSampleType, stringOf(weight));
  const text = new TextEncoder();
  for (const string of strings.keys()) profile.message(PROFILE.stringTable, { bytes: text.encode(string) });
  return Uint8Array.from([...profile.bytes, ...tables.bytes]);
}
