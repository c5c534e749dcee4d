// `jit-exec cost`: what a proof of a run would cost.

import { provenanceOf, runJson } from '../../result.ts';
import { type CostData, type CostOptions, costChecked } from '../../verbs/cost.ts';
import type { Arguments } from '../command.ts';
import { readBytes, readInputs } from '../input.ts';
import { complain, jsonLine, writeAll } from '../output.ts';
import { sha256 } from '../sha256.ts';
import { STATUS, statusOf } from '../status.ts';
import { registerWrittenInterpreters } from '../threads/guest/host-interpreters.ts';
import { costExit, costTable, MOST_FUNCTIONS, shownNumber } from './cost-lines.ts';
import { plainCostOptions } from './cost-options.ts';
import { isOpenVm } from './machine-of.ts';
import { summaryLine } from './run/run-report.ts';

export async function cost(args: Arguments): Promise<number> {
  await registerWrittenInterpreters();
  const program = readBytes(args.program);
  if (isOpenVm(args, program)) return (await import('./segments/cost.ts')).costOfSegments(args, program);
  const inputs = readInputs(args.argv, args);
  const result = costChecked(program, optionsOf(args, inputs));
  const { exit } = result;
  const line = costExit(result);
  if (line !== undefined) complain(line);
  const provenance = provenanceOf({ program, inputs }, sha256);
  const json = (): object => ({ ...runJson(result, provenance, sha256(result.publicValues)), ...result.cost });
  writeAll(1, args.json ? jsonLine(json()) : `${linesOf(result).join('\n')}\n`);
  const isUnprovable = result.cost.shards.some(({ unprovable }) => unprovable !== undefined);
  return isUnprovable && exit.kind === 'halted' ? STATUS.unsupported : statusOf(exit);
}

const optionsOf = (args: Arguments, inputs: readonly Uint8Array[]): CostOptions => ({
  ...plainCostOptions(args, inputs),
  sp1Version: args['sp1-version'] as '6.4' | '6.10',
  chunkEntries: args['chunk-entries'] as number,
  elementThreshold: args['element-threshold'] as number,
  heightThreshold: args['height-threshold'] as number,
  memoryShards: args['memory-shards'] as 'separate' | 'packed',
});

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
    `shards: ${found.shards.length} (${kinds.join(', ')}), ${shownNumber(found.cells)} cells`,
    ...unprovable,
    ...(found.gas === undefined ? [] : [`gas: ${shownNumber(found.gas)}`]),
    `memory: ${shownNumber(guestBytes)} bytes, heap ${shownNumber(heapBytes)}, stack ${shownNumber(stackBytes)}`,
    '',
    ...costTable(
      ['chip', 'rows', 'cells'],
      found.chips.map(({ name, realRows, cells }) => [name, realRows, cells]),
    ),
    '',
    ...costTable(
      ['function', 'instructions', 'cells'],
      functions.map(({ function: name, instructions, cells }) => [name, instructions, cells]),
    ),
    ...(found.bySpan.length === 0 ? [] : ['']),
    ...(found.bySpan.length === 0
      ? []
      : costTable(
          ['span', 'times', 'instructions', 'cells'],
          found.bySpan.map(({ span, calls, instructions, cells }) => [span, calls, instructions, cells]),
        )),
    ...(Object.keys(syscalls).length === 0
      ? []
      : ['', ...costTable(['system call', 'times'], Object.entries(syscalls))]),
  ];
}
