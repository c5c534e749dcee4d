// A store's files in memory, which can be killed at a step.

import type { StoreFiles } from '../../src/planner/store/files.ts';

export class Killed extends Error {}

/** Files in memory that are killed at a step; half of what was to be written is there then. */
export function memoryFiles(all: Map<string, Uint8Array>, steps: number = Number.POSITIVE_INFINITY): StoreFiles {
  let left = steps;
  const step = (): void => {
    if (left-- <= 0) throw new Killed();
  };
  return {
    read: path => all.get(path)?.slice(),
    write(path, bytes) {
      if (left === 0) all.set(path, bytes.slice(0, bytes.length >>> 1));
      step();
      all.set(path, bytes.slice());
    },
    rename(from, to) {
      step();
      all.set(to, all.get(from)!);
      all.delete(from);
    },
    list: folder => [...all.keys()].filter(path => path.startsWith(`${folder}/`)).sort(),
    remove(path) {
      step();
      all.delete(path);
    },
  };
}
