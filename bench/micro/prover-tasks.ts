// Kernels of the prover, each in one call of many rows.

import { ProverArena } from '../../src/proof/prover/lanes/arena.ts';
import { kernelCall, type LaneCall } from '../../src/proof/prover/lanes/calls.ts';
import { SoleCrew } from '../../src/proof/prover/lanes/crew.ts';
import { Tables } from '../../src/proof/prover/lanes/tables.ts';

/** Permutations of a call. */
const ROWS = 4096;
/** log2 of a column's rows. */
const LOG_ROWS = 16;

/** 4096 permutations each, and the extension of a column of 2^16 rows: 1.6 M butterflies. */
export function proverTasks(): { readonly name: string; readonly run: () => void }[] {
  const crew = new SoleCrew();
  const arena = new ProverArena(crew.memory);
  const tables = new Tables(arena, crew);
  const [from, to] = [arena.take(16 * ROWS), arena.take(8 * ROWS)];
  const list = arena.placeRaw(Array.from({ length: 8 }, (_, i) => from + 4 * ROWS * i));
  const [column, extended] = [arena.take(2 ** LOG_ROWS), arena.take(2 ** (LOG_ROWS + 1) + 16)];
  const factors = [
    tables.levels('inverses', LOG_ROWS),
    tables.scale(LOG_ROWS, 1),
    tables.levels('roots', LOG_ROWS + 1),
  ].flatMap(one => [one.factors, one.prepared]);
  const calls: Readonly<Record<string, LaneCall>> = {
    'prover compress': kernelCall('compress', from, from + 32, 64, to, ROWS),
    'prover hash rows': kernelCall('hashRows', list, 8, 0, ROWS, to, 0, ROWS),
    'prover extend': kernelCall('extend', column, extended, 4 * 2 ** LOG_ROWS, ...factors),
  };
  return Object.entries(calls).map(([name, call]) => ({ name, run: () => void crew.ask(call) }));
}
