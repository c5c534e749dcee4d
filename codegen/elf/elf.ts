// Executable RISC-V ELF files, 32 and 64 bit, little-endian, statically linked.
// References: System V gABI chapters 4 and 5; RISC-V ELF psABI ("File header": e_flags).
// Every malformed file ends in a JitExecError; nothing is allocated by a count that the file claims.

import { JitExecError } from '../../runtime/errors.ts';
import { hex } from '../../runtime/hex.ts';
import type { Xlen } from '../isa/expr.ts';
import { type ElfBytes, readWord, sliceOf } from './elf-bytes.ts';
import { type Note, readArch, readNotes } from './notes.ts';
import { type ElfSymbol, readSections, type Section, symbolReader } from './symbols.ts';

export type { Note } from './notes.ts';
export type { ElfSymbol, Section, SymbolKind } from './symbols.ts';

/** A PT_LOAD segment that occupies memory. */
export interface Segment {
  readonly address: number;
  /** What the file holds, a view of the file; the rest of memoryBytes is zero. */
  readonly fileBytes: Uint8Array;
  readonly memoryBytes: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** p_flags as in the file. */
  readonly flags: number;
  readonly alignment: number;
}

export interface Elf {
  /** What messages call the file. */
  readonly name: string;
  readonly xlen: Xlen;
  readonly entry: number;
  /** e_flags as in the file. */
  readonly flags: number;
  /** The file says that it contains 16-bit instructions (EF_RISCV_RVC). */
  readonly isCompressed: boolean;
  /** In file order, without overlaps. */
  readonly segments: readonly Segment[];
  readonly symbols: readonly ElfSymbol[];
  readonly notes: readonly Note[];
  /** Those whose bytes are in the file. */
  readonly sections: readonly Section[];
  /** Program headers of every type. */
  readonly headerCount: number;
  /** The ISA string of .riscv.attributes, if any: `rv64i2p1_m2p0`. */
  readonly arch: string | undefined;
  /** What was wrong with the parts that execution does not need. */
  readonly warnings: readonly string[];
}

const EM_RISCV = 243;
const TYPES: Readonly<Record<number, string>> = {
  1: 'a relocatable object file',
  3: 'position-independent',
  4: 'a core dump',
};
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const PT_NOTE = 4;
const RISCV_ATTRIBUTES = 0x7000_0003; // PT_ and SHT_ alike
const PN_XNUM = 0xffff;
const EF_RVC = 0x1;
const EF_RVE = 0x8;
const EF_KNOWN = 0x1f; // RVC, float ABI, RVE, TSO (which one hart cannot tell from the default)
const FLOAT_ABIS = ['soft', 'single', 'double', 'quad'];

/** No guest machine has memory at or above this address: 2^32 on RV32; on RV64 2^40, the limit of sp1. */
const MEMORY_END: Readonly<Record<Xlen, number>> = { 32: 2 ** 32, 64: 2 ** 40 };

type Refusal = (code: 'ELF_INVALID' | 'ELF_UNSUPPORTED', text: string) => JitExecError;

/**
 * Reads an executable. `name` is for messages; the result has views of `bytes`, so leave them alone.
 * Throws ELF_INVALID for a malformed file and ELF_UNSUPPORTED for a well-formed one that cannot run here.
 */
export function parseElf(bytes: Uint8Array, name: string): Elf {
  const refuse: Refusal = (code, text) => new JitExecError(code, `elf: ${text} in ${name}`);
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const file = readIdent(bytes, refuse);
  const flags = readHeader(file, refuse);
  const headers = readProgramHeaders(file, refuse);
  const segments = headers
    .filter(header => header.type === PT_LOAD)
    .flatMap(header => readSegment(file, header, refuse));
  checkSegments(segments, refuse);
  const isCompressed = (flags & EF_RVC) !== 0;
  const entry = readEntry(file, segments, refuse);
  const floatAbi = (flags >> 1) & 3;
  // The flag alone stops nothing: compilers that are given no -mabi set it in programs without floating point.
  if (floatAbi !== 0) {
    const build = `build it with -march=rv${file.xlen}im -mabi=${file.xlen === 64 ? 'lp64' : 'ilp32'}`;
    warn(
      `the ${FLOAT_ABIS[floatAbi]} float ABI (e_flags ${hex(flags)}): instructions of F and D do not run here; ${build}`,
    );
  }
  if ((flags & ~EF_KNOWN) !== 0) warn(`unknown bits in e_flags ${hex(flags)}`);
  const sections = readSections(file, warn);
  const readSymbols = symbolReader(file, sections, warn);
  let symbols: readonly ElfSymbol[] | undefined;
  const { notes, arch } = readExtras(file, headers, warn);
  const attributes = sections.find(section => section?.type === RISCV_ATTRIBUTES)?.bytes;
  return {
    name,
    xlen: file.xlen,
    entry,
    flags,
    isCompressed,
    segments,
    // A program that never leaves the interpreter has no use for them: of 20,000 they take longer than all the rest.
    get symbols() {
      symbols ??= readSymbols();
      return symbols;
    },
    notes,
    sections: sections.filter(section => section !== undefined),
    headerCount: headers.length,
    arch: arch ?? (attributes && readArch(attributes)),
    warnings,
  };
}

