// Options from the environment: JIT_EXEC_MAX_CYCLES=10 is --max-cycles 10. Variables that a command has no option for are
// for another command.

import type { Options } from 'yargs';
import { JitExecError } from '../../../runtime/errors.ts';

const PREFIX = 'JIT_EXEC_';
const FLAGS: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  yes: true,
  on: true,
  '0': false,
  false: false,
  no: false,
  off: false,
  '': false,
};

function flag(variable: string, value: string): boolean {
  const known = FLAGS[value.toLowerCase()];
  if (known !== undefined) return known;
  throw new JitExecError('USAGE', `${variable}: expected 1 or 0, got ${value}`);
}

/** What the environment says of a command's options, by option. */
export function fromEnvironment(
  options: Readonly<Record<string, Options>>,
): Readonly<Record<string, string | boolean>> {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, { type }]) => {
      const variable = PREFIX + name.toUpperCase().replaceAll('-', '_');
      const value = process.env[variable];
      if (value === undefined) return [];
      return [[name, type === 'boolean' ? flag(variable, value) : value] as const];
    }),
  );
}

/** The words of a command line that are the command's own. */
function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

/** Whether a flag is on the command line, not from the environment alone. */
export const isTyped = (flag: string, argv: readonly string[]): boolean =>
  ownWords(argv).some(word => word === `--${flag}` || word.startsWith(`--${flag}=`));

/** Whether JSON was asked for, by somebody whose command line may be wrong otherwise. */
export function wantsJson(argv: readonly string[]): boolean {
  if (ownWords(argv).some(word => word === '--json' || word === '--json=true')) return true;
  return FLAGS[(process.env[`${PREFIX}JSON`] ?? '').toLowerCase()] ?? false;
}
