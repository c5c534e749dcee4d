// What a user may not have meant, told when the run is over.

import { LINUX_CALLS } from '../../../machine/linux-calls.ts';
import type { RunData } from '../../../verbs/execute.ts';

export interface Given {
  /** Behind `--`. */
  readonly args: readonly string[];
  readonly inputs: number;
}

const UNKNOWN = /^unknown (-?\d+)$/;

/** `system call 66 (writev)`, of calls that bare does not have. */
function unknownCalls({ syscalls, machine }: RunData): string[] {
  return Object.entries(syscalls).flatMap(([name, count]) => {
    const number = UNKNOWN.exec(name)?.[1];
    if (number === undefined) return [];
    const known = LINUX_CALLS[Number(number)];
    const times = count === 1 ? 'once' : `${count} times`;
    const title = `system call ${number}${known === undefined ? '' : ` (${known})`}`;
    return [`${title} was made ${times}: ${machine} does not have it and answered ENOSYS`];
  });
}

/** What was given for nothing. */
function ignored({ machine, unreadInputs, exit }: RunData, { args, inputs }: Given): string[] {
  const notes: string[] = [];
  if (machine === 'sp1' && args.length > 0) {
    const meant = /^\d+$/.test(args[0]!) ? '--input-u64' : '--input';
    notes.push(`sp1 guests take no arguments: ${args.join(' ').slice(0, 60)} was ignored; did you mean ${meant}?`);
  }
  const isOver = exit.kind !== 'limit' && exit.kind !== 'interrupted';
  if (isOver && unreadInputs > 0) {
    notes.push(`${unreadInputs} of ${inputs} ${inputs === 1 ? 'input was' : 'inputs were'} not read to the end`);
  }
  return notes;
}

export function runNotes(result: RunData, given: Given): readonly string[] {
  return [...unknownCalls(result), ...ignored(result, given)];
}
