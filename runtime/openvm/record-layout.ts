// Structs of records, laid out as C does: fields in the order given, each at a multiple of its alignment. Fillers read them and
// runs that record write them by these offsets. Of the form of an event's layout in codegen/chips.

import { assert } from '../errors.ts';

export interface RecordField {
  readonly bits: number;
  /** 1, unless the field is a list. */
  readonly count: number;
  readonly isList: boolean;
  /** Bytes from the record's start to the first value; lists lie in a row, `stride` bytes apart. */
  readonly offset: number;
  readonly stride: number;
}

export interface RecordLayout {
  /** Bytes from one record to the next: a multiple of `align`. */
  readonly bytes: number;
  readonly align: number;
  readonly fields: ReadonlyMap<string, RecordField>;
}

export interface FieldType {
  readonly bits: number;
  readonly bytes: number;
  readonly align: number;
  readonly count?: number;
}

export const U32: FieldType = { bits: 32, bytes: 4, align: 4 };
export const U16: FieldType = { bits: 16, bytes: 2, align: 2 };
export const U8: FieldType = { bits: 8, bytes: 1, align: 1 };
export const FLAG: FieldType = { bits: 1, bytes: 1, align: 1 };
/** Four bytes that are one number, low byte first; upstream has them as bytes, so they may lie anywhere. */
export const WORD: FieldType = { bits: 32, bytes: 4, align: 1 };
export const list = (type: FieldType, count: number): FieldType => ({ ...type, count });

const upTo = (offset: number, align: number): number => Math.ceil(offset / align) * align;

/** A struct; its fields behind those of `before`, where that is given, as a struct of their own. */
export function struct(types: Readonly<Record<string, FieldType>>, before?: RecordLayout, minAlign = 1): RecordLayout {
  const align = Math.max(minAlign, ...Object.values(types).map(type => type.align));
  const start = upTo(before?.bytes ?? 0, align);
  let offset = start;
  const fields = new Map(before?.fields);
  for (const [name, { bits, bytes, align: own, count }] of Object.entries(types)) {
    assert(!fields.has(name), `records: ${name} twice`);
    offset = upTo(offset, own);
    fields.set(name, { bits, count: count ?? 1, isList: count !== undefined, offset, stride: bytes });
    offset += bytes * (count ?? 1);
  }
  const whole = Math.max(align, before?.align ?? 1);
  return { bytes: upTo(upTo(offset, align), whole), align: whole, fields };
}

/** Where a field is. */
export function offsetOf(layout: RecordLayout, name: string): number {
  const field = layout.fields.get(name);
  assert(field !== undefined, `records: no ${name}`);
  return field.offset;
}

/** The values of a record's fields, for tests and messages. */
export function readRecord(layout: RecordLayout, bytes: DataView, at: number): Record<string, number | number[]> {
  const read = (offset: number, { bits, stride }: RecordField): number => {
    if (stride === 4) return bytes.getUint32(at + offset, true);
    return stride === 2 ? bytes.getUint16(at + offset, true) : bytes.getUint8(at + offset) & (bits === 1 ? 1 : 0xff);
  };
  const values = [...layout.fields].map(([name, field]): [string, number | number[]] => {
    const all = Array.from({ length: field.count }, (_, i) => read(field.offset + i * field.stride, field));
    return [name, field.isList ? all : all[0]!];
  });
  return Object.fromEntries(values);
}
