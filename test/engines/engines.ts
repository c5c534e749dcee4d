// What runs whole programs: tests have one body and a row for each of these.

import type { RunResult } from '../../src/execute.ts';

export type Engine = RunResult['engine'];

/** Traced runs write a minimal trace besides; only programs of RV64 whose accesses must be aligned have one. */
export type Mode = 'pure' | 'traced';

export const ENGINES: readonly Engine[] = ['interpreter', 'js', 'wasm'];

export const MODES: readonly Mode[] = ['pure', 'traced'];

export interface Row {
  readonly engine: Engine;
  readonly mode: Mode;
}

export const ROWS: readonly Row[] = ENGINES.flatMap(engine => MODES.map(mode => ({ engine, mode })));
