// The options of the command, as tables for yargs, and the forms that their values may take.

import type { Options } from 'yargs';
import { JitExecError } from '../../runtime/errors.ts';

const usage = (text: string): JitExecError => new JitExecError('USAGE', text);

const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `0x10`, `1_000`, `2.5M`: a non-negative whole number below 2^53. */
function parseNumber(option: string, text: unknown, suffixes: Readonly<Record<string, number>>): number {
  const match = /^(?:(0x[\da-f_]+)|(\d[\d_]*(?:\.\d+)?)([kmg]?))$/i.exec(String(text));
  const number = match?.[1] ?? match?.[2];
  const value = Number(number?.replaceAll('_', '')) * (suffixes[match?.[3]?.toLowerCase() ?? ''] ?? 1);
  if (Number.isSafeInteger(value)) return value;
  throw usage(`--${option}: expected a whole number below 2^53 such as 1000, 0x3e8, 1_000 or 1k, got ${String(text)}`);
}

/** Suffixes k, M, G are powers of 1000. */
export const count =
  (option: string) =>
  (text: unknown): number =>
    parseNumber(option, text, DECIMAL_SUFFIXES);

/** Suffixes k, M, G are powers of 1024. */
export const byteCount =
  (option: string) =>
  (text: unknown): number =>
    parseNumber(option, text, BINARY_SUFFIXES);

export function seconds(text: unknown): number {
  const value = Number(text);
  // setTimeout takes at most 2^31 - 1 milliseconds.
  if (/^\d+(\.\d+)?$/.test(String(text)) && value > 0 && value * 1000 < 2 ** 31) return value;
  throw usage(`--timeout: expected seconds above 0 and below 2147483, got ${String(text)}`);
}

const valued = (describe: string, more: Options = {}): Options => ({
  describe,
  type: 'string',
  requiresArg: true,
  ...more,
});

export const MACHINE_OPTION: Readonly<Record<string, Options>> = {
  machine: valued('Guest machine', { choices: ['auto', 'bare', 'sp1'], default: 'auto' }),
};

export const JSON_OPTION: Readonly<Record<string, Options>> = {
  json: { describe: 'Print one JSON object on stdout', type: 'boolean' },
};

/** May be given several times, mixed; each is one or more input buffers. */
export const INPUT_OPTIONS: Readonly<Record<string, Options>> = {
  input: valued('Input buffer from FILE (- is stdin)'),
  'input-hex': valued('Input buffer of these bytes'),
  'input-u64': valued('Input buffer of 8 bytes, little-endian'),
  'sp1-stdin': valued('Input buffers of a bincode SP1Stdin FILE'),
};

export const LIMIT_OPTIONS: Readonly<Record<string, Options>> = {
  'max-cycles': valued('Stop after N instructions', { coerce: count('max-cycles') }),
  'max-memory': valued('Stop when the pages that the guest has stored to are more BYTES', {
    coerce: byteCount('max-memory'),
  }),
  timeout: valued('Stop after SECONDS', { coerce: seconds }),
};

export const RUN_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  engine: valued('How to execute', { choices: ['auto', 'js', 'wasm', 'interpreter'], default: 'auto' }),
  ...INPUT_OPTIONS,
  ...LIMIT_OPTIONS,
  'sp1-version': valued('Load by the rules of SP1 up to 6.8 or from 6.9 on', {
    choices: ['6.4', '6.10'],
    default: '6.10',
  }),
  lenient: { describe: 'Run words that SP1 refuses to load', type: 'boolean' },
  'real-time': { describe: "Let gettimeofday see the host's clock", type: 'boolean' },
  'dump-js': valued('Print the JavaScript generated for a guest FUNCTION (name or address), run nothing'),
  report: { describe: 'Count opcodes, memory and gas (sp1; interpreted)', type: 'boolean' },
  'public-values': valued('Write the public values to FILE'),
  ...JSON_OPTION,
  quiet: { alias: 'q', describe: 'No progress, summary or warnings on stderr', type: 'boolean' },
};

const { 'dump-js': _dumpJs, report: _report, lenient: _lenient, ...TRACED_RUN } = RUN_OPTIONS;

export const TRACE_OPTIONS: Readonly<Record<string, Options>> = {
  output: valued('Write chunk files and index.json to DIR', { alias: 'o', conflicts: 'check' }),
  check: valued('Check and replay the trace in DIR', { conflicts: 'output' }),
  'chunk-entries': valued('End a chunk after N memory entries', {
    coerce: count('chunk-entries'),
    default: '16777216',
  }),
  'chunk-layout': valued('Header of the chunk files', { choices: ['6.0', '6.4'], default: '6.4' }),
  until: valued('What to produce', { choices: ['chunks', 'records', 'traces'], default: 'chunks' }),
  workers: valued('Threads that hash and write', { coerce: count('workers') }),
  gpu: valued('Use a GPU', { choices: ['auto', 'on', 'off'], default: 'auto' }),
  ...TRACED_RUN,
};

export const BENCH_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  ...INPUT_OPTIONS,
  'max-cycles': LIMIT_OPTIONS['max-cycles']!,
  rounds: valued('Rounds, each running every engine once; at least 3', { coerce: count('rounds'), default: '5' }),
  ...JSON_OPTION,
};

export const DISASM_OPTIONS: Readonly<Record<string, Options>> = {
  ...MACHINE_OPTION,
  function: valued('Only this function', { conflicts: ['from', 'to'] }),
  from: valued('First address', { coerce: count('from') }),
  to: valued('Address after the last', { coerce: count('to') }),
};

/** Refuses an option that was given twice although it takes one value. */
export function checkSingle(args: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(args)) {
    if (Array.isArray(value) && !(name in INPUT_OPTIONS) && name.length > 1 && name !== '--' && !/[A-Z]/.test(name)) {
      throw usage(`--${name} may be given only once`);
    }
  }
}
