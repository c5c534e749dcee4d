// Section table and symbols of an ELF file. Execution needs neither, so damage here is a warning, never an error.

import { hex } from '../../runtime/hex.ts';
import { type ElfBytes, readWord, sliceOf, stringTable } from './elf-bytes.ts';

export type SymbolKind = 'none' | 'object' | 'function' | 'section' | 'file' | 'tls' | 'other';

export interface ElfSymbol {
  readonly name: string;
  readonly address: number;
  /** Bytes; 0 where the assembler did not say. */
  readonly size: number;
  readonly kind: SymbolKind;
  readonly isGlobal: boolean;
}

export interface Section {
  readonly name: string;
  /** Where it is loaded; 0 where it is not. */
  readonly address: number;
  readonly type: number;
  /** Index of the section that this one refers to: for a symbol table, its string table. */
  readonly link: number;
  readonly bytes: Uint8Array;
}

const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
const SHN_UNDEF = 0;
const KINDS: readonly SymbolKind[] = ['none', 'object', 'function', 'section', 'file', 'other', 'tls'];
const STB_LOCAL = 0;

/** Sections whose bytes lie in the file, by index; others are undefined. */
export function readSections(file: ElfBytes, warn: (text: string) => void): readonly (Section | undefined)[] {
  const wide = file.xlen === 64;
  const { bytes, view } = file;
  const offset = readWord(file, wide ? 40 : 32);
  if (offset === 0) return [];
  const entryBytes = view.getUint16(wide ? 58 : 46, true);
  if (entryBytes !== (wide ? 64 : 40)) {
    warn(`section header size is ${entryBytes}, expected ${wide ? 64 : 40}`);
    return [];
  }
  let count = view.getUint16(wide ? 60 : 48, true);
  const sizeAt = wide ? 32 : 20;
  // Files with 65,280 sections or more keep the count in the size of section 0 (gABI, "ELF header").
  if (count === 0 && sliceOf(bytes, offset, entryBytes)) count = readWord(file, offset + sizeAt);
  if (!sliceOf(bytes, offset, count * entryBytes)) {
    warn(`section table of ${count} entries at ${hex(offset)} is outside the file`);
    return [];
  }
  const sections: (Section | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * entryBytes;
    const type = view.getUint32(at + 4, true);
    const start = readWord(file, at + (wide ? 24 : 16));
    const content = type === SHT_NOBITS ? undefined : sliceOf(bytes, start, readWord(file, at + sizeAt));
    const link = view.getUint32(at + (wide ? 40 : 24), true);
    const address = readWord(file, at + (wide ? 16 : 12));
    sections.push(content && { name: '', address, type, link, bytes: content });
  }
  const names = sections[view.getUint16(wide ? 62 : 50, true)]?.bytes;
  if (names === undefined) return sections;
  const nameAt = stringTable(names);
  return sections.map(
    (section, i) => section && { ...section, name: nameAt(view.getUint32(offset + i * entryBytes, true)) },
  );
}

/** Gives the defined, named symbols in file order. Those above 2^53 are left out. */
export function symbolReader(
  file: ElfBytes,
  sections: readonly (Section | undefined)[],
  warn: (text: string) => void,
): () => readonly ElfSymbol[] {
  const table = sections.find(section => section?.type === SHT_SYMTAB);
  if (!table) return () => [];
  const strings = sections[table.link]?.bytes;
  if (strings) return () => readSymbols(file, table, strings);
  warn(`symbol table names string section ${table.link}, which is not in the file`);
  return () => [];
}

function readSymbols(file: ElfBytes, table: Section, strings: Uint8Array): readonly ElfSymbol[] {
  const nameAt = stringTable(strings);
  const wide = file.xlen === 64;
  const entryBytes = wide ? 24 : 16;
  const { bytes } = table;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const source: ElfBytes = { bytes, view, xlen: file.xlen };
  const symbols: ElfSymbol[] = [];
  for (let at = entryBytes; at + entryBytes <= bytes.length; at += entryBytes) {
    if (view.getUint16(at + (wide ? 6 : 14), true) === SHN_UNDEF) continue;
    const address = readWord(source, at + (wide ? 8 : 4));
    const size = readWord(source, at + (wide ? 16 : 8));
    const name = nameAt(view.getUint32(at, true));
    if (name === '' || !Number.isSafeInteger(address) || !Number.isSafeInteger(size)) continue;
    const info = view.getUint8(at + (wide ? 4 : 12));
    symbols.push({ name, address, size, kind: KINDS[info & 15] ?? 'other', isGlobal: info >> 4 !== STB_LOCAL });
  }
  return symbols;
}
