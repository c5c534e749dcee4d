// `jit-exec cost` of a guest of OpenVM: what a proof of a run would cost, by AIR, segment and function.

import { provenanceOf, runJson } from '../../../result.ts';
import { type CostSegmentsResult, costSegments } from '../../../verbs/cost-segments.ts';
import type { Arguments } from '../../command.ts';
import { readInputs } from '../../input.ts';
import { readKeyValues } from '../../key-values.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { sha256 } from '../../sha256.ts';
import { statusOf } from '../../status.ts';
import { costExit, costTable, MOST_FUNCTIONS, shownNumber } from '../cost-lines.ts';
import { plainCostOptions } from '../cost-options.ts';
import { summaryLine } from '../run/run-report.ts';
import { segmentCutsOf } from './cuts.ts';

export function costOfSegments(args: Arguments, program: Uint8Array): number {
  const inputs = readInputs(args.argv, args);
  const keyValues = readKeyValues(args.kv);
  const result = costSegments(program, { ...plainCostOptions(args, inputs), keyValues, ...segmentCutsOf(args) });
  const line = costExit(result);
  if (line !== undefined) complain(line);
  const provenance = provenanceOf({ program, inputs }, sha256);
  const json = (): object => ({ ...runJson(result, provenance, sha256(result.publicValues)), ...result.costs });
  writeAll(1, args.json ? jsonLine(json()) : `${linesOf(result).join('\n')}\n`);
  return statusOf(result.exit);
}

/** For people. */
function linesOf(result: CostSegmentsResult): string[] {
  const { costs, peaks, syscalls } = result;
  const { guestBytes = 0, heapBytes = 0, stackBytes = 0 } = peaks ?? {};
  return [
    summaryLine(result),
    `segments: ${costs.segments.length}, ${shownNumber(costs.cells)} cells, cost ${shownNumber(costs.cost)}`,
    `memory: ${shownNumber(guestBytes)} bytes, heap ${shownNumber(heapBytes)}, stack ${shownNumber(stackBytes)}`,
    '',
    ...costTable(
      ['AIR', 'rows', 'cells'],
      costs.chips.map(({ name, rows, cells }) => [name, rows, cells]),
    ),
    '',
    ...costTable(
      ['segment', 'start', 'instructions', 'cells'],
      costs.segments.map(one => [String(one.index), one.instretStart, one.instructions, one.cells]),
    ),
    '',
    ...costTable(
      ['function', 'instructions', 'cells'],
      costs.byFunction.slice(0, MOST_FUNCTIONS).map(one => [one.function, one.instructions, one.cells]),
    ),
    ...(Object.keys(syscalls).length === 0
      ? []
      : ['', ...costTable(['system call', 'times'], Object.entries(syscalls))]),
  ];
}
