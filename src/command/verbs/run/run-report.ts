// The outcome of a run as lines for people.

import { type Exit, FAULT_CAUSES, type LimitName } from '../../../../runtime/exit.ts';
import type { ExitJson } from '../../../result.ts';
import type { RunData } from '../../../verbs/execute.ts';

const LIMIT_OPTION: Readonly<Record<LimitName, string>> = {
  cycles: '--max-cycles',
  memory: '--max-memory',
  timeout: '--timeout',
};

/** One line on a run that did not end well; undefined for a halt with code 0. */
export function exitLine(exit: Exit, reported: ExitJson, instructions: number): string | undefined {
  const { pc, symbol } = reported;
  const where = `at ${symbol === undefined ? '' : `${symbol}, `}pc ${pc}, after ${instructions} instructions`;
  const detail = reported.detail === undefined ? '' : ` (${reported.detail})`;
  switch (exit.kind) {
    case 'halted':
      return exit.code === 0 ? undefined : `guest exited with ${exit.code} after ${instructions} instructions`;
    case 'fault': {
      const address = reported.address === undefined ? '' : ` ${reported.address}`;
      return `guest fault: ${FAULT_CAUSES[exit.cause]}${address}${detail} ${where}`;
    }
    case 'limit':
      return `limit reached: ${LIMIT_OPTION[exit.limit]}${detail} ${where}`;
    case 'unsupported':
      return `unsupported: ${exit.feature} ${where}`;
    case 'interrupted':
      return `interrupted ${where}`;
  }
}

/** Who called whom, a line each; those that are guessed say so. */
export function backtraceLines({ backtrace = [] }: RunData): string[] {
  // The first is what the line before says already.
  if (backtrace.length < 2 && backtrace[0]?.file === undefined) return [];
  return backtrace.map(({ pc, symbol, by, file, line, inlined }, i) => {
    const place = file === undefined ? '' : ` at ${file}:${line}`;
    const note = inlined === true ? ' (inlined)' : by === 'scan' ? ' (a guess)' : '';
    return `  #${i} ${pc}${symbol === undefined ? '' : ` ${symbol}`}${place}${note}`;
  });
}

/** What a run cost. */
export function summaryLine({ machine, engine, instructions, clk, seconds, mips }: RunData): string {
  const clock = clk === undefined ? '' : `, clk ${clk}`;
  return `${machine}, ${engine}: ${instructions} instructions${clock} in ${seconds.toFixed(3)} s, ${mips.toFixed(1)} MIPS`;
}

function histogram(title: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([name, n]) => `${title} ${name}: ${n}`);
}

/** Spans by name, those within others below them. */
function spanLines({ spans = [], instructions: all }: RunData): string[] {
  return spans.map(({ name, depth, count, instructions, cells, precompiles = {} }) => {
    const calls = Object.entries(precompiles).map(([call, n]) => `${n} ${call}`);
    const parts = [
      `${instructions} instructions`,
      `${((100 * instructions) / Math.max(1, all)).toFixed(1)} %`,
      ...(count === 1 ? [] : [`${count} times, mean ${(instructions / count).toFixed(1)}`]),
      ...(cells === undefined ? [] : [`${cells} cells`]),
      ...calls,
    ];
    return `${'  '.repeat(depth)}span ${name.split(' > ').at(-1)}: ${parts.join(', ')}`;
  });
}

/** What the guest marked, the most memory it had, and the report where one was made. */
export function reportLines(result: RunData): string[] {
  const { peaks, report, syscalls } = result;
  const spans = spanLines(result);
  const most =
    peaks === undefined
      ? []
      : [`most memory: ${peaks.guestBytes} bytes, heap ${peaks.heapBytes}, stack ${peaks.stackBytes}`];
  if (report === undefined) return [...spans, ...most];
  const { opcodes, touchedBytes, stackBytes, heapBytes, unalignedAccesses, gas, rawGas } = report;
  return [
    ...spans,
    ...histogram('opcode', opcodes),
    ...histogram('syscall', syscalls),
    `memory: ${touchedBytes} bytes touched, stack ${stackBytes}, heap ${heapBytes}, ${unalignedAccesses} unaligned accesses`,
    ...most,
    ...(gas === undefined ? [] : [`gas: ${gas} (${rawGas} before normalization)`]),
  ];
}
