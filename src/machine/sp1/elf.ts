// What SP1 asks of an ELF file beyond codegen/elf/elf.ts, and how it fills memory from one.
// Follows sp1:crates/core/executor/src/disassembler/elf.rs.

import type { Elf, Note, Segment } from '../../../codegen/elf/elf.ts';
import type { AddressRange } from '../../../codegen/program/program.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { hex } from '../../../runtime/hex.ts';
import { STACK_TOP } from './abi.ts';
import { PERMISSION_PAGE_BYTES } from './user/page-permissions.ts';

const MAX_HEADERS = 256;
const MAX_INSTRUCTIONS = 2 ** 22;
/** Marks an executable segment that is not part of the program proper (p_flags bit 20). */
const PF_UNTRUSTED = 0x10_0000;
const INSTRUCTION_BYTES = 4;
const GRANULE_BYTES = 8;
/** '1' in the note that switches untrusted programs on. */
const NOTE_VERSION = 0x31;
const TRAP_CONTEXT = '__SUCCINCT_TRAP_CONTEXT';
const ALL_PERMISSIONS = 7;

/** Throws ELF_UNSUPPORTED for a file that SP1 would refuse. */
export function checkSp1Elf(elf: Elf): void {
  const refuse = (text: string): JitExecError => new JitExecError('ELF_UNSUPPORTED', `sp1: ${text} in ${elf.name}`);
  if (elf.xlen !== 64) throw refuse('expected a 64-bit program (RV64IM), got 32-bit');
  if (elf.entry % INSTRUCTION_BYTES !== 0) throw refuse(`entry ${hex(elf.entry)} is not a multiple of 4`);
  if (elf.headerCount > MAX_HEADERS) throw refuse(`expected at most 256 program headers, got ${elf.headerCount}`);
  let previousEnd = 0;
  for (const segment of elf.segments) {
    checkSegment(segment, previousEnd, refuse);
    previousEnd = segment.address + segment.memoryBytes;
  }
  checkText(elf.segments.filter(isTrustedText), refuse);
  const untrusted = sp1UntrustedMemory(elf.notes);
  if (untrusted !== undefined && untrusted.end <= untrusted.start) {
    throw refuse(`memory of untrusted programs ends at ${hex(untrusted.end)}, not after ${hex(untrusted.start)}`);
  }
}

export function isTrustedText(segment: Segment): boolean {
  return segment.executable && (segment.flags & PF_UNTRUSTED) === 0;
}

function checkSegment(segment: Segment, previousEnd: number, refuse: (text: string) => JitExecError): void {
  const { address, readable, writable, executable, flags } = segment;
  const where = `segment at ${hex(address)}`;
  if (address < STACK_TOP) throw refuse(`${where} is below the stack top ${hex(STACK_TOP)}`);
  if (!readable) throw refuse(`${where} is not readable (flags ${hex(flags)})`);
  if (writable && executable) throw refuse(`${where} is both writable and executable`);
  if (address < previousEnd) throw refuse(`${where} comes after one that ends at ${hex(previousEnd)}`);
  if (address % INSTRUCTION_BYTES !== 0) throw refuse(`${where} does not start at a multiple of 4`);
}

/** Trusted segments must follow each other without a gap. Zeros after the file's bytes are not instructions. */
function checkText(text: readonly Segment[], refuse: (text: string) => JitExecError): void {
  const base = text[0]?.address;
  if (base === undefined) throw refuse('expected a trusted executable segment, got none');
  let instructions = 0;
  for (const { address, fileBytes } of text) {
    const expected = base + INSTRUCTION_BYTES * instructions;
    if (address !== expected) throw refuse(`expected text to go on at ${hex(expected)}, got ${hex(address)}`);
    instructions += Math.ceil(fileBytes.length / INSTRUCTION_BYTES);
  }
  if (instructions === 0 || instructions > MAX_INSTRUCTIONS) {
    throw refuse(`expected 1 to ${MAX_INSTRUCTIONS} instructions, got ${instructions}`);
  }
}

export interface ImagePiece {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Versions that load a program differently; each stands for those up to the next. */
export type Sp1Version = '6.4' | '6.10';

export const DEFAULT_SP1_VERSION: Sp1Version = '6.10';

/**
 * Initial memory, as pieces to be written in order over zeros. Code is part of it.
 * Up to 6.8 SP1 clears zero-initialised memory by whole doublewords, so if initialised data ends in the middle of one,
 * its low half is lost: an added piece of four zeros reproduces that. From 6.9 on what was loaded stays.
 */
export function sp1MemoryImage(elf: Elf, version: Sp1Version = DEFAULT_SP1_VERSION): readonly ImagePiece[] {
  return elf.segments.flatMap(({ address, fileBytes, memoryBytes }) => {
    const zeroFrom = Math.ceil(fileBytes.length / INSTRUCTION_BYTES) * INSTRUCTION_BYTES;
    const data: ImagePiece = { address, bytes: fileBytes };
    if (version !== '6.4' || zeroFrom >= memoryBytes || (address + zeroFrom) % GRANULE_BYTES === 0) return [data];
    return [data, { address: address + zeroFrom - INSTRUCTION_BYTES, bytes: new Uint8Array(INSTRUCTION_BYTES) }];
  });
}

/** The memory that a SUCCINCT note gives to untrusted programs: version '1', then heap start and end as u64. */
export function sp1UntrustedMemory(notes: readonly Note[]): AddressRange | undefined {
  for (const { name, type, description } of notes) {
    if (name !== 'SUCCINCT' || type !== 1 || description.length !== 20) continue;
    const view = new DataView(description.buffer, description.byteOffset, description.byteLength);
    if (view.getUint32(0, true) !== NOTE_VERSION) continue;
    return { start: Number(view.getBigUint64(4, true)), end: Number(view.getBigUint64(12, true)) };
  }
  return undefined;
}

/** What a program that runs untrusted code has besides. */
export interface UserMode {
  /** Where MPROTECT may change permissions. */
  readonly untrusted: AddressRange;
  /** Address of three doublewords: trap handler, failure, pc at fault. */
  readonly trapContext: number | undefined;
  /** Permissions by number of the 4096-byte page. */
  readonly pages: ReadonlyMap<number, number>;
  /** Code that is not fetched from memory. */
  readonly text: ImagePiece;
}

/** Undefined for a program without a SUCCINCT note, all of whose code is trusted. The file has passed `checkSp1Elf`. */
export function sp1UserMode(elf: Elf): UserMode | undefined {
  const untrusted = sp1UntrustedMemory(elf.notes);
  if (untrusted === undefined) return undefined;
  const pages = new Map<number, number>();
  for (const { address, memoryBytes, flags } of elf.segments) {
    const end = address + memoryBytes;
    for (let page = Math.floor(address / PERMISSION_PAGE_BYTES); page * PERMISSION_PAGE_BYTES < end; page++) {
      pages.set(page, flags & ALL_PERMISSIONS);
    }
  }
  const text = elf.segments.filter(isTrustedText);
  const base = text[0]!.address;
  const last = text.at(-1)!;
  const words = Math.ceil(last.fileBytes.length / INSTRUCTION_BYTES);
  const bytes = new Uint8Array(last.address - base + INSTRUCTION_BYTES * words);
  for (const { address, fileBytes } of text) bytes.set(fileBytes, address - base);
  const trapContext = elf.symbols.find(({ name }) => name === TRAP_CONTEXT)?.address;
  return { untrusted, trapContext, pages, text: { address: base, bytes } };
}
