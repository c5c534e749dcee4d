// Which words SP1's decoder takes when it loads a program; one that it does not take makes it refuse the whole file.
// Follows sp1:crates/core/executor/src/disassembler/rrs.rs over rrs-succinct 0.2: RV64IM, and what it keeps as
// unimplemented (FENCE, CSR forms, MRET, WFI), which only faults when it is reached.

import type { Elf } from '../../../codegen/elf/elf.ts';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { nameUnsupported } from '../../../codegen/isa/unsupported.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { hex } from '../../../runtime/hex.ts';
import { isTrustedText } from './elf.ts';

const INSTRUCTION_BYTES = 4;
const SYSTEM = 0x73;
const MRET = 0x3020_0073;
const WFI = 0x1050_0073;

/** Whether SP1 decodes a word. Calls share what they learn: but for SYSTEM it depends on opcode, funct3 and funct7. */
export function makeDecodable(): (word: number) => boolean {
  const decode = makeDecoder(isa('rv64im'));
  /** By funct7, funct3 and opcode: 0 not yet known, 1 decodable, 2 not. */
  const known = new Uint8Array(2 ** 17);
  const isKnownSystem = (word: number): boolean =>
    ((word >>> 12) & 3) !== 0 || word === MRET || word === WFI || decode(word | 0) !== undefined;
  return word => {
    if ((word & 0x7f) === SYSTEM) return isKnownSystem(word >>> 0);
    const key = ((word >>> 25) << 10) | (((word >>> 12) & 7) << 7) | (word & 0x7f);
    if (known[key] === 0) known[key] = decode(word | 0) === undefined ? 2 : 1;
    return known[key] === 1;
  };
}

/** Throws ELF_UNSUPPORTED for trusted text with a word that SP1 cannot decode. */
export function checkDecodable(elf: Elf): void {
  const isDecodable = makeDecodable();
  for (const { address, fileBytes } of elf.segments.filter(isTrustedText)) {
    const view = new DataView(fileBytes.buffer, fileBytes.byteOffset, fileBytes.byteLength);
    for (let at = 0; at < fileBytes.length; at += INSTRUCTION_BYTES) {
      const word = at + INSTRUCTION_BYTES <= fileBytes.length ? view.getUint32(at, true) : tailWord(fileBytes, at);
      if (!isDecodable(word)) throw refusal(elf, address + at, word);
    }
  }
}

/** The last bytes of a segment, with zeros behind them. */
const tailWord = (bytes: Uint8Array, at: number): number =>
  [0, 1, 2].reduce((word, i) => word | ((bytes[at + i] ?? 0) << (8 * i)), 0);

function refusal(elf: Elf, address: number, word: number): JitExecError {
  const name = nameUnsupported(word, isa('rv64im'));
  const symbol = elf.symbols
    .filter(({ kind, address: start, size }) => kind === 'function' && address >= start && address < start + size)
    .map(({ name: function_ }) => `, in ${function_}`)[0];
  const what = `the word 0x${word.toString(16).padStart(8, '0')}${name === undefined ? '' : `, ${name},`}`;
  return new JitExecError(
    'ELF_UNSUPPORTED',
    `sp1: ${what} at ${hex(address)}${symbol ?? ''} is no instruction of SP1, which refuses to load ${elf.name}; run it all the same with --lenient`,
  );
}
