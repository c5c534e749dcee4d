// What text of a run carries, by who observes it.

import type { InterpreterKind } from '../../codegen/javascript/instruments/interpreter.ts';
import { type Instrumentation, type Metered, PURE } from '../../codegen/region/instrumentation.ts';
import type { AbiMode } from '../../runtime/abi.ts';
import { assert } from '../../runtime/errors.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Flow, Inlined } from '../../runtime/trace/observer.ts';

function meteredBy(flow: Flow): Metered {
  const { cells, differences, weights, isWeighted, stamps, touches, granule } = flow;
  return {
    kind: 'metered',
    flow: differences.byteOffset,
    weights: weights.byteOffset,
    cells: cells.byteOffset,
    touches:
      stamps === undefined || touches === undefined
        ? undefined
        : { stamps: stamps.byteOffset, list: touches.byteOffset, granule },
    isWeighted,
    cellOf: (from, end) => flow.cellOf(from, end),
    weightOf: (from, end) => flow.weightOf(from, end),
  };
}

/** What the interpreter does besides; what only one in JavaScript does is for engine `interpreter`. */
export function interpretedOf(inlined: Inlined | undefined, engine: string): InterpreterKind {
  const kind = inlined?.kind ?? 'pure';
  assert((kind !== 'counted' && kind !== 'profiled') || engine === 'interpreter', 'only the interpreter counts');
  return kind;
}

/** What compiled text does itself. */
export function instrumentationOf(inlined: Inlined | undefined, { arena }: GuestMemory): Instrumentation {
  switch (inlined?.kind) {
    case 'traced':
      return { kind: 'traced', stamps: arena.stamps.offset };
    case 'metered':
      return meteredBy(inlined.flow);
    default:
      return PURE;
  }
}

/** What such text takes of the ABI besides. */
export const modeOf = (instrumentation: Instrumentation): AbiMode => ({
  traced: instrumentation.kind === 'traced',
  metered: instrumentation.kind === 'metered',
  touching: instrumentation.kind === 'metered' && instrumentation.touches !== undefined,
});
