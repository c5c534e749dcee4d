// Notes (gABI, "Note section") and RISC-V build attributes (RISC-V ELF psABI, "Attributes") of an ELF file.

import { stringTable } from './elf-bytes.ts';

export interface Note {
  readonly name: string;
  readonly type: number;
  readonly description: Uint8Array;
}

/** Linkers write two or three; a corrupt file could claim the same bytes as notes 65,534 times over. */
const MAX_NOTES = 1000;

/** Appends the notes of one segment; stops with a warning at the first that does not fit. Aligned to 4 or 8 bytes. */
export function readNotes(bytes: Uint8Array, alignment: 4 | 8, notes: Note[], warn: (text: string) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const align = (n: number): number => Math.ceil(n / alignment) * alignment;
  for (let at = 0; at + 12 <= bytes.length && notes.length < MAX_NOTES; ) {
    const nameBytes = view.getUint32(at, true);
    const descriptionAt = at + align(12 + nameBytes);
    const end = descriptionAt + view.getUint32(at + 4, true);
    if (end > bytes.length) {
      warn(`note at byte ${at} of its segment is longer than the segment`);
      return;
    }
    const name = stringTable(bytes.subarray(at + 12, at + 12 + nameBytes))(0);
    notes.push({ name, type: view.getUint32(at + 8, true), description: bytes.subarray(descriptionAt, end) });
    at += align(end - at);
  }
}

const TAG_FILE = 1;
const TAG_RISCV_ARCH = 5;

/** The arch string (`rv64i2p1_m2p0`) of a .riscv.attributes section, or undefined if there is none. */
export function readArch(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 0x41) return undefined; // format version 'A'
  for (let at = 1; at + 4 < bytes.length; ) {
    const end = Math.min(at + view.getUint32(at, true), bytes.length);
    const vendorEnd = bytes.indexOf(0, at + 4);
    if (end <= at + 4 || vendorEnd < 0 || vendorEnd >= end) return undefined;
    const vendor = stringTable(bytes.subarray(at + 4, end))(0);
    const arch = vendor === 'riscv' ? archOfVendor(bytes.subarray(vendorEnd + 1, end)) : undefined;
    if (arch !== undefined) return arch;
    at = end;
  }
  return undefined;
}

function archOfVendor(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = Math.min(at + view.getUint32(at + 1, true), bytes.length);
    if (end <= at + 5) return undefined;
    const arch = bytes[at] === TAG_FILE ? archOfFile(bytes.subarray(at + 5, end)) : undefined;
    if (arch !== undefined) return arch;
    at = end;
  }
  return undefined;
}

/** Attributes are (ULEB128 tag, value) pairs: odd tags have strings, even ones ULEB128 numbers. */
function archOfFile(bytes: Uint8Array): string | undefined {
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    at = afterUleb(bytes, at);
    if (tag === TAG_RISCV_ARCH) return stringTable(bytes.subarray(at))(0);
    const stringEnd = bytes.indexOf(0, at);
    if (tag % 2 === 1 && stringEnd < 0) return undefined;
    at = tag % 2 === 1 ? stringEnd + 1 : afterUleb(bytes, at);
  }
  return undefined;
}

function afterUleb(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end]! >= 0x80) end++;
  return end + 1;
}
