// A guest in its start state, to be run once, by whichever executor its program needs.

import type { Program } from '../../codegen/program/program.ts';
import type { Exit } from '../../runtime/exit.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Tracer } from '../../runtime/trace/tracer.ts';
import type { ExecutorOptions } from './executor.ts';
import type { Machine } from './machine.ts';

export interface Execution {
  readonly program: Program;
  readonly machine: Machine;
  /** `engine` is the one that runs. */
  readonly options: ExecutorOptions;
  readonly memory: GuestMemory;
  readonly tracer: Tracer | undefined;
  /** Instructions executed so far, those of unconstrained execution included. */
  readonly instructions: number;
  run(): Exit;
}
