// What SP1 refuses to load is refused by name, what only looks unusual runs, and both rules of zero-fill are there.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElf } from '../../../codegen/elf/elf.ts';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { STACK_TOP } from '../../../src/machine/sp1/abi.ts';
import { makeDecodable } from '../../../src/machine/sp1/decodable.ts';
import { type ImagePiece, sp1MemoryImage } from '../../../src/machine/sp1/elf.ts';
import { execute } from '../../../src/verbs/execute.ts';
import { type BuiltSegment, buildElf, exitCode, words } from '../../codegen/elf/elf-builder.ts';

/** `li t0, 0; li a0, code; ecall`. */
const halt = (code: number): readonly number[] => [0x293, ((code << 20) | 0x513) >>> 0, 0x73];
const program = (code: readonly number[], flags = 0): Uint8Array =>
  buildElf({
    xlen: 64,
    entry: STACK_TOP,
    flags,
    segments: [{ address: STACK_TOP, bytes: words(...code), flags: 5 }],
    symbols: [{ name: 'main', address: STACK_TOP, size: 4 * code.length }],
  });

describe('words in the text', () => {
  const REFUSED: readonly [string, number, string][] = [
    ['zeros', 0, '0x00000000, unimp, at 0x7800000c, in main'],
    ['compressed instructions', 0x0001_4501, '0x00014501, c.li (C), at'],
    ['atomics', 0x1005_252f, '0x1005252f, lr.w (A), at'],
    ['FENCE.I', 0x100f, '0x0000100f, fence.i (Zifencei), at'],
    ['floating point', 0x0000_7053, '0x00007053, F, at'],
    ['SRET', 0x1020_0073, '0x10200073, sret (privileged), at'],
    ['all ones', 0xffff_ffff, '0xffffffff, an instruction longer than 32 bits, at'],
  ];

  it.each(REFUSED)('%s are refused by name, unless --lenient', (_what, word, text) => {
    const bytes = program([...halt(7), word]);
    expect(() => execute(bytes)).toThrow(
      expect.objectContaining({ code: 'ELF_UNSUPPORTED', message: expect.stringContaining(`sp1: the word ${text}`) }),
    );
    expect(execute(bytes, { lenient: true }).exit).toMatchObject({ kind: 'halted', code: 7 });
  });

  it.each([
    ['FENCE', 0x0ff0_000f],
    ['CSRRW', 0xc000_1073],
    ['CSRRCI', 0x3000_7073],
    ['MRET', 0x3020_0073],
    ['WFI', 0x1050_0073],
    ['EBREAK', 0x0010_0073],
  ])('%s loads, and ends a run that reaches it', (_what, word) => {
    expect(execute(program([...halt(7), word])).exit).toMatchObject({ kind: 'halted', code: 7 });
    const { exit } = execute(program([0x13, word, ...halt(7)]));
    expect(exit.kind === 'fault' || exit.kind === 'unsupported').toBe(true);
    expect(exit.pc).toBe(BigInt(STACK_TOP + 4));
  });

  it('with --lenient a word that is reached ends the run there', () => {
    const { exit } = execute(program([0x13, 0x1005_252f, ...halt(7)]), { lenient: true });
    expect(exit).toMatchObject({ kind: 'unsupported', feature: 'lr.w (A)', pc: BigInt(STACK_TOP + 4) });
  });

  it('are decodable as the table of instructions has it', () => {
    const isDecodable = makeDecodable();
    const decode = makeDecoder(isa('rv64im'));
    const opcodes = [0x03, 0x0f, 0x13, 0x17, 0x1b, 0x23, 0x33, 0x37, 0x3b, 0x63, 0x67, 0x6f];
    const word = fc.tuple(fc.integer({ min: 0, max: 2 ** 25 - 1 }), fc.constantFrom(...opcodes));
    fc.assert(
      fc.property(word, ([rest, opcode]) => {
        const bits = ((rest << 7) | opcode) >>> 0;
        expect([bits, isDecodable(bits)]).toEqual([bits, decode(bits | 0) !== undefined]);
      }),
      { numRuns: 5000 },
    );
  });

  it('decide, not the flag for compressed instructions', () => {
    expect(execute(program(halt(7), 1)).exit).toMatchObject({ kind: 'halted', code: 7 });
  });

  it('untrusted text may hold anything', () => {
    const untrusted = { address: STACK_TOP + 0x1000, bytes: words(0), flags: 0x10_0005 };
    const text = { address: STACK_TOP, bytes: words(...halt(7)), flags: 5 };
    const bytes = buildElf({ xlen: 64, entry: STACK_TOP, segments: [text, untrusted] });
    expect(() => loadGuest(bytes, 'x.elf', 'sp1')).not.toThrow();
  });
});

