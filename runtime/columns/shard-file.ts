// A shard's columns in a file: a magic, a version, a JSON header, then canonical u32, little-endian, by columns.

import { JitExecError } from '../errors.ts';

const MAGIC = 'JXSHARD\0';
const VERSION = 1;
/** Magic, version, bytes of the header. */
const PREFIX_BYTES = 16;
const ALIGNMENT = 64;

export interface ShardFileChip {
  readonly name: string;
  /** With padding. */
  readonly rows: number;
  readonly realRows: number;
  /** Names. */
  readonly columns: readonly string[];
  /** Elements from one column to the next. */
  readonly stride: number;
  /** Bytes from the first multiple of 64 behind the header. */
  readonly offset: number;
}

export interface ShardFileHeader {
  readonly machine: string;
  readonly shard: number;
  readonly field: string;
  readonly form: 'canonical';
  readonly chips: readonly ShardFileChip[];
}

/** All that stands before the columns. */
export function shardFileStart(header: ShardFileHeader): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(Math.ceil((PREFIX_BYTES + json.length) / ALIGNMENT) * ALIGNMENT);
  start.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(start.buffer);
  view.setUint32(MAGIC.length, VERSION, true);
  view.setUint32(MAGIC.length + 4, json.length, true);
  start.set(json, PREFIX_BYTES);
  return start;
}

/** A chip of a shard that was read. */
export interface ReadChip extends ShardFileChip {
  /** Column i, of `rows` elements. */
  column(i: number): Uint32Array;
}

export interface ReadShard extends Omit<ShardFileHeader, 'chips'> {
  readonly chips: readonly ReadChip[];
}

/** What stands before the columns of a file, and at which byte they begin. */
export interface ShardFileStart {
  readonly header: ShardFileHeader;
  readonly data: number;
}

/** Bytes of a file's beginning that tell how long its start is. */
export const PREFIX: number = PREFIX_BYTES;

/** Bytes up to the columns. @throws TRACE_INVALID where the file is another one */
export function startBytes(prefix: Uint8Array, name = 'shard'): number {
  if (prefix.length < PREFIX_BYTES) throw invalid(`at least ${PREFIX_BYTES} bytes`, prefix.length, name);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const magic = new TextDecoder('latin1').decode(prefix.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw invalid('the magic JXSHARD', JSON.stringify(magic), name);
  const version = view.getUint32(MAGIC.length, true);
  if (version !== VERSION) throw invalid(`version ${VERSION}`, version, name);
  return Math.ceil((PREFIX_BYTES + view.getUint32(MAGIC.length + 4, true)) / ALIGNMENT) * ALIGNMENT;
}

/** The start of a file of so many bytes. @throws TRACE_INVALID where it is truncated or of another form */
export function readShardStart(start: Uint8Array, fileBytes: number, name = 'shard'): ShardFileStart {
  const data = startBytes(start, name);
  const length = new DataView(start.buffer, start.byteOffset).getUint32(MAGIC.length + 4, true);
  if (data > start.length) throw invalid(`a header of ${length} bytes`, start.length - PREFIX_BYTES, name);
  const header = parseHeader(start.subarray(PREFIX_BYTES, PREFIX_BYTES + length), (...given) =>
    invalid(...given, name),
  );
  for (const { name: chip, columns, rows, stride, offset } of header.chips) {
    const size = 4 * (Math.max(0, columns.length - 1) * stride + (columns.length > 0 ? rows : 0));
    const room = fileBytes - data;
    if (offset + size > room) throw invalid(`${offset + size} bytes of columns up to ${chip}`, room, name);
  }
  return { header, data };
}

/** The shard in the bytes of a file. @throws TRACE_INVALID where they are truncated or of another form. */
export function readShard(bytes: Uint8Array, name = 'shard'): ReadShard {
  const { header, data } = readShardStart(bytes, bytes.length, name);
  return {
    ...header,
    chips: header.chips.map(chip => {
      const { columns, rows, stride, offset } = chip;
      return { ...chip, column: i => elements(bytes, data + offset + 4 * i * stride, rows, i < columns.length) };
    }),
  };
}

const invalid = (expected: string, got: unknown, name: string): JitExecError =>
  new JitExecError('TRACE_INVALID', `shard: expected ${expected}, got ${got} in ${name}`);

function elements(bytes: Uint8Array, at: number, count: number, isThere: boolean): Uint32Array {
  if (!isThere) throw new JitExecError('USAGE', 'shard: the chip has no such column');
  const start = bytes.byteOffset + at;
  if (start % 4 === 0) return new Uint32Array(bytes.buffer, start, count);
  return new Uint32Array(bytes.slice(at, at + 4 * count).buffer);
}

type Invalid = (expected: string, got: unknown) => JitExecError;

function parseHeader(json: Uint8Array, invalid: Invalid): ShardFileHeader {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    throw invalid('a header of JSON', (error as Error).message);
  }
  const header = value as Partial<ShardFileHeader> | null;
  const isNamed = typeof header?.machine === 'string' && typeof header.field === 'string' && isCount(header.shard);
  if (!isNamed || header.form !== 'canonical' || !Array.isArray(header.chips)) {
    throw invalid('a header with shard, form and chips', JSON.stringify(header)?.slice(0, 80));
  }
  for (const chip of header.chips as unknown[])
    if (!isChip(chip)) throw invalid('a chip', JSON.stringify(chip)?.slice(0, 80));
  return value as ShardFileHeader;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function isChip(value: unknown): value is ShardFileChip {
  const chip = value as Partial<ShardFileChip> | null;
  return (
    typeof chip?.name === 'string' &&
    [chip.rows, chip.realRows, chip.stride, chip.offset].every(isCount) &&
    chip.stride! >= chip.rows! &&
    chip.offset! % 4 === 0 &&
    Array.isArray(chip.columns) &&
    chip.columns.every(column => typeof column === 'string')
  );
}
