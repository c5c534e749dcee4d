// The outcome of a run, as the JSON object of the command's contract and as lines for people.

import { type Exit, FAULT_CAUSES, type LimitName } from '../../../runtime/exit.ts';
import type { RunResult } from '../../execute.ts';

export interface ReportedExit {
  readonly kind: Exit['kind'];
  readonly code?: number;
  readonly pc: string;
  readonly symbol?: string;
  readonly cause?: string;
  readonly address?: string;
  readonly detail?: string;
  readonly limit?: LimitName;
  readonly feature?: string;
}

/** `symbol` is what covers exit.pc, if anything does. */
export function reportExit(exit: Exit, symbol: string | undefined): ReportedExit {
  const { kind } = exit;
  const place = { pc: hexOf(exit.pc), ...(symbol === undefined ? {} : { symbol }) };
  switch (kind) {
    case 'halted':
      return { kind, code: exit.code, ...place };
    case 'fault': {
      const address = exit.address === undefined ? {} : { address: hexOf(exit.address) };
      const detail = exit.detail === undefined ? {} : { detail: exit.detail };
      return { kind, ...place, cause: exit.cause, ...address, ...detail };
    }
    case 'limit':
      return { kind, ...place, limit: exit.limit, ...(exit.detail === undefined ? {} : { detail: exit.detail }) };
    case 'unsupported':
      return { kind, ...place, feature: exit.feature };
    case 'interrupted':
      return { kind, ...place };
  }
}

function hexOf(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** The object of `--json`, schema 1, with `more` behind. `publicValuesSha256` is hexadecimal. */
export function runJson(result: RunResult, exit: ReportedExit, publicValuesSha256: string, more: object = {}): string {
  const { machine, sp1Version, engine, instructions, clk, publicValues, syscalls } = result;
  const { cycleSpans, report, peaks, seconds, mips } = result;
  return JSON.stringify({
    schema: 1,
    machine,
    sp1Version,
    engine,
    exit,
    instructions,
    clk,
    publicValues: Buffer.from(publicValues).toString('hex'),
    publicValuesSha256,
    syscalls,
    cycleSpans,
    report,
    peaks,
    seconds,
    mips,
    ...more,
  });
}

const LIMIT_OPTION: Readonly<Record<LimitName, string>> = {
  cycles: '--max-cycles',
  memory: '--max-memory',
  timeout: '--timeout',
};

/** One line on a run that did not halt; undefined for one that did. */
export function exitLine(exit: Exit, reported: ReportedExit, instructions: number): string | undefined {
  const { pc, symbol } = reported;
  const where = `at ${symbol === undefined ? '' : `${symbol}, `}pc ${pc}, after ${instructions} instructions`;
  switch (exit.kind) {
    case 'halted':
      return undefined;
    case 'fault': {
      const address = reported.address === undefined ? '' : ` ${reported.address}`;
      const detail = exit.detail === undefined ? '' : ` (${exit.detail})`;
      return `guest fault: ${FAULT_CAUSES[exit.cause]}${address}${detail} ${where}`;
    }
    case 'limit': {
      const detail = exit.detail === undefined ? '' : ` (${exit.detail})`;
      return `limit reached: ${LIMIT_OPTION[exit.limit]}${detail} ${where}`;
    }
    case 'unsupported':
      return `unsupported: ${exit.feature} ${where}`;
    case 'interrupted':
      return `interrupted ${where}`;
  }
}

/** What a successful run cost. */
export function summaryLine({ machine, engine, instructions, clk, seconds, mips }: RunResult): string {
  const clock = clk === undefined ? '' : `, clk ${clk}`;
  return `${machine}, ${engine}: ${instructions} instructions${clock} in ${seconds.toFixed(3)} s, ${mips.toFixed(1)} MIPS`;
}

function histogram(title: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([name, n]) => `${title} ${name}: ${n}`);
}

/** What the guest marked, and the report where one was made. */
export function reportLines({ cycleSpans = [], report, syscalls }: RunResult): string[] {
  const spans = cycleSpans.map(({ name, instructions }) => `span ${name}: ${instructions} instructions`);
  if (report === undefined) return spans;
  const { opcodes, touchedBytes, stackBytes, heapBytes, gas, rawGas } = report;
  return [
    ...spans,
    ...histogram('opcode', opcodes),
    ...histogram('syscall', syscalls),
    `memory: ${touchedBytes} bytes touched, stack ${stackBytes}, heap ${heapBytes}`,
    ...(gas === undefined ? [] : [`gas: ${gas} (${rawGas} before normalization)`]),
  ];
}
