// `jit-exec plan` of a program: the segments in which OpenVM would prove a run.

import { CHECK_EVERY } from '../../../machine/openvm/metering/rules.ts';
import { runJson } from '../../../result.ts';
import type { PlannedSegment, PlanResult } from '../../../verbs/plan.ts';
import type { Arguments } from '../../command.ts';
import { readInputs } from '../../input.ts';
import { complain, jsonLine, writeAll } from '../../output.ts';
import { runningLine } from '../../progress.ts';
import { sha256 } from '../../sha256.ts';
import { statusOf } from '../../status.ts';
import { makeStdinBuffer } from '../../threads/guest/guest-stdin.ts';
import { type Done, runGuest } from '../../threads/guest/guest-thread.ts';
import { instructionsSoFar, makeStopWords } from '../../threads/guest/stop-words.ts';
import type { PlanRequest } from '../../threads/plan-worker.ts';
import { checkMachine, explain, provenanceOfRequest, runOptions } from '../run/run.ts';
import { segmentCutsOf } from '../segments/cuts.ts';

function requestOf(args: Arguments, bytes: Uint8Array): PlanRequest {
  return {
    bytes,
    name: args.program,
    options: { ...runOptions(args), inputs: readInputs(args.argv, args) },
    interrupt: makeStopWords(),
    stdin: makeStdinBuffer(),
    stdout: 2,
    plan: segmentCutsOf(args),
  };
}

export async function planSegments(args: Arguments, bytes: Uint8Array): Promise<number> {
  const request = requestOf(args, bytes);
  await checkMachine(request, args);
  const count = (): number => instructionsSoFar(request.interrupt);
  const { result }: Done<PlanResult> = await runGuest(new URL('./plan-worker.js', import.meta.url), request, {
    quiet: args.quiet === true,
    timeout: args.timeout as number | undefined,
    progress: runningLine(`planning ${args.program}`, count, request.options.maxCycles),
  });
  const { segments, cost } = result;
  const run = runJson(result, provenanceOfRequest(request), sha256(result.publicValues));
  const text = args.json ? jsonLine({ ...run, segments, cost }) : tableOf(segments);
  writeAll(1, text);
  const over = overIn(segments, request.plan.checkEvery ?? CHECK_EVERY);
  if (over > 0 && args.quiet !== true)
    complain(
      `${over} of ${segments.length} segments are over a limit, since what runs between two checks is: as OpenVM cuts them`,
    );
  explain(result, request, args, `${segments.length} segments of ${result.instructions} instructions, cost ${cost}`);
  return statusOf(result.exit);
}

/** Segments that no earlier check could have cut. */
const overIn = (segments: readonly PlannedSegment[], checkEvery: number): number =>
  segments.filter(
    ({ instructions, utilisation: { rows, cells, interactions } }) =>
      instructions <= checkEvery && Math.max(rows, cells, interactions) > 1,
  ).length;

const HEADINGS = ['segment', 'start', 'instructions', 'ends by', 'most rows', 'rows', 'cells', 'interactions'];
const share = (part: number): string => `${(100 * part).toFixed(1)}%`;

function rowOf(segment: PlannedSegment, index: number): string[] {
  const { instretStart, instructions, heights, reason, utilisation } = segment;
  const [name, rows] = Object.entries(heights).reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
  const shares = [utilisation.rows, utilisation.cells, utilisation.interactions].map(share);
  return [...[index, instretStart, instructions].map(String), reason, `${name} ${rows}`, ...shares];
}

/** A line a segment, columns aligned; the shares are of the limits. */
export function tableOf(segments: readonly PlannedSegment[]): string {
  const rows = [HEADINGS, ...segments.map(rowOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  const line = (row: readonly string[]): string => row.map((text, i) => text.padStart(widths[i]!)).join('  ');
  return rows.map(row => `${line(row)}\n`).join('');
}
