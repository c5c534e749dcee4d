// A report of a machine without shards and gas: instructions, memory, accesses that are not aligned, and calls.

import type { Program } from '../../codegen/program/program.ts';
import type { Machine } from '../engine/machine.ts';
import { type MeteredRun, metering } from '../engine/metering.ts';
import type { Observation } from '../engine/observation.ts';
import type { RunReport } from '../machine/sp1/report/run-report.ts';
import { FollowedCalls } from './call-flow.ts';
import { followedOf } from './profiler.ts';

const DOUBLEWORD = 8;

export interface PlainReport {
  readonly observe: Observation<MeteredRun>;
  /** After the run. */
  readonly report: (machine: Machine) => RunReport;
}

export function plainReport(program: Program): PlainReport {
  let run!: MeteredRun;
  const addresses: number[] = [];
  const observe = metering({
    touches: true,
    seesUnaligned: true,
    calls: (memory, text) => new FollowedCalls(memory, text, program),
    watch(made) {
      run = made;
      followedOf(made)!.counts = () => made.counts();
      return {
        touched(list) {
          // The stamp before: 0 where there was none.
          for (let at = 0; at < list.length; at += 2)
            if (list[at + 1] === 0) addresses.push(run.memory.addressOf(DOUBLEWORD * list[at]!));
        },
      };
    },
  });
  return { observe, report: machine => reportOf(run, machine, addresses) };
}

function reportOf(
  run: MeteredRun,
  { stackTop = 0, imageEnd = 0, heapEnd = imageEnd }: Machine,
  touched: readonly number[],
): RunReport {
  // The stack lies below the image, or above the heap.
  const stackFloor = stackTop > imageEnd ? heapEnd : 0;
  let [stackLow, heapHigh] = [stackTop, imageEnd];
  for (const address of touched) {
    if (address < stackTop && address >= stackFloor) stackLow = Math.min(stackLow, address);
    else if (address >= imageEnd && address < heapEnd) heapHigh = Math.max(heapHigh, address + DOUBLEWORD);
  }
  const opcodes = new Map<string, number>();
  run.counts().forEach((count, slot) => {
    if (count === 0) return;
    const opcode = run.text.instructionAt(slot)!.row.mnemonic.toUpperCase();
    opcodes.set(opcode, (opcodes.get(opcode) ?? 0) + count);
  });
  return {
    opcodes: Object.fromEntries([...opcodes].sort(([, a], [, b]) => b - a)),
    touchedBytes: DOUBLEWORD * touched.length,
    stackBytes: stackTop - stackLow,
    heapBytes: heapHigh - imageEnd,
    unalignedAccesses: run.memory.unaligned,
  };
}
