// A shard's file while its columns are made: several threads write to it, each where its chip's columns go.

import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { sp1Chip } from '../../../codegen/chips/sp1/index.ts';
import type { Columns } from '../../../runtime/columns/columns.ts';
import { type ShardFileHeader, shardFileStart } from '../../../runtime/columns/shard-file.ts';
import { koalaBear } from '../../../runtime/fields/koala-bear.ts';
import type { Shard } from '../../machine/sp1/records/shards.ts';
import { partialShardFile, shardFile } from '../verbs/shard-names.ts';

const partialOf = (directory: string, shard: number): string => join(directory, partialShardFile(shard));

/** Bytes of the columns of a shard. */
const columnBytes = ({ chips }: Pick<Shard, 'chips'>): number =>
  chips.reduce((sum, { name, rows }) => sum + 4 * rows * widthOf(name), 0);

function widthOf(name: string): number {
  const chip = sp1Chip(name);
  return chip.columns.length - chip.fixed;
}

function headerOf(shard: Shard): ShardFileHeader {
  let offset = 0;
  const chips = shard.chips.map(({ name, rows, realRows }) => {
    const chip = sp1Chip(name);
    const columns = chip.columns.slice(chip.fixed).map(column => column.name);
    const placed = { name, rows, realRows, columns, stride: rows, offset };
    offset += 4 * rows * columns.length;
    return placed;
  });
  return { machine: 'sp1', shard: shard.index, field: koalaBear.name, form: 'canonical', chips };
}

function writeFully(file: number, data: Uint8Array, position: number): void {
  for (let at = 0; at < data.length; ) at += writeSync(file, data, at, data.length - at, position + at);
}

/** Begins the file; gives the bytes before its columns. Throws Node's error (ENOSPC, …). */
export function beginShardFile(directory: string, shard: Shard): number {
  const start = shardFileStart(headerOf(shard));
  const file = openSync(partialOf(directory, shard.index), 'w');
  try {
    writeFully(file, start, 0);
  } finally {
    closeSync(file);
  }
  return start.length;
}

/** Writes the columns of a chip, the first at byte `before`. */
export function writeColumns(directory: string, shard: number, columns: Columns, before: number): void {
  const { width, stride, rows, data } = columns;
  const file = openSync(partialOf(directory, shard), 'r+');
  try {
    for (let column = 0; column < width; column++) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset + 4 * column * stride, 4 * rows);
      writeFully(file, bytes, before + 4 * column * rows);
    }
  } finally {
    closeSync(file);
  }
}

/** Name and size of the file, which is whole; it has its name when it is listed. */
export const shardFileOf = (shard: Shard): { readonly file: string; readonly bytes: number } => ({
  file: shardFile(shard.index),
  bytes: shardFileStart(headerOf(shard)).length + columnBytes(shard),
});

/** It will not be. */
export function dropShardFile(directory: string, shard: number): void {
  rmSync(partialOf(directory, shard), { force: true });
}
