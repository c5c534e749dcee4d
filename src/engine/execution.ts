// A guest in its start state, to be run once, by whichever executor its program needs.

import type { Program } from '../../codegen/program/program.ts';
import type { Exit } from '../../runtime/exit.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { RunObserver } from '../../runtime/trace/observer.ts';
import type { KeptCode } from './code/kept-code.ts';
import type { Machine } from './machine.ts';
import type { MeterOptions } from './meter.ts';
import type { Observation } from './observation.ts';

export interface ExecutorOptions extends MeterOptions {
  readonly engine: 'js' | 'wasm' | 'interpreter';
  readonly observe?: Observation | undefined;
  /** Entries of a loop or function before it is compiled; 2000 unless given. */
  readonly hot?: number | undefined;
  /** What earlier runs of the program have left, and this one adds to. */
  readonly kept?: KeptCode | undefined;
}

export interface Execution {
  readonly program: Program;
  readonly machine: Machine;
  /** `engine` is the one that runs. */
  readonly options: ExecutorOptions;
  readonly memory: GuestMemory;
  readonly observer: RunObserver | undefined;
  /** Instructions executed so far, those of unconstrained execution included. */
  readonly instructions: number;
  run(): Exit;
  /** After it: gives what was compiled to other processes, where there is a store for that. */
  saveCode?(): void;
}
