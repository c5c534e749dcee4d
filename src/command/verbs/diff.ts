// `jit-exec diff`: what changed between two results of `--json`, and whether that is too much.

import { JitExecError } from '../../../runtime/errors.ts';
import { compareMeasures, regressions } from '../../compare/changes.ts';
import { readMeasures } from '../../compare/measures.ts';
import { markdown, textLines } from '../../compare/tables.ts';
import type { Arguments } from '../command.ts';
import { readBytes } from '../input.ts';
import { complain, jsonLine, printable, writeAll } from '../output.ts';

/** The status of what is above the threshold. */
const WORSE = 1;
/** Rows of a table, unless more are asked for. */
const MOST = 20;

const textOf = (path: string): string => new TextDecoder().decode(readBytes(path));

/** `2`, `0.5`, `2%`. */
function thresholdOf(given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const [, digits] = /^(\d+(?:\.\d+)?) ?%?$/.exec(String(given)) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new JitExecError('USAGE', `--threshold: expected percent such as 2, 0.5 or 2%, got ${given}`);
}

export function diff(args: Arguments): number {
  const [before, after] = [args.before, args.after].map(String) as [string, string];
  const threshold = thresholdOf(args.threshold);
  const comparison = compareMeasures(readMeasures(textOf(before), before), readMeasures(textOf(after), after));
  const worse = threshold === undefined ? [] : regressions(comparison, threshold);
  const most = args.all === true ? Number.POSITIVE_INFINITY : MOST;
  if (args.json === true) writeAll(1, jsonLine({ schema: 1, ...comparison, regressions: worse.length }));
  else if (args.markdown === true) writeAll(1, printable(markdown(comparison, most)));
  else for (const line of textLines(comparison, most)) writeAll(1, `${printable(line)}\n`);
  for (const one of worse) {
    const more =
      'percent' in one
        ? `${one.name} grew by ${one.change} (${one.percent?.toFixed(2) ?? 'all'} %)`
        : `${one.name} is ${one.after ?? 'none'}`;
    complain(`${more}, the threshold is ${threshold} %`);
  }
  return worse.length > 0 ? WORSE : 0;
}
