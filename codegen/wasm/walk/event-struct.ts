// The stores of an event: constants of neighbouring fields in one.

import type { CodeWriter } from '../binary/code.ts';
import { type AccessOp, access } from '../binary/instructions.ts';
import type { EventField, Source } from './event-fields.ts';

export const STORES: Readonly<Record<1 | 2 | 4 | 8, AccessOp>> = {
  1: access.i32Store8,
  2: access.i32Store16,
  4: access.i32Store,
  8: access.i64Store,
};

interface Constant {
  readonly offset: number;
  readonly bytes: number;
  readonly value: bigint;
}

const isConstant = (source: Source): source is { readonly constant: bigint } => typeof source !== 'function';

/** Neighbours as one, as far as they make 2, 4 or 8 bytes that are aligned in the struct. */
export function mergedConstants(constants: readonly Constant[]): readonly Constant[] {
  let all = [...constants].sort((a, b) => a.offset - b.offset);
  for (const bytes of [1, 2, 4]) {
    const longer: Constant[] = [];
    for (const one of all) {
      const last = longer.at(-1);
      const isNext = last?.bytes === bytes && one.bytes === bytes && last.offset + bytes === one.offset;
      if (!isNext || last.offset % (2 * bytes) !== 0) longer.push(one);
      else longer.splice(-1, 1, { ...last, bytes: 2 * bytes, value: last.value | (one.value << BigInt(8 * bytes)) });
    }
    all = longer;
  }
  return all;
}

/** Writes an event `at` bytes behind the address in a local. */
export function writeStruct(
  code: CodeWriter,
  base: number,
  at: number,
  fields: readonly (EventField & { readonly source: Source })[],
): void {
  const constants: Constant[] = [];
  for (const { offset, bytes, source } of fields) {
    if (isConstant(source)) {
      constants.push({ offset, bytes, value: BigInt.asUintN(8 * bytes, source.constant) });
      continue;
    }
    code.localGet(base);
    source();
    code.access(STORES[bytes], at + offset, 0);
  }
  for (const { offset, bytes, value } of mergedConstants(constants)) {
    code.localGet(base);
    if (bytes === 8) code.i64Const(BigInt.asIntN(64, value));
    else code.i32Const(Number(value) | 0);
    code.access(STORES[bytes as keyof typeof STORES], at + offset, 0);
  }
}
