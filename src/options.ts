// What the options of the library may be: whoever gives another is told which one, what it was and what is allowed.

import { JitExecError } from '../runtime/errors.ts';
import { PROFILE_WEIGHTS } from './profile/call-tree.ts';

interface Allowed {
  readonly what: string;
  readonly test: (value: unknown) => boolean;
}

/** By name of the option. */
export type OptionTable = Readonly<Record<string, Allowed>>;

const isBytes = (value: unknown): boolean => value instanceof Uint8Array;
const isKeyValue = (value: unknown): boolean => {
  const { key, value: bytes } = (value ?? {}) as { key?: unknown; value?: unknown };
  return isBytes(key) && isBytes(bytes);
};
const isFunction: Allowed = { what: 'a function', test: value => typeof value === 'function' };
const isDevice: Allowed = {
  what: 'a device of jit-exec/gpu',
  test: value => typeof (value as { run?: unknown } | null)?.run === 'function',
};
const isFlag: Allowed = { what: 'true or false', test: value => typeof value === 'boolean' };
const isText: Allowed = { what: 'a string', test: value => typeof value === 'string' };

const oneOf = (...words: readonly string[]): Allowed => ({
  what: words.map(word => `'${word}'`).join(', '),
  test: value => words.includes(value as string),
});

const listOf = (what: string, test: (value: unknown) => boolean): Allowed => ({
  what: `an array of ${what}`,
  test: value => Array.isArray(value) && value.every(test),
});

/** Infinity too, which is what no limit is. */
const isCount: Allowed = {
  what: 'a whole number from 0 to 2^53 - 1, or Infinity',
  test: value => value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= 0),
};

const isPositive: Allowed = {
  what: 'a whole number from 1 to 2^53 - 1',
  test: value => Number.isSafeInteger(value) && (value as number) >= 1,
};

export const EXECUTE_OPTIONS: OptionTable = {
  name: isText,
  machine: oneOf('auto', 'bare', 'sp1', 'openvm'),
  lenient: isFlag,
  sp1Version: oneOf('6.4', '6.10'),
  engine: oneOf('auto', 'js', 'wasm', 'interpreter'),
  args: listOf('strings', value => typeof value === 'string'),
  inputs: listOf('Uint8Array', isBytes),
  keyValues: listOf('{ key, value }, both Uint8Array', isKeyValue),
  maxCycles: isCount,
  maxMemory: isCount,
  countMemory: isFlag,
  realTime: isFlag,
  stdin: isFunction,
  stdout: isFunction,
  stderr: isFunction,
  onSpan: isFunction,
  hot: isPositive,
  report: { what: "true, false or 'auto'", test: value => typeof value === 'boolean' || value === 'auto' },
  profile: oneOf(...PROFILE_WEIGHTS),
  interrupt: {
    what: 'an Int32Array of at least one word',
    test: value => value instanceof Int32Array && value.length > 0,
  },
};

export const TRACE_OPTIONS: OptionTable = {
  ...EXECUTE_OPTIONS,
  chunkEntries: isPositive,
  layout: oneOf('6.0', '6.4'),
  onChunk: isFunction,
};

const { name: ofName, machine: ofMachine, lenient: ofLenient, ...OF_RUN } = EXECUTE_OPTIONS;
/** What is said of a program once, and what of each of its runs. */
export const PREPARE_OPTIONS: OptionTable = {
  name: ofName!,
  machine: ofMachine!,
  lenient: ofLenient!,
  codeStore: {
    what: 'an object with functions load and save',
    test: value =>
      typeof value === 'object' &&
      value !== null &&
      ['load', 'save'].every(name => typeof (value as Record<string, unknown>)[name] === 'function'),
  },
};
export const GUEST_RUN_OPTIONS: OptionTable = OF_RUN;
export const GUEST_TRACE_OPTIONS: OptionTable = {
  ...OF_RUN,
  chunkEntries: TRACE_OPTIONS.chunkEntries!,
  layout: TRACE_OPTIONS.layout!,
  onChunk: isFunction,
};

