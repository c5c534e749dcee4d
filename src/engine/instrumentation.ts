// What text of a run carries, by who observes it.

import type { InterpreterKind } from '../../codegen/javascript/instruments/interpreter.ts';
import {
  type Followed,
  followedBy,
  type Instrumentation,
  type Metered,
  PURE,
} from '../../codegen/region/instrumentation.ts';
import type { Abi, AbiMode } from '../../runtime/contract.ts';
import { assert } from '../../runtime/errors.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { CallFlow, Flow, Inlined } from '../../runtime/trace/observer.ts';

type CallEntryPoints = Pick<Abi<'region' | 'interpreter'>, 'went' | 'entered' | 'returned' | 'moved' | 'jumped'>;

function following(calls: CallFlow | undefined, { arena }: GuestMemory): Followed | undefined {
  if (calls === undefined) return undefined;
  return {
    transfers: arena.transfers.offset,
    stack: arena.stack.offset,
    links: arena.links.offset,
    nodes: arena.nodes.offset,
    isWeighed: calls.isWeighed,
    leaves: (from, to) => calls.leaves(from, to),
    placeOf: (from, to) => calls.placeOf(from, to),
  };
}

function meteredBy(flow: Flow, calls: Followed | undefined): Metered {
  const { cells, differences, weights, isWeighted, marks, touches, granule } = flow;
  return {
    kind: 'metered',
    flow: differences.byteOffset,
    weights: weights.byteOffset,
    cells: cells.byteOffset,
    touches:
      marks === undefined || touches === undefined
        ? undefined
        : { marks: marks.byteOffset, list: touches.byteOffset, granule },
    isWeighted,
    cellOf: (from, end) => flow.cellOf(from, end),
    weightOf: (from, end) => flow.weightOf(from, end),
    calls,
  };
}

/** Of a run whose calls are followed. */
export const callsOf = (inlined: Inlined | undefined): CallFlow | undefined =>
  inlined?.kind === 'profiled' || inlined?.kind === 'metered' ? inlined.calls : undefined;

/** What text that follows calls takes of the ABI. */
export function callEntryPoints(calls: CallFlow | undefined): CallEntryPoints {
  return {
    went: calls && ((slot, to, fuel) => calls.went(slot, to, fuel)),
    entered: calls && ((to, back, now) => calls.entered(to, back, now)),
    returned: calls && ((to, now) => calls.returned(to, now)),
    moved: calls && ((to, now) => calls.moved(to, now)),
    jumped: calls && ((from, to, now) => calls.jumped(from, to, now)),
  };
}

/** What the interpreter does besides; what only one in JavaScript does is for engine `interpreter`. */
export function interpretedOf(inlined: Inlined | undefined, engine: string): InterpreterKind {
  const kind = inlined?.kind ?? 'pure';
  assert(kind !== 'counted' || engine === 'interpreter', 'only the interpreter counts');
  return kind === 'metered' && callsOf(inlined) !== undefined ? 'metered-profiled' : kind;
}

/** What compiled text does itself. */
export function instrumentationOf(inlined: Inlined | undefined, memory: GuestMemory): Instrumentation {
  switch (inlined?.kind) {
    case 'traced':
      return { kind: 'traced', stamps: memory.arena.stamps.offset };
    case 'metered':
      return meteredBy(inlined.flow, following(inlined.calls, memory));
    case 'profiled':
      return { kind: 'profiled', calls: following(inlined.calls, memory)! };
    default:
      return PURE;
  }
}

/** What such text takes of the ABI besides. */
export const modeOf = (instrumentation: Instrumentation): AbiMode => ({
  traced: instrumentation.kind === 'traced',
  profiled: followedBy(instrumentation) !== undefined,
  metered: instrumentation.kind === 'metered',
  touching: instrumentation.kind === 'metered' && instrumentation.touches !== undefined,
});
