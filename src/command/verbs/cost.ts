// `jit-exec cost`: what a proof of a run would cost.

import { type CostData, type CostOptions, costChecked } from '../../cost.ts';
import { exitJson, provenanceOf, runJson } from '../../result.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, jsonLine, writeAll } from '../output.ts';
import { sha256 } from '../sha256.ts';
import { STATUS, statusOf } from '../status.ts';
import { registerWrittenInterpreters } from '../threads/host-interpreters.ts';
import { exitLine, summaryLine } from './run-report.ts';

/** Functions that are listed for people. */
const MOST_FUNCTIONS = 15;

export async function cost(args: Arguments): Promise<number> {
  await registerWrittenInterpreters();
  const program = readBytes(args.program);
  const inputs = readInputs(args.argv, args);
  const result = costChecked(program, optionsOf(args, inputs));
  const { exit, symbol, instructions } = result;
  const line = exitLine(exit, exitJson(exit, symbol), instructions);
  if (line !== undefined) complain(line);
  const provenance = provenanceOf({ program, inputs }, sha256);
  const json = (): object => ({ ...runJson(result, provenance, sha256(result.publicValues)), ...result.cost });
  writeAll(1, args.json ? jsonLine(json()) : `${linesOf(result).join('\n')}\n`);
  const isUnprovable = result.cost.shards.some(({ unprovable }) => unprovable !== undefined);
  return isUnprovable && exit.kind === 'halted' ? STATUS.unsupported : statusOf(exit);
}

function optionsOf(args: Arguments, inputs: readonly Uint8Array[]): CostOptions {
  const write = (bytes: Uint8Array): void => void (args.quiet || writeAll(2, bytes));
  return {
    name: args.program,
    machine: args.machine as NonNullable<CostOptions['machine']>,
    engine: args.engine as NonNullable<CostOptions['engine']>,
    sp1Version: args['sp1-version'] as '6.4' | '6.10',
    inputs,
    ...(args['max-cycles'] === undefined ? {} : { maxCycles: args['max-cycles'] as number }),
    ...(args['max-memory'] === undefined ? {} : { maxMemory: args['max-memory'] as number }),
    chunkEntries: args['chunk-entries'] as number,
    elementThreshold: args['element-threshold'] as number,
    heightThreshold: args['height-threshold'] as number,
    memoryShards: args['memory-shards'] as 'separate' | 'packed',
    stdout: write,
    stderr: write,
  };
}

const number = (n: number): string => n.toLocaleString('en');

function table(head: readonly string[], rows: readonly (readonly [string, ...number[]])[]): string[] {
  const cells = [head, ...rows.map(([name, ...numbers]) => [name, ...numbers.map(number)])];
  const widths = head.map((_, i) => Math.max(...cells.map(row => row[i]!.length)));
  return cells.map(row =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
}

/** For people. */
function linesOf(result: CostData): string[] {
  const { cost: found, syscalls } = result;
  const kinds = (['core', 'precompile', 'memory'] as const).map(
    kind => `${found.shards.filter(shard => shard.kind === kind).length} ${kind}`,
  );
  const unprovable = found.shards.flatMap(({ index, unprovable: why }) =>
    why === undefined ? [] : [`shard ${index} cannot be proved: an access below 2^16, at ${why.address}`],
  );
  const { guestBytes, heapBytes, stackBytes } = found.peaks;
  const functions = found.byFunction.slice(0, MOST_FUNCTIONS);
  return [
    summaryLine(result),
    `shards: ${found.shards.length} (${kinds.join(', ')}), ${number(found.cells)} cells`,
    ...unprovable,
    ...(found.gas === undefined ? [] : [`gas: ${number(found.gas)}`]),
    `memory: ${number(guestBytes)} bytes, heap ${number(heapBytes)}, stack ${number(stackBytes)}`,
    '',
    ...table(
      ['chip', 'rows', 'cells'],
      found.chips.map(({ name, realRows, cells }) => [name, realRows, cells]),
    ),
    '',
    ...table(
      ['function', 'instructions', 'cells'],
      functions.map(({ function: name, instructions, cells }) => [name, instructions, cells]),
    ),
    ...(found.bySpan.length === 0 ? [] : ['']),
    ...(found.bySpan.length === 0
      ? []
      : table(
          ['span', 'times', 'instructions', 'cells'],
          found.bySpan.map(({ span, calls, instructions, cells }) => [span, calls, instructions, cells]),
        )),
    ...(Object.keys(syscalls).length === 0 ? [] : ['', ...table(['system call', 'times'], Object.entries(syscalls))]),
  ];
}
