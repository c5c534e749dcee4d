// A file of columns while they are made: several threads write to it, each where its chip's columns go. It has its name when it
// is listed.

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Chip } from '../../../../codegen/chips/chip.ts';
import type { Columns } from '../../../../runtime/columns/columns.ts';
import { type ShardFileChip, type ShardFileHeader, shardFileStart } from '../../../../runtime/columns/shard-file.ts';
import { partialOf } from '../../verbs/trace/shard-names.ts';

/** Chips one after the other, packed. */
export function placedChips(
  chips: readonly { readonly chip: Chip; readonly rows: number; readonly realRows: number }[],
): ShardFileChip[] {
  let offset = 0;
  return chips.map(({ chip, rows, realRows }) => {
    const columns = chip.columns.slice(chip.fixed).map(column => column.name);
    const placed = { name: chip.name, rows, realRows, columns, stride: rows, offset };
    offset += 4 * rows * columns.length;
    return placed;
  });
}

/** Bytes of the whole file. */
export function fileBytes(header: ShardFileHeader): number {
  const columns = header.chips.reduce((sum, { rows, columns: { length } }) => sum + 4 * rows * length, 0);
  return shardFileStart(header).length + columns;
}

function writeFully(file: number, data: Uint8Array, position: number): void {
  for (let at = 0; at < data.length; ) at += writeSync(file, data, at, data.length - at, position + at);
}

/** Begins the file of that name; gives the bytes before its columns. Throws Node's error (ENOSPC, …). */
export function beginFile(directory: string, name: string, header: ShardFileHeader): number {
  const start = shardFileStart(header);
  const file = openSync(join(directory, partialOf(name)), 'w');
  try {
    writeFully(file, start, 0);
  } finally {
    closeSync(file);
  }
  return start.length;
}

/** Writes the columns of a chip, the first at byte `before`. */
export function writeColumns(directory: string, name: string, columns: Columns, before: number): void {
  const { width, stride, rows, data } = columns;
  const file = openSync(join(directory, partialOf(name)), 'r+');
  try {
    for (let column = 0; column < width; column++) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset + 4 * column * stride, 4 * rows);
      writeFully(file, bytes, before + 4 * column * rows);
    }
  } finally {
    closeSync(file);
  }
}

/** It will not be. */
export function dropFile(directory: string, name: string): void {
  rmSync(join(directory, partialOf(name)), { force: true });
}
