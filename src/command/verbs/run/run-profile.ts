// `--profile FILE`: the format that the name ends with, and the heaviest functions for people.

import { writeFileSync } from 'node:fs';
import { JitExecError } from '../../../../runtime/errors.ts';
import { type CallTree, functionTotals, type ProfileWeight } from '../../../profile/call-tree.ts';
import { cpuProfile } from '../../../profile/formats/cpuprofile.ts';
import { firefoxProfile } from '../../../profile/formats/firefox.ts';
import { foldedStacks } from '../../../profile/formats/folded.ts';
import { pprofProfile } from '../../../profile/formats/pprof.ts';
import type { RunData } from '../../../verbs/execute.ts';
import type { Arguments } from '../../command.ts';

type Format = (tree: CallTree, name: string) => string | Uint8Array;

const FORMATS: Readonly<Record<string, Format>> = {
  folded: foldedStacks,
  cpuprofile: cpuProfile,
  pb: pprofProfile,
  json: firefoxProfile,
};
/** Functions that are shown. */
const MOST = 12;

function formatOf(path: string): Format {
  const ending = /\.(\w+)$/.exec(path)?.[1] ?? '';
  if (Object.hasOwn(FORMATS, ending)) return FORMATS[ending]!;
  const known = Object.keys(FORMATS).map(name => `.${name}`);
  throw new JitExecError('USAGE', `--profile: expected a name that ends with ${known.join(', ')}, got ${path}`);
}

/** The weight that was asked for, where a profile was. @throws JitExecError for one of no file, or of no known format. */
export function profileWeight(args: Arguments): ProfileWeight | undefined {
  const { profile } = args;
  const weight = args['profile-weight'] as ProfileWeight | undefined;
  if (typeof profile === 'string') {
    formatOf(profile);
    return weight ?? 'instructions';
  }
  if (weight !== undefined)
    throw new JitExecError('USAGE', '--profile-weight: of which profile? Give --profile FILE, too');
  return undefined;
}

/** @throws JitExecError where the file cannot be written. */
export function writeProfile({ callTree }: RunData, path: unknown, name: string): void {
  if (callTree === undefined || typeof path !== 'string') return;
  try {
    writeFileSync(path, formatOf(path)(callTree, name));
  } catch (error) {
    const { message } = error as Error;
    throw new JitExecError('FILE_UNWRITABLE', `cannot write ${path}: ${message}`, { cause: error });
  }
}

/** The heaviest functions, a line each. */
export function profileLines({ callTree }: RunData): string[] {
  if (callTree === undefined) return [];
  const functions = functionTotals(callTree);
  const sum = functions.reduce((total, { self }) => total + self, 0);
  const share = (value: number): string => `${sum === 0 ? '0.0' : ((100 * value) / sum).toFixed(1)} %`.padStart(7);
  const width = String(sum).length;
  const lines = functions
    .slice(0, MOST)
    .map(
      ({ name, self, total }) =>
        `${share(self)} ${String(self).padStart(width)}  ${share(total)} ${String(total).padStart(width)}  ${name}`,
    );
  const rest = functions.length - MOST;
  return [
    `${callTree.weight}: self, with what it calls, function`,
    ...lines,
    ...(rest > 0 ? [`and ${rest} more functions`] : []),
  ];
}