describe('zeros that begin inside a doubleword', () => {
  const data = (bytes: Uint8Array, memoryBytes: number, address = STACK_TOP + 0x1000): BuiltSegment => ({
    address,
    bytes,
    memoryBytes,
    flags: 6,
  });
  const text: BuiltSegment = { address: STACK_TOP, bytes: words(...halt(0)), flags: 5 };
  const imageOf = (version: '6.4' | '6.10', ...segments: readonly BuiltSegment[]): Map<number, number> => {
    const elf = parseElf(buildElf({ xlen: 64, entry: STACK_TOP, segments: [text, ...segments] }), 'x.elf');
    const memory = new Map<number, number>();
    const put = ({ address, bytes }: ImagePiece): void => {
      for (const [i, byte] of bytes.entries()) memory.set(address + i, byte);
    };
    sp1MemoryImage(elf, version).forEach(put);
    return memory;
  };
  const first = STACK_TOP + 0x1000;

  it.each([
    ['a word', words(0x0403_0201), 16, [1, 2, 3, 4], [0, 0, 0, 0]],
    ['two bytes', Uint8Array.of(1, 2), 16, [1, 2], [0, 0]],
    ['a doubleword', words(1, 2), 16, [1, 0, 0, 0, 2, 0, 0, 0], [1, 0, 0, 0, 2, 0, 0, 0]],
    ['no zeros', words(7), 4, [7, 0, 0, 0], [7, 0, 0, 0]],
  ])('behind %s: kept by 6.10, cleared by 6.4', (_what, bytes, memoryBytes, kept, cleared) => {
    const at = (version: '6.4' | '6.10'): (number | undefined)[] =>
      kept.map((_, i) => imageOf(version, data(bytes, memoryBytes)).get(first + i));
    expect(at('6.10')).toEqual(kept);
    expect(at('6.4')).toEqual(cleared);
  });

  it('of a segment of zeros only: the low half is that of the segment before', () => {
    const segments = [data(words(9), 4), data(new Uint8Array(), 8, first + 4)];
    expect(imageOf('6.10', ...segments).get(first)).toBe(9);
    expect(imageOf('6.4', ...segments).get(first)).toBe(0);
  });

  it('are what a program sees, 6.10 unless told otherwise', () => {
    // lui t1, 0x78001; lw a0, 0(t1); li t0, 0; ecall
    const bytes = buildElf({
      xlen: 64,
      entry: STACK_TOP,
      segments: [{ ...text, bytes: words(0x7800_1337, 0x0003_2503, 0x293, 0x73) }, data(words(42), 16)],
    });
    expect(execute(bytes)).toMatchObject({ exit: { code: 42 }, sp1Version: '6.10' });
    expect(execute(bytes, { sp1Version: '6.4' })).toMatchObject({ exit: { code: 0 }, sp1Version: '6.4' });
  });
});

describe('flags of the file', () => {
  it.each([
    [2, 'single'],
    [4, 'double'],
    [6, 'quad'],
  ])('a float ABI (e_flags %d) is a warning', (flags, abi) => {
    for (const xlen of [32, 64] as const) {
      const bytes = buildElf({
        xlen,
        entry: 0x1_0000,
        flags,
        segments: [{ address: 0x1_0000, bytes: exitCode(7), flags: 5 }],
      });
      const { exit, warnings } = execute(bytes);
      expect(exit).toMatchObject({ kind: 'halted', code: 7 });
      const mabi = xlen === 64 ? 'lp64' : 'ilp32';
      expect(warnings.join()).toMatch(new RegExp(`the ${abi} float ABI .* -march=rv${xlen}im -mabi=${mabi}$`));
    }
  });

  it('and an instruction of F or D is named when it is reached', () => {
    const bytes = buildElf({
      xlen: 64,
      entry: 0x1_0000,
      flags: 4,
      segments: [{ address: 0x1_0000, bytes: words(0x13, 0x0200_7053), flags: 5 }],
    });
    expect(execute(bytes).exit).toMatchObject({ kind: 'unsupported', feature: 'D', pc: 0x1_0004n });
  });

  it('compressed instructions run on bare without the flag', () => {
    // c.li a0, 7; c.nop; li a7, 93; ecall
    const bytes = words(0x0001_451d, 0x05d0_0893, 0x73);
    for (const xlen of [32, 64] as const) {
      for (const symbols of [[], [{ name: '_start', address: 0x1_0000, size: 12 }]]) {
        const elf = buildElf({ xlen, entry: 0x1_0000, segments: [{ address: 0x1_0000, bytes, flags: 5 }], symbols });
        expect(execute(elf).exit).toMatchObject({ kind: 'halted', code: 7 });
      }
      // A jump over two bytes to a function that only its symbol tells of: c.j .+6 would need C too, so the entry is a word.
      const later = buildElf({
        xlen,
        entry: 0x1_0000,
        segments: [{ address: 0x1_0000, bytes: words(0x0060_006f, 0x4501_0000 | 0, 0x05d0_0893, 0x73), flags: 5 }],
        symbols: [{ name: 'f', address: 0x1_0006, size: 2 }],
      });
      expect(execute(later).exit).toMatchObject({ kind: 'halted', code: 0 });
    }
  });
});