function readIdent(bytes: Uint8Array, refuse: Refusal): ElfBytes {
  const bytesText = (part: Uint8Array): string => Array.from(part, b => b.toString(16).padStart(2, '0')).join(' ');
  const magic = bytesText(bytes.subarray(0, 4));
  if (magic !== '7f 45 4c 46') throw refuse('ELF_INVALID', `expected magic 7f 45 4c 46, got ${magic || 'nothing'}`);
  if (bytes.length < 16) throw refuse('ELF_INVALID', `expected a header of at least 16 bytes, got ${bytes.length}`);
  const [elfClass, data, version] = [bytes[4]!, bytes[5]!, bytes[6]!];
  if (elfClass !== 1 && elfClass !== 2)
    throw refuse('ELF_INVALID', `expected class 1 (32 bit) or 2 (64 bit), got ${elfClass}`);
  if (data === 2) throw refuse('ELF_INVALID', 'expected little-endian data (1), got big-endian (2)');
  if (data !== 1) throw refuse('ELF_INVALID', `expected little-endian data (1), got ${data}`);
  if (version !== 1) throw refuse('ELF_INVALID', `expected ident version 1, got ${version}`);
  const headerBytes = elfClass === 2 ? 64 : 52;
  if (bytes.length < headerBytes) {
    throw refuse('ELF_INVALID', `expected a header of ${headerBytes} bytes, got ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { bytes, view, xlen: elfClass === 2 ? 64 : 32 };
}

/** Checks machine, type, version and flags; returns e_flags. */
function readHeader({ view, xlen }: ElfBytes, refuse: Refusal): number {
  const machine = view.getUint16(18, true);
  if (machine !== EM_RISCV) throw refuse('ELF_INVALID', `expected machine RISC-V (243), got ${machine}`);
  const type = view.getUint16(16, true);
  if (type === ET_DYN) {
    const hint = 'link with -static -no-pie (Rust: -C relocation-model=static)';
    throw refuse(
      'ELF_UNSUPPORTED',
      `expected type ET_EXEC (2), got ET_DYN (3), position-independent or shared; ${hint};`,
    );
  }
  if (type !== ET_EXEC) {
    throw refuse('ELF_INVALID', `expected type ET_EXEC (2), got ${type}${TYPES[type] ? `, ${TYPES[type]}` : ''}`);
  }
  const version = view.getUint32(20, true);
  if (version !== 1) throw refuse('ELF_INVALID', `expected version 1, got ${version}`);
  const flags = view.getUint32(xlen === 64 ? 48 : 36, true);
  if (flags & EF_RVE) throw refuse('ELF_UNSUPPORTED', `RVE, 16 registers, is not supported (e_flags ${hex(flags)})`);
  return flags;
}

interface ProgramHeader {
  readonly index: number;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

function readProgramHeaders(file: ElfBytes, refuse: Refusal): readonly ProgramHeader[] {
  const wide = file.xlen === 64;
  const { view, bytes } = file;
  const count = view.getUint16(wide ? 56 : 44, true);
  if (count === 0) throw refuse('ELF_INVALID', 'expected program headers, got none');
  if (count === PN_XNUM) throw refuse('ELF_UNSUPPORTED', 'more than 65534 program headers (PN_XNUM) are not supported');
  const size = view.getUint16(wide ? 54 : 42, true);
  if (size !== (wide ? 56 : 32)) {
    throw refuse('ELF_INVALID', `expected program header size ${wide ? 56 : 32}, got ${size}`);
  }
  const start = readWord(file, wide ? 32 : 28);
  if (!sliceOf(bytes, start, count * size)) {
    const text = `${count} program headers at offset ${hex(start)} do not fit in ${bytes.length} bytes`;
    throw refuse('ELF_INVALID', text);
  }
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * size;
    const word = (wideAt: number, narrowAt: number): number => readWord(file, at + (wide ? wideAt : narrowAt));
    const header: ProgramHeader = {
      index,
      type: view.getUint32(at, true),
      flags: view.getUint32(at + (wide ? 4 : 24), true),
      offset: word(8, 4),
      address: word(16, 8),
      fileSize: word(32, 16),
      memorySize: word(40, 20),
      alignment: word(48, 28),
    };
    if (header.type === PT_INTERP || header.type === PT_DYNAMIC) {
      const kind = header.type === PT_INTERP ? 'an interpreter (PT_INTERP)' : 'dynamic linking (PT_DYNAMIC)';
      throw refuse('ELF_UNSUPPORTED', `program header ${index} asks for ${kind}; link with -static;`);
    }
    return header;
  });
}

/** The segment of a PT_LOAD header; none if it occupies no memory. */
function readSegment(file: ElfBytes, header: ProgramHeader, refuse: Refusal): readonly Segment[] {
  const { index, offset, address, fileSize, memorySize, flags, alignment } = header;
  const invalid = (text: string): JitExecError => refuse('ELF_INVALID', `segment ${index}: ${text}`);
  if (memorySize < fileSize) throw invalid(`memory size ${hex(memorySize)} is below file size ${hex(fileSize)}`);
  const fileBytes = sliceOf(file.bytes, offset, fileSize);
  if (!fileBytes) {
    const end = `offset ${hex(offset)} + size ${hex(fileSize)}`;
    throw invalid(`${end} is beyond the end of the file (${hex(file.bytes.length)})`);
  }
  const span = `address ${hex(address)} + memory size ${hex(memorySize)}`;
  if (address + memorySize > 2 ** file.xlen) throw invalid(`${span} wraps around the address space`);
  if (memorySize > MEMORY_END[file.xlen]) throw invalid(`memory size ${hex(memorySize)} is more than can be addressed`);
  if (address + memorySize > MEMORY_END[file.xlen]) {
    throw refuse(
      'ELF_UNSUPPORTED',
      `segment ${index}: ${span} is beyond ${hex(MEMORY_END[file.xlen])}, the end of memory,`,
    );
  }
  if (memorySize === 0) return [];
  return [
    {
      address,
      fileBytes,
      memoryBytes: memorySize,
      readable: (flags & 4) !== 0,
      writable: (flags & 2) !== 0,
      executable: (flags & 1) !== 0,
      flags,
      alignment,
    },
  ];
}

function checkSegments(segments: readonly Segment[], refuse: Refusal): void {
  if (segments.length === 0) throw refuse('ELF_INVALID', 'expected a loadable segment (PT_LOAD), got none');
  if (!segments.some(segment => segment.executable)) {
    throw refuse('ELF_INVALID', 'expected an executable segment (PF_X), got none');
  }
  const sorted = segments.toSorted((a, b) => a.address - b.address);
  for (const [i, next] of sorted.entries()) {
    const previous = sorted[i - 1];
    if (previous && previous.address + previous.memoryBytes > next.address) {
      throw refuse('ELF_INVALID', `segments overlap: ${spanText(previous)} and ${spanText(next)}`);
    }
  }
}

function spanText(segment: Segment): string {
  return `[${hex(segment.address)}, ${hex(segment.address + segment.memoryBytes)})`;
}

function readEntry(file: ElfBytes, segments: readonly Segment[], refuse: Refusal): number {
  const entry = readWord(file, 24);
  const within = (segment: Segment): boolean =>
    entry >= segment.address && entry < segment.address + segment.memoryBytes;
  if (!segments.some(segment => segment.executable && within(segment))) {
    throw refuse('ELF_INVALID', `entry ${hex(entry)} is outside every executable segment`);
  }
  if (entry % 2 !== 0) throw refuse('ELF_INVALID', `entry ${hex(entry)} is not a multiple of 2`);
  return entry;
}

function readExtras(
  file: ElfBytes,
  headers: readonly ProgramHeader[],
  warn: (text: string) => void,
): { readonly notes: readonly Note[]; readonly arch: string | undefined } {
  const notes: Note[] = [];
  const contentOf = ({ index, type, offset, fileSize }: ProgramHeader): Uint8Array | undefined => {
    const content = sliceOf(file.bytes, offset, fileSize);
    if (!content) warn(`segment ${index} (type ${hex(type)}) is outside the file`);
    return content;
  };
  for (const header of headers.filter(({ type }) => type === PT_NOTE)) {
    const content = contentOf(header);
    if (content) readNotes(content, header.alignment === 8 ? 8 : 4, notes, warn);
  }
  const attributes = headers.find(({ type }) => type === RISCV_ATTRIBUTES);
  const content = attributes && contentOf(attributes);
  return { notes, arch: content && readArch(content) };
}
