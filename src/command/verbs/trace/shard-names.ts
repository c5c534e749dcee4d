// The files of shards and segments in a trace's folder: one has its name when it is listed, and none that is not listed stays.

import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PARTIAL } from '../own-folder.ts';

const PARTIAL_FILE = /^(shard|segment)-.*\.partial$/;

const numbered = (index: number): string => `${String(index).padStart(6, '0')}.bin`;

export const shardFile = (index: number): string => `shard-${numbered(index)}`;

export const segmentFile = (index: number): string => `segment-${numbered(index)}`;

/** What a file is called until it is listed. */
export const partialOf = (name: string): string => name + PARTIAL;

/** Gives a file, which is whole, its name. Throws Node's error. */
export function nameFile(directory: string, name: string): void {
  renameSync(join(directory, partialOf(name)), join(directory, name));
}

/** Removes what was not listed, when nobody writes any more. */
export function dropPartialFiles(directory: string): void {
  for (const name of readdirSync(directory))
    if (PARTIAL_FILE.test(name)) rmSync(join(directory, name), { force: true });
}
