// The fields of a record as stores: numbers are constants, lists are taken apart.

import type { RecordLayout } from '../../../runtime/openvm/record-layout.ts';
import type { RecordValues } from '../../preflight/forms.ts';
import type { Value, Values } from '../binary/values.ts';
import type { EventField, Source } from '../walk/event-fields.ts';

export type Fields = readonly (EventField & { readonly source: Source })[];

const WORD = 4;

export function fieldsOf(layout: RecordLayout, values: RecordValues<Value>, i32: Values): Fields {
  const fields: (EventField & { readonly source: Source })[] = [];
  const put = (name: string, offset: number, bytes: number, value: Value | number): void => {
    const source = typeof value === 'number' ? { constant: BigInt(value) } : value;
    fields.push({ name, offset, bytes: bytes as EventField['bytes'], source });
  };
  const byteOf = (value: Value | number, i: number): Value | number => {
    if (typeof value === 'number') return (value >>> (8 * i)) & 255;
    const shifted = i === 0 ? value : i32.shrU(value, i32.constant(8 * i));
    return i === 3 ? shifted : i32.and(shifted, i32.constant(255));
  };
  for (const [name, { offset, stride, isList, count }] of layout.fields) {
    const value = values[name];
    if (!isList) put(name, offset, stride, value ?? 0);
    else if (value === undefined)
      for (let i = 0; i < count; i++) put(name, offset + i * stride, stride, values[`${name}.${i}`]!);
    else if (stride === 1) put(name, offset, WORD, value);
    else for (let i = 0; i < count; i++) put(name, offset + i * stride, stride, byteOf(value, i));
  }
  return fields;
}
