// The engines that run whole programs: tests have one body and a row for each of these.

import type { RunResult } from '../../src/execute.ts';

export type Engine = RunResult['engine'];

export const ENGINES: readonly Engine[] = ['interpreter', 'js', 'wasm'];
