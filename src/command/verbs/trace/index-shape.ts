// What fields of an index may be: it is a file that anybody may have written.

import { JitExecError } from '../../../../runtime/errors.ts';
import type { ExitJson } from '../../../result.ts';

export const INDEX = 'index.json';
export const INDEX_KIND = 'jit-exec trace';

export type Shape = Readonly<Record<string, (value: unknown) => boolean>>;

export const isText = (value: unknown): boolean => typeof value === 'string';
export const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
export const isSha256 = (value: unknown): boolean => /^[\da-f]{64}$/.test(String(value));
const isAddress = (value: unknown): boolean => /^0x[\da-f]{1,16}$/.test(String(value));
export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

export const isOptional =
  (test: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || test(value);

/** What the index of every run says. */
export const RUN_SHAPE: Shape = {
  schema: isCount,
  kind: isText,
  program: value =>
    isObject(value) &&
    isSha256((value as { readonly sha256: unknown; readonly path: unknown }).sha256) &&
    ['string', 'undefined'].includes(typeof (value as { readonly sha256: unknown; readonly path: unknown }).path),
  inputs: Array.isArray,
  machine: isText,
  sp1Version: value => value === undefined || value === '6.4' || value === '6.10',
  complete: value => typeof value === 'boolean',
  exit: value => isObject(value) && isText((value as ExitJson).kind) && isAddress((value as ExitJson).pc),
  instructions: isCount,
  publicValues: value => /^([\da-f]{2})*$/.test(String(value)),
  publicValuesSha256: isSha256,
  syscalls: value => isObject(value) && Object.values(value as object).every(isCount),
};

export function checkShape(value: unknown, shape: Shape, prefix: string, path: string): void {
  const fields = isObject(value) ? (value as Record<string, unknown>) : {};
  for (const [name, test] of Object.entries(shape)) {
    if (test(fields[name])) continue;
    const got = JSON.stringify(fields[name])?.slice(0, 80) ?? 'nothing';
    throw new JitExecError('TRACE_INVALID', `trace: expected a valid ${prefix}${name}, got ${got} in ${path}`);
  }
}
