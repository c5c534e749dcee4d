// What a JSON object of the command says in numbers, by group and name: what two runs are compared by.

import { JitExecError } from '../../runtime/errors.ts';

/** A number that does not depend on the host. */
export interface Measure {
  /** `total`, `function`, `span`, `opcode`, `call`, `chip`, `memory`, … */
  readonly group: string;
  readonly name: string;
  /** What is counted: `instructions`, `gas`, `rows`, … */
  readonly unit: string;
  readonly value: number;
}

export interface Measured {
  readonly measures: readonly Measure[];
  /** How each run ended and what it made public, by run: changes of these are not a matter of more or less. */
  readonly facts: ReadonlyMap<string, string>;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** Of the whole run. Times and rates are the host's affair. */
const TOTALS: readonly string[] = ['instructions', 'clk', 'gas', 'rawGas', 'cells', 'cost', 'chunkCount', 'entries'];

/** Tables of a result, the group that they are, and what their plain numbers count. */
const TABLES: Readonly<Record<string, readonly [group: string, unit: string]>> = {
  opcodes: ['opcode', 'instructions'],
  functions: ['function', 'instructions'],
  byFunction: ['function', 'instructions'],
  cycleSpans: ['span', 'instructions'],
  spans: ['span', 'instructions'],
  bySpan: ['span', 'instructions'],
  syscalls: ['call', 'calls'],
  precompiles: ['precompile', 'calls'],
  chips: ['chip', 'rows'],
  airs: ['chip', 'rows'],
  peaks: ['memory', 'bytes'],
};
/** Of rows, what follows from the others or is no amount. */
const DERIVED: readonly string[] = ['mean', 'share', 'depth'];
/** Of peaks, what is the host's: what it had for a pipeline, and what that took. */
const HOSTS: readonly string[] = ['ramBudgetBytes', 'ramNeedBytes', 'residentBytes'];
/** Of a report, numbers that are memory. */
const MEMORY: readonly string[] = ['touchedBytes', 'stackBytes', 'heapBytes', 'unalignedAccesses'];

/** A table as objects with names: a list of such, or an object by name. */
function rowsOf(table: unknown): readonly (readonly [name: string, row: unknown])[] {
  if (Array.isArray(table)) {
    return table.flatMap(row => (isObject(row) && typeof row.name === 'string' ? [[row.name, row] as const] : []));
  }
  return isObject(table) ? Object.entries(table) : [];
}

function tableMeasures(table: unknown, group: string, unit: string): Measure[] {
  return rowsOf(table).flatMap(([name, row]) => {
    if (group === 'memory' && HOSTS.includes(name)) return [];
    if (isNumber(row)) return [{ group, name, unit, value: row }];
    if (!isObject(row)) return [];
    const isCount = ([key, value]: [string, unknown]): boolean => isNumber(value) && !DERIVED.includes(key);
    return Object.entries(row)
      .filter(isCount)
      .map(([key, value]) => ({ group, name, unit: key, value: value as number }));
  });
}

/** Of one object, its report included. */
function measuresOf(object: Json): Measure[] {
  const own = Object.entries(object).flatMap(([key, value]): Measure[] => {
    if (TOTALS.includes(key) && isNumber(value)) return [{ group: 'total', name: key, unit: key, value }];
    if (MEMORY.includes(key) && isNumber(value)) return [{ group: 'memory', name: key, unit: 'bytes', value }];
    // Spans one by one are what spans by name sum up.
    const isSummed = key === 'cycleSpans' && 'spans' in object;
    const table = Object.hasOwn(TABLES, key) && !isSummed ? TABLES[key] : undefined;
    return table === undefined ? [] : tableMeasures(value, ...table);
  });
  const { report, shards, segments } = object;
  const parts = [shards, segments].find(Array.isArray) as readonly unknown[] | undefined;
  return [
    ...own,
    ...(isObject(report) ? measuresOf(report) : []),
    ...(parts === undefined ? [] : [{ group: 'total', name: 'shards', unit: 'shards', value: parts.length }]),
  ];
}

/** Equal names are added up: spans come once for each time that they were entered. */
function summed(measures: readonly Measure[]): Measure[] {
  const sums = new Map<string, Measure>();
  for (const measure of measures) {
    const key = [measure.group, measure.name, measure.unit].join('\0');
    const before = sums.get(key);
    sums.set(key, before === undefined ? measure : { ...before, value: before.value + measure.value });
  }
  return [...sums.values()];
}

function factsOf(object: Json): readonly (readonly [string, string])[] {
  const { exit, error, publicValuesSha256 } = object;
  const ended = isObject(exit) ? exit : isObject(error) ? { kind: 'error', ...error } : undefined;
  // Addresses move whenever the program is built again.
  const { kind, code, cause, limit, feature } = ended ?? {};
  const how = [kind, code, cause, limit, feature].filter(word => word !== undefined).join(' ');
  return [
    ...(ended === undefined ? [] : [['exit', how] as const]),
    ...(typeof publicValuesSha256 === 'string' ? [['publicValuesSha256', publicValuesSha256] as const] : []),
  ];
}

function parsed(text: string, name: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JitExecError('INPUT_INVALID', `${name}: ${(error as Error).message}`, { cause: error });
  }
  if (!isObject(value) || value.schema !== 1) {
    throw new JitExecError('INPUT_INVALID', `${name}: expected an object of jit-exec --json ("schema":1)`);
  }
  return value;
}

/**
 * What a file says: one object of run, cost or trace, or a line for each run of a batch, whose names then lead those of
 * its measures. @throws JitExecError INPUT_INVALID.
 */
export function readMeasures(text: string, name: string): Measured {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  const isBatch = lines.length > 1 && lines[0]!.trimEnd().endsWith('}') && lines[0]!.startsWith('{"schema"');
  const objects = isBatch ? lines.map((line, i) => parsed(line, `${name}:${i + 1}`)) : [parsed(text, name)];
  const runs = objects.filter(object => !('summary' in object));
  const prefixOf = (object: Json): string => (typeof object.name === 'string' ? `${object.name}: ` : '');
  const measures = runs.flatMap(object =>
    measuresOf(object).map(measure => ({ ...measure, name: prefixOf(object) + measure.name })),
  );
  const facts = runs.flatMap(object => factsOf(object).map(([key, value]) => [prefixOf(object) + key, value] as const));
  return { measures: summed(measures), facts: new Map(facts) };
}
