// Files and values that the command line names, as bytes.

import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { JitExecError } from '../../runtime/errors.ts';
import { parseSp1Stdin } from '../machine/sp1/stdin.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
};

/** Of a file whose length nobody told. */
const PART_BYTES = 2 ** 20;

/** The bytes of a file, of stdin for `-`. Throws FILE_UNREADABLE. */
export function readBytes(path: string): Uint8Array {
  return readOr(path, () => {
    const bytes = readFileSync(path === '-' ? 0 : path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  });
}

/** As `readBytes`, of a file of at most so many bytes: a device has no end. Throws PROOF_INVALID for a longer one. */
export function readProofInput(path: string, most: number): Uint8Array {
  if (path === '-') return readBytes(path);
  return readOr(path, () => {
    const file = openSync(path, 'r');
    try {
      const parts: Uint8Array[] = [];
      let length = 0;
      for (let n = 1; n > 0; length += n) {
        const part = new Uint8Array(Math.min(PART_BYTES, most + 1 - length));
        n = part.length === 0 ? 0 : readSync(file, part, 0, part.length, null);
        parts.push(part.subarray(0, n));
      }
      if (length > most) throw new JitExecError('PROOF_INVALID', `${path}: longer than ${most} bytes`);
      return Buffer.concat(parts, length);
    } finally {
      closeSync(file);
    }
  });
}

function readOr(path: string, read: () => Uint8Array): Uint8Array {
  try {
    return read();
  } catch (error) {
    if (error instanceof JitExecError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code ?? ''] ?? message;
    throw new JitExecError('FILE_UNREADABLE', `cannot read ${path === '-' ? 'stdin' : path || "''"}: ${reason}`, {
      cause: error,
    });
  }
}

/** As `readBytes`, in memory that a guest's thread shares instead of getting a copy. */
function readShared(path: string): Uint8Array {
  const size = path === '-' ? 0 : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  if (size === 0) return toShared(readBytes(path)); // a pipe or a device, or not there
  return readOr(path, () => {
    const file = openSync(path, 'r');
    try {
      const shared = new Uint8Array(new SharedArrayBuffer(size));
      let at = 0;
      for (let n = 1; n > 0 && at < size; at += n) n = readSync(file, shared, at, size - at, null);
      return shared.subarray(0, at);
    } finally {
      closeSync(file);
    }
  });
}

function toShared(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

const INPUT_NAMES = ['input', 'input-hex', 'input-u64', 'sp1-stdin'] as const;
type InputName = (typeof INPUT_NAMES)[number];

/** The buffers that a value of an option stands for. */
export const buffersOf = (name: InputName, value: string): readonly Uint8Array[] => READERS[name](value);

const READERS: Readonly<Record<InputName, (value: string) => readonly Uint8Array[]>> = {
  input: path => [readShared(path)],
  'input-hex': text => [parseHex(text)],
  'input-u64': text => [parseU64(text)],
  'sp1-stdin': path => parseSp1Stdin(readShared(path), path),
};

/**
 * The input buffers in the order given. `parsed` has the values by option, `argv` the order between options, which
 * yargs does not keep; values that are not in `argv` (from the environment) come last.
 */
export function readInputs(argv: readonly string[], parsed: Readonly<Record<string, unknown>>): readonly Uint8Array[] {
  const values = new Map(INPUT_NAMES.map(name => [name, [parsed[name] ?? []].flat().map(String)]));
  const end = argv.indexOf('--');
  const order: InputName[] = [];
  for (const token of end < 0 ? argv : argv.slice(0, end)) {
    const text = /^--([^=]+)/.exec(token)?.[1]?.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    const name = INPUT_NAMES.find(known => known === text);
    if (name) order.push(name);
  }
  return [...order, ...INPUT_NAMES.flatMap(name => values.get(name)!.map(() => name))].flatMap(name => {
    const value = values.get(name)!.shift();
    return value === undefined ? [] : READERS[name](value);
  });
}

function parseHex(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '').replaceAll('_', '');
  if (!/^([\da-f]{2})*$/i.test(digits)) {
    throw new JitExecError('USAGE', `--input-hex: expected pairs of hexadecimal digits, got ${text}`);
  }
  return Uint8Array.from(digits.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
}

function parseU64(text: string): Uint8Array {
  const digits = text.replaceAll('_', '');
  const value = /^(0x[\da-f]+|\d+)$/i.test(digits) ? BigInt(digits) : -1n;
  if (value < 0n || value >= 1n << 64n) {
    throw new JitExecError('USAGE', `--input-u64: expected a whole number below 2^64, got ${text}`);
  }
  return new Uint8Array(BigUint64Array.of(value).buffer);
}
