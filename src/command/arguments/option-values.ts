// The forms that values of options may take: numbers, bytes, times.

import { JitExecError } from '../../../runtime/errors.ts';

export const usage = (text: string): JitExecError => new JitExecError('USAGE', text);

const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** What was typed for an option that takes one value. yargs gives an array where the option was given more than once. */
export function single(option: string, text: unknown): string {
  if (Array.isArray(text)) throw usage(`--${option} may be given only once`);
  return String(text);
}

/** `0x10`, `1_000`, `2.5M`, `1e6`: a non-negative whole number below 2^53. */
function parseNumber(option: string, given: unknown, suffixes: Readonly<Record<string, number>>): number {
  const text = single(option, given);
  const match = /^(?:(0x[\da-f_]+)|(\d[\d_]*(?:\.\d+)?(?:e\d{1,2})?)([kmg]?))$/i.exec(text);
  const number = match?.[1] ?? match?.[2];
  const value = Number(number?.replaceAll('_', '')) * (suffixes[match?.[3]?.toLowerCase() ?? ''] ?? 1);
  if (Number.isSafeInteger(value)) return value;
  throw usage(`--${option}: expected a whole number below 2^53 such as 1000, 0x3e8, 1_000, 1e3 or 1k, got ${text}`);
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

const SECONDS_OF: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, h: 3600 };

/** `10`, `0.5`, `1e3`, `10s`, `500ms`, `2m`, `1h`. */
export function seconds(given: unknown): number {
  const text = single('timeout', given);
  const match = /^(\d+(?:\.\d+)?(?:e\d{1,2})?)(ms|s|m|h|)$/.exec(text);
  const value = Number(match?.[1]) * (SECONDS_OF[match?.[2] ?? ''] ?? Number.NaN);
  // setTimeout takes at most 2^31 - 1 milliseconds.
  if (value > 0 && value * 1000 < 2 ** 31) return value;
  throw usage(`--timeout: expected seconds above 0 and below 2147483, such as 10, 0.5, 10s, 500ms or 2m, got ${text}`);
}