export const PROVE_OPTIONS: OptionTable = {
  name: isText,
  inputs: EXECUTE_OPTIONS.inputs!,
  stdout: isFunction,
  parameters: { what: 'parameters of FRI', test: value => typeof value === 'object' && value !== null },
  onStage: isFunction,
};

export const COLUMNS_ON_DEVICE_OPTIONS: OptionTable = {
  ...EXECUTE_OPTIONS,
  chunkEntries: isPositive,
  elementThreshold: isPositive,
  heightThreshold: isPositive,
  memoryShards: oneOf('separate', 'packed'),
  shard: isCount,
  onChip: isFunction,
};

export const TRACE_SHARDS_OPTIONS: OptionTable = {
  ...EXECUTE_OPTIONS,
  chunkEntries: isPositive,
  elementThreshold: isPositive,
  heightThreshold: isPositive,
  memoryShards: oneOf('separate', 'packed'),
  cuts: listOf('whole numbers', Number.isSafeInteger),
  onlyShard: isCount,
  workers: isCount,
  ram: isPositive,
  device: isDevice,
  devicePolicy: oneOf('all', 'paying'),
  onDeviceFailure: isFunction,
  onChunk: isFunction,
  onPreprocessed: isFunction,
  onShard: isFunction,
};

const { report: _report, ...COSTED_RUN } = EXECUTE_OPTIONS;
export const COST_OPTIONS: OptionTable = {
  ...COSTED_RUN,
  chunkEntries: isPositive,
  elementThreshold: isPositive,
  heightThreshold: isPositive,
  memoryShards: oneOf('separate', 'packed'),
};

const SEGMENT_LIMITS = ['rows', 'cells', 'interactions'];

export const PLAN_OPTIONS: OptionTable = {
  ...EXECUTE_OPTIONS,
  openvmVersion: oneOf('1.4.0', '1.4.2', '1.4.3'),
  limits: {
    what: 'an object of rows, cells and interactions, each a whole number above 0',
    test: value =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(([name, limit]) => SEGMENT_LIMITS.includes(name) && isPositive.test(limit)),
  },
  checkEvery: isPositive,
};

export const CHECK_SHARDS_OPTIONS: OptionTable = {
  name: isText,
  machine: EXECUTE_OPTIONS.machine!,
  sp1Version: EXECUTE_OPTIONS.sp1Version!,
  limit: isCount,
};

export const DUMP_OPTIONS: OptionTable = { name: isText, machine: EXECUTE_OPTIONS.machine!, traced: isFlag };

const usage = (verb: string, text: string): JitExecError => new JitExecError('USAGE', `${verb}: ${text}`);

/** What a value is, on one short line. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.slice(0, 3).map(shown).join(', ')}${value.length > 3 ? ', …' : ''}]`;
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Checks the arguments of a verb. @throws JitExecError USAGE. */
export function checkCall(
  verb: string,
  program: unknown,
  options: unknown,
  table: OptionTable,
  required: readonly string[] = [],
): void {
  if (!isBytes(program)) throw usage(verb, `expected the program as a Uint8Array, got ${shown(program)}`);
  checkOptions(verb, options, table, required);
}

/** Checks the options of a verb. @throws JitExecError USAGE. */
export function checkOptions(
  verb: string,
  options: unknown,
  table: OptionTable,
  required: readonly string[] = [],
): void {
  if (typeof options !== 'object' || options === null)
    throw usage(verb, `expected options as an object, got ${shown(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const allowed = Object.hasOwn(table, name) ? table[name] : undefined;
    if (allowed === undefined) {
      throw usage(verb, `there is no option ${name}; there are ${Object.keys(table).join(', ')}`);
    }
    if (value !== undefined && !allowed.test(value)) {
      throw usage(verb, `option ${name}: expected ${allowed.what}, got ${shown(value)}`);
    }
  }
  for (const name of required) {
    if ((options as Record<string, unknown>)[name] === undefined) {
      throw usage(verb, `option ${name}: expected ${table[name]!.what}, got nothing`);
    }
  }
}
