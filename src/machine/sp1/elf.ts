// What SP1 6.4 asks of an ELF file beyond codegen/elf.ts, and how it fills memory from one.
// Follows sp1:crates/core/executor/src/disassembler/elf.rs.

import type { Elf, Note, Segment } from '../../../codegen/elf.ts';
import { hex } from '../../../codegen/elf-bytes.ts';
import { JitExecError } from '../../../runtime/errors.ts';

/** The stack grows down from here; the image lies above. */
export const STACK_TOP = 0x7800_0000;

const MAX_HEADERS = 256;
const MAX_INSTRUCTIONS = 2 ** 22;
/** Marks an executable segment that is not part of the program proper (p_flags bit 20). */
const PF_UNTRUSTED = 0x10_0000;
const INSTRUCTION_BYTES = 4;
const GRANULE_BYTES = 8;

/** Throws ELF_UNSUPPORTED for a file that SP1 would refuse, or that needs its untrusted-program mode. */
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
  if (untrusted) {
    const range = `[${hex(untrusted.start)}, ${hex(untrusted.end)})`;
    throw refuse(`untrusted programs (SUCCINCT note, memory ${range}) are not supported`);
  }
}

function isTrustedText(segment: Segment): boolean {
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

/**
 * Initial memory, as pieces to be written in order over zeros. Code is part of it.
 * Upstream clears zero-initialised memory by whole doublewords, so if initialised data ends in the middle of one,
 * its low half is lost: an added piece of four zeros reproduces that.
 */
export function sp1MemoryImage(elf: Elf): readonly ImagePiece[] {
  return elf.segments.flatMap(({ address, fileBytes, memoryBytes }) => {
    const zeroFrom = Math.ceil(fileBytes.length / INSTRUCTION_BYTES) * INSTRUCTION_BYTES;
    const data: ImagePiece = { address, bytes: fileBytes };
    if (zeroFrom >= memoryBytes || (address + zeroFrom) % GRANULE_BYTES === 0) return [data];
    return [data, { address: address + zeroFrom - INSTRUCTION_BYTES, bytes: new Uint8Array(INSTRUCTION_BYTES) }];
  });
}

/** The memory that a SUCCINCT note gives to untrusted programs: version '1', then heap start and end as u64. */
export function sp1UntrustedMemory(
  notes: readonly Note[],
): { readonly start: number; readonly end: number } | undefined {
  const note = notes.find(({ name, type }) => name === 'SUCCINCT' && type === 1);
  if (note?.description.length !== 20) return undefined;
  const { buffer, byteOffset, byteLength } = note.description;
  const view = new DataView(buffer, byteOffset, byteLength);
  if (view.getUint32(0, true) !== 0x31) return undefined;
  return { start: Number(view.getBigUint64(4, true)), end: Number(view.getBigUint64(12, true)) };
}
