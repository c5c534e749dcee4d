// Standard input can be one thing only: the program, one input, or one SP1Stdin.

import { JitExecError } from '../../runtime/errors.ts';

const READERS = ['program', 'input', 'sp1-stdin'] as const;

/** Refuses a command line that names `-` more than once. */
export function checkStdinOnce(args: Readonly<Record<string, unknown>>): void {
  const places = READERS.flatMap(name => [args[name] ?? []].flat().flatMap(value => (value === '-' ? [name] : [])));
  if (places.length < 2) return;
  const names = [...new Set(places)].map(name => (name === 'program' ? 'the program' : `--${name}`)).join(' and ');
  throw new JitExecError('USAGE', `standard input (-) can be read once, got it ${places.length} times: ${names}`);
}
