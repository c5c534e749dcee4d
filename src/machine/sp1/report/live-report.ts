// A report at the speed of an engine: what the splicer sees of a run, and the calls that it follows besides.

import { CONTROL } from '../../../../runtime/layout.ts';
import { type MeteredRun, metering, type Watcher } from '../../../engine/metering.ts';
import type { Observation } from '../../../engine/observation.ts';
import { FollowedCalls } from '../../../profile/call-flow.ts';
import { isPrecompile, STACK_TOP, T0 } from '../abi.ts';
import type { Sp1Guest } from '../machine.ts';
import { DEFAULT_ELEMENT_THRESHOLD, DEFAULT_HEIGHT_THRESHOLD } from '../records/cut/shape.ts';
import { GAS_CHUNK_ENTRIES } from './gas.ts';
import { LiveSplicer } from './live-splicer.ts';
import { opcodesOf } from './opcodes.ts';
import type { RunReport } from './run-report.ts';
import { type SlotCosts, slotCosts } from './slot-costs.ts';

export interface LiveReport {
  readonly observe: Observation<MeteredRun>;
  /** After the run; `clk` at its end. */
  readonly report: (isHalted: boolean, clk: number) => RunReport;
}

/** Of a guest without untrusted code. `gasChunkEntries` is SP1's unless given. */
export function liveReport({ program, elf }: Sp1Guest, gasChunkEntries: number = GAS_CHUNK_ENTRIES): LiveReport {
  const thresholds = { elements: DEFAULT_ELEMENT_THRESHOLD, height: DEFAULT_HEIGHT_THRESHOLD };
  let costs: SlotCosts | undefined;
  let splicer!: LiveSplicer;
  let run!: MeteredRun;
  const observe = metering({
    touches: true,
    calls: (memory, text) => new FollowedCalls(memory, text, program),
    weightOf(slot, text) {
      costs ??= slotCosts(text);
      return costs.cells[slot]!;
    },
    watch(made) {
      run = made;
      splicer = new LiveSplicer(run, costs!, program, thresholds, {
        trace: Number.POSITIVE_INFINITY,
        gas: gasChunkEntries,
      });
      return watching(run, splicer);
    },
  });
  const report = (isHalted: boolean, clk: number): RunReport => {
    splicer.finish(isHalted, clk);
    const opcodes = opcodesOf(run.text, splicer.executions);
    const { count, stackLow, heapHigh } = splicer.memory;
    const imageEnd = Math.max(...elf.segments.map(({ address, memoryBytes }) => address + memoryBytes));
    return {
      opcodes: Object.fromEntries([...opcodes].sort(([, a], [, b]) => b - a)),
      touchedBytes: 8 * count,
      stackBytes: STACK_TOP - stackLow,
      heapBytes: Math.max(0, heapHigh - imageEnd),
      unalignedAccesses: 0,
      ...(isHalted ? splicer.gas.total : {}),
    };
  };
  return { observe, report };
}

/** The splicer, and calls of precompiles counted in the functions that do them. */
function watching({ calls, memory }: MeteredRun, splicer: LiveSplicer): Watcher {
  if (calls instanceof FollowedCalls) calls.counts = () => splicer.executions;
  return {
    room: clk => splicer.room(clk),
    call(place) {
      const code = memory.control[CONTROL.registers + 2 * T0]! >>> 0;
      if (calls instanceof FollowedCalls && isPrecompile(code)) calls.add(1, place.pc);
      splicer.call(place);
    },
    touched: list => splicer.touched(list),
    accessed: (doubleword, stamp) => splicer.accessed(doubleword, stamp),
    filled: (doubleword, stamp) => splicer.filled(doubleword, stamp),
    recorded: () => splicer.recorded(),
  };
}
