// The files of shards in a trace's folder: one has its name when it is listed, and none that is not listed stays.

import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PARTIAL = '.partial';

export const shardFile = (index: number): string => `shard-${String(index).padStart(6, '0')}.bin`;

/** What a shard's file is called until it is listed. */
export const partialShardFile = (index: number): string => shardFile(index) + PARTIAL;

/** Gives a shard's file, which is whole, its name. Throws Node's error. */
export function nameShardFile(directory: string, index: number): void {
  renameSync(join(directory, partialShardFile(index)), join(directory, shardFile(index)));
}

/** Removes what was not listed, when nobody writes any more. */
export function dropPartialShards(directory: string): void {
  const names = readdirSync(directory).filter(name => name.startsWith('shard-') && name.endsWith(PARTIAL));
  for (const name of names) rmSync(join(directory, name), { force: true });
}
