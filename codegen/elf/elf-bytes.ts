// Little-endian reads that both ELF classes share. Offsets are trusted here: callers check them against the length.

import { HIGH } from '../../runtime/layout.ts';
import type { Xlen } from '../isa/expr.ts';

export interface ElfBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly xlen: Xlen;
}

/** An address, offset or size of the file's class. Exact up to 2^53; above it rounded, but still above 2^53 - 1. */
export function readWord(file: ElfBytes, offset: number): number {
  const low = file.view.getUint32(offset, true);
  return file.xlen === 32 ? low : file.view.getUint32(offset + 4, true) * HIGH + low;
}

/** The bytes [offset, offset + length), or undefined if they are not all in the file. */
export function sliceOf(bytes: Uint8Array, offset: number, length: number): Uint8Array | undefined {
  return offset <= bytes.length && length <= bytes.length - offset
    ? bytes.subarray(offset, offset + length)
    : undefined;
}

/** Longer names are cut: bounds the work that overlapping names in a corrupt string table could cause. */
const MAX_NAME_BYTES = 4096;
const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

export type StringTable = (offset: number) => string;

/** Reader of NUL-terminated strings. One decoding for the whole table: 20,000 small ones cost 10 times more. */
export function stringTable(bytes: Uint8Array): StringTable {
  const copy = bytes.slice(); // text decoders may refuse shared memory
  const text = latin1.decode(copy);
  return offset => {
    const rest = text.slice(offset, offset + MAX_NAME_BYTES);
    const end = rest.indexOf('\0');
    const name = end < 0 ? rest : rest.slice(0, end);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant
    return /^[\x00-\x7f]*$/.test(name) ? name : utf8.decode(copy.subarray(offset, offset + name.length));
  };
}
