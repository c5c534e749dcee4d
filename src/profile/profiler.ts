// Observers that follow a run's calls, and the tree that they leave.

import type { Program } from '../../codegen/program/program.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import { CLK_PER_INSTRUCTION } from '../../runtime/abi.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { ClockState, Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import { type MeteredRun, metering } from '../engine/metering.ts';
import type { Observation } from '../engine/observation.ts';
import { FollowedCalls, type WeightOf } from './call-flow.ts';
import type { CallNode, CallTree, ProfileWeight } from './call-tree.ts';
import { type DividedNode, divideInlined } from './inlined-calls.ts';

/** What a run's calls may come to until somebody looks: counts of 32 bits do not wrap. */
const MOST = 2 ** 29;

/** What an environment call that is about to be done weighs. */
export type CallWeight = (memory: GuestMemory) => number;

export interface ProfilerOptions {
  readonly program: Program;
  /** What the instruction at a slot weighs, where that is not the same for each. */
  readonly weightOf?: WeightOf | undefined;
  /** The most of them. */
  readonly mostWeight?: number | undefined;
  readonly callWeight?: CallWeight | undefined;
}

/** Follows calls and counts instructions. */
class Profiler implements RunObserver {
  readonly inlined: Inlined;
  readonly isFull = false;
  readonly calls: FollowedCalls;
  readonly #memory: GuestMemory;
  readonly #callWeight: CallWeight | undefined;
  #settledAt = 0;
  #isPaused = false;

  constructor(memory: GuestMemory, text: GuestText, { program, callWeight }: ProfilerOptions) {
    this.calls = new FollowedCalls(memory, text, program);
    this.inlined = { kind: 'profiled', calls: this.calls };
    this.#memory = memory;
    this.#callWeight = callWeight;
  }

  room(clk: number): number {
    if (!this.#isPaused && clk - this.#settledAt >= MOST * CLK_PER_INSTRUCTION) {
      this.calls.settle();
      this.#settledAt = clk;
    }
    return MOST;
  }

  pause(isOn: boolean): void {
    this.#isPaused = isOn;
  }

  call({ pc }: ClockState): void {
    if (this.#callWeight !== undefined) this.calls.add(this.#callWeight(this.#memory), pc);
  }

  end(): void {
    this.calls.settle();
  }

  begin(): void {}
  block(): void {}
  touch(): void {}
  record(): void {}
  stamp(): void {}
  append(): void {}
}

/** A run whose calls are followed to be. Instructions are counted where they have weights, or inlined functions are known. */
export function profiling(options: ProfilerOptions): Observation {
  const { program, weightOf, mostWeight = 1, callWeight } = options;
  if (weightOf === undefined && !program.debug.inlines.isKnown) {
    return { needs: { calls: true }, make: (memory, text) => new Profiler(memory, text, options) };
  }
  return metering({
    weightOf,
    most: Math.floor(MOST / mostWeight),
    calls: (memory, text) => new FollowedCalls(memory, text, program, weightOf),
    watch: run => {
      const calls = followedOf(run)!;
      calls.counts = () => run.counts();
      return {
        call: ({ pc }) => {
          if (callWeight !== undefined) calls.add(callWeight(run.memory), pc);
        },
      };
    },
  });
}

/** The calls that an observer followed. */
export function followedOf(observer: RunObserver | MeteredRun | undefined): FollowedCalls | undefined {
  const calls = observer !== undefined && 'calls' in observer ? observer.calls : undefined;
  return calls instanceof FollowedCalls ? calls : undefined;
}

/**
 * After the run. Of a weight `precompiles` what was added is all; of others it is part of the weight; without one, of a report, it
 * is precompiles beside instructions.
 */
export function callTree(calls: FollowedCalls, program: Program, weight: ProfileWeight | undefined): CallTree {
  const spent = program.debug.inlines.isKnown ? calls.spent : undefined;
  const divided = spent === undefined ? calls.nodes : divideInlined(calls.nodes, spent, program);
  const nodes = divided.map(({ parent, start, self, added, calls: entered, inlined }: DividedNode): CallNode => {
    const pc = calls.pcOf(start);
    const source = inlined === undefined ? program.debug.lines(pc) : inlined.declared;
    return {
      parent,
      name: inlined?.name ?? program.describeAddress(pc),
      address: `0x${pc.toString(16)}`,
      ...(inlined === undefined ? {} : { inlined: true }),
      ...(source === undefined ? {} : { source }),
      self: weight === undefined ? self : weight === 'precompiles' ? added : self + added,
      calls: entered,
      ...(weight === undefined && added > 0 ? { precompiles: added } : {}),
    };
  });
  return { weight: weight ?? 'instructions', nodes };
}
