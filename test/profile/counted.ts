// The interpreter's own count of each instruction.

import { makeText } from '../../codegen/program/text.ts';
import type { Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import type { Guest } from '../../src/machine/guest.ts';
import { type ExecuteOptions, executionOf } from '../../src/verbs/execute.ts';

/** Counts executions by slot, as reports do. */
class Counter implements RunObserver {
  readonly inlined: Inlined;
  readonly isFull = false;

  constructor(counts: Float64Array) {
    this.inlined = { kind: 'counted', counts };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  begin(): void {}
  end(): void {}
  block(): void {}
  call(): void {}
  touch(): void {}
  record(): void {}
  stamp(): void {}
  append(): void {}
}

/** Of each instruction, how often it was done, as the counting interpreter has it: those that fail are counted there. */
export function countedBySlot(guest: Guest, options: ExecuteOptions): Float64Array {
  let counts = new Float64Array();
  const observe = {
    needs: {},
    make: (_memory: unknown, text: { readonly slots: number }) => {
      counts = new Float64Array(text.slots);
      return new Counter(counts);
    },
  };
  const executor = executionOf(guest, { ...options, engine: 'interpreter' }, observe);
  const exit = executor.run();
  const { program } = guest;
  const shift = program.isa.compressed ? 1 : 2;
  if (exit.kind !== 'halted') counts[(Number(exit.pc) - program.textBase) >> shift]! -= 1;
  return counts;
}

/** The same of loads alone. */
export function countedLoads(guest: Guest, options: ExecuteOptions): Float64Array {
  const { isa, textBase, text: bytes } = guest.program;
  const text = makeText(isa, textBase, bytes);
  return countedBySlot(guest, options).map((n, slot) => (text.instructionAt(slot)?.row.effect.kind === 'load' ? n : 0));
}
