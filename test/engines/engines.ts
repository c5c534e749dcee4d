// What runs whole programs: tests have one body and a row for each of these.

import { MAX_HOT } from '../../runtime/abi.ts';
import type { RunResult } from '../../src/verbs/execute.ts';

export type Engine = RunResult['engine'];

/**
 * Traced runs write a minimal trace besides; only programs of RV64 whose accesses must be aligned have one. Metered runs
 * count blocks and touches.
 */
export type Mode = 'pure' | 'traced' | 'metered';

export interface Runner {
  readonly name: string;
  readonly engine: Engine;
  /** Where given, the threshold of this runner whatever the test asks for. */
  readonly hot?: number;
}

/** `cold` is the interpreter that runs what engines js and wasm have not compiled, and nothing else. */
export const RUNNERS: readonly Runner[] = [
  { name: 'interpreter', engine: 'interpreter' },
  { name: 'cold', engine: 'wasm', hot: MAX_HOT },
  { name: 'js', engine: 'js' },
  { name: 'wasm', engine: 'wasm' },
];

export const MODES: readonly Mode[] = ['pure', 'traced'];

export interface Row extends Runner {
  readonly mode: Mode;
}

export const METERED: readonly Row[] = RUNNERS.map(runner => ({ ...runner, mode: 'metered' }));

export const ROWS: readonly Row[] = RUNNERS.flatMap(runner => MODES.map(mode => ({ ...runner, mode })));
