// What OpenVM 1.4 asks of an ELF file, and which files are its.
// Reference: openvm:crates/toolchain/transpiler/src/elf.rs; ELF32 with a terminate instruction marks a guest.

import type { Elf, Segment } from '../../../codegen/elf/elf.ts';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { hex } from '../../../runtime/hex.ts';

/** Address space 2, the guest's memory. */
export const MEMORY_BYTES: number = 2 ** 29;
const WORD_BYTES = 4;
const MAX_EXIT_CODE = 255;

const invalid = (text: string, { name }: Elf): JitExecError =>
  new JitExecError('ELF_INVALID', `openvm: ${text}, in ${name}`);

/** `terminate` with rd and rs1 x0, as its guests have it: openvm:extensions/rv32im/guest/src/lib.rs. */
const TERMINATE = 0x0000b;
/** custom-0 and custom-1, its instructions: openvm:crates/toolchain/platform. */
const OPCODES: readonly number[] = [0x0b, 0x2b];
/** csrrw x0, cycle, x0, which compilers put where nothing goes on. */
const UNIMP = 0xc000_1073;

/** Whether a file has an instruction that only guests of OpenVM have: its memory layout is that of other systems too. */
export function isOpenVmElf(elf: Elf): boolean {
  return (
    elf.xlen === 32 &&
    !elf.isCompressed &&
    elf.segments.some(({ executable, fileBytes }) => executable && terminates(wordsOf(fileBytes)))
  );
}

/** A terminate word among instructions: constants of that value have other neighbours. */
function terminates(words: readonly number[]): boolean {
  const decode = makeDecoder(isa('rv32im'));
  const isInstruction = (word: number): boolean =>
    OPCODES.includes(word & 0x7f) || decode(word | 0) !== undefined || word === UNIMP;
  const isAmongThem = (i: number): boolean =>
    [-3, -2, -1, 1, 2, 3].every(by => words[i + by] === undefined || isInstruction(words[i + by]!));
  return words.some((word, i) => (word & 0xf_ffff) === TERMINATE && isAmongThem(i));
}

function wordsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / WORD_BYTES) }, (_, i) => view.getUint32(WORD_BYTES * i, true));
}

/** Throws ELF_INVALID or ELF_UNSUPPORTED for a file that OpenVM does not load. */
export function checkOpenVmElf(elf: Elf): void {
  if (elf.xlen !== 32) throw new JitExecError('ELF_UNSUPPORTED', `openvm: expected a 32-bit program in ${elf.name}`);
  if (elf.entry >= MEMORY_BYTES || elf.entry % WORD_BYTES !== 0)
    throw invalid(`entry ${hex(elf.entry)} is not a multiple of 4 below 0x20000000`, elf);
  for (const { address, memoryBytes } of elf.segments) {
    if (address % WORD_BYTES !== 0) throw invalid(`segment at ${hex(address)}, expected a multiple of 4`, elf);
    if (address + memoryBytes > MEMORY_BYTES) throw invalid(`segment at ${hex(address)} ends above 0x20000000`, elf);
  }
  for (const segment of elf.segments.filter(({ executable }) => executable)) checkWords(segment, elf);
}

/** Each word of the text is an instruction that exactly one of OpenVM's extensions claims; exit codes have 8 bits. */
function checkWords({ address, fileBytes }: Segment, elf: Elf): void {
  const decode = makeDecoder(isa('openvm'));
  for (const [i, word] of wordsOf(fileBytes).entries()) {
    const instruction = decode(word | 0);
    const where = `at ${hex(address + WORD_BYTES * i)}`;
    if (instruction === undefined)
      throw invalid(
        `ParseError: the word 0x${word.toString(16).padStart(8, '0')} ${where} is no instruction of its`,
        elf,
      );
    if (instruction.row.mnemonic === 'terminate' && (instruction.imm < 0 || instruction.imm > MAX_EXIT_CODE))
      throw invalid(`terminate with ${instruction.imm} ${where}, expected an exit code of 0 to ${MAX_EXIT_CODE}`, elf);
  }
}
