// The list of `jit-exec batch`: a line of JSON for each run.

import { isAbsolute, join } from 'node:path';
import { JitExecError } from '../../../runtime/errors.ts';

/** Where the bytes of an input buffer, or of several, come from. */
export type InputSource =
  | { readonly file: string }
  | { readonly hex: string }
  | { readonly u64: string }
  | { readonly sp1Stdin: string };

export interface BatchEntry {
  readonly name: string;
  /** Path of the program. */
  readonly program: string;
  readonly inputs: readonly InputSource[];
  readonly args: readonly string[];
}

const FIELDS: readonly string[] = ['name', 'program', 'inputs', 'args'];

type Refuse = (text: string) => JitExecError;

function sourceOf(value: unknown, at: (path: string) => string, refuse: Refuse): InputSource {
  if (typeof value === 'string') return { file: at(value) };
  const [[kind, given] = [], ...rest] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (rest.length === 0 && (typeof given === 'string' || (kind === 'u64' && Number.isSafeInteger(given)))) {
    if (kind === 'file') return { file: at(given as string) };
    if (kind === 'sp1Stdin') return { sp1Stdin: at(given as string) };
    if (kind === 'hex') return { hex: given as string };
    if (kind === 'u64') return { u64: String(given) };
  }
  const forms = '"file", {"file"}, {"hex"}, {"u64"} or {"sp1Stdin"}';
  throw refuse(`expected each input as ${forms}, got ${JSON.stringify(value)?.slice(0, 60)}`);
}

function entryOf(line: string, number: number, folder: string, fallback: string | undefined, name: string): BatchEntry {
  const refuse: Refuse = text => new JitExecError('INPUT_INVALID', `${name}:${number}: ${text}`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('expected an object');
  const unknown = Object.keys(value).find(key => !FIELDS.includes(key));
  if (unknown !== undefined) throw refuse(`there is no field ${unknown}; there are ${FIELDS.join(', ')}`);
  const at = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
  const { name: title = `${number}`, program, inputs = [], args = [] } = value as Record<string, unknown>;
  if (typeof title !== 'string') throw refuse('expected name as a string');
  const path = typeof program === 'string' ? at(program) : program === undefined ? fallback : undefined;
  if (path === undefined) throw refuse('which program? Neither the field program nor --program names one');
  if (!Array.isArray(inputs)) throw refuse('expected inputs as an array');
  if (!Array.isArray(args) || !args.every(arg => typeof arg === 'string')) throw refuse('expected args as strings');
  return { name: title, program: path, inputs: inputs.map(one => sourceOf(one, at, refuse)), args };
}

/**
 * Reads a list. Paths are from `folder`, the one of the list; `fallback` is the program of lines that name none.
 * @throws JitExecError INPUT_INVALID with the line.
 */
export function readBatchList(
  text: string,
  { name, folder, fallback }: { readonly name: string; readonly folder: string; readonly fallback: string | undefined },
): readonly BatchEntry[] {
  const entries = text.split('\n').flatMap((line, i) => {
    const isBlank = line.trim() === '';
    return isBlank ? [] : [entryOf(line, i + 1, folder, fallback, name)];
  });
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.name)) throw new JitExecError('INPUT_INVALID', `${name}: the name ${entry.name} stands twice`);
    seen.add(entry.name);
  }
  if (entries.length === 0) throw new JitExecError('INPUT_INVALID', `${name}: no runs in it`);
  return entries;
}
