import { describe, expect, test } from 'vitest';
import { parseElf } from '../../../codegen/elf/elf.ts';
import { chooseMachine } from '../../../src/machine/choose.ts';
import { STACK_TOP } from '../../../src/machine/sp1/abi.ts';
import {
  checkSp1Elf,
  type ImagePiece,
  type Sp1Version,
  sp1MemoryImage,
  sp1UserMode,
} from '../../../src/machine/sp1/elf.ts';
import { type BuiltSegment, buildElf, exitCode, words } from '../../codegen/elf/elf-builder.ts';

const TEXT: BuiltSegment = { address: STACK_TOP, bytes: exitCode(0), flags: 5 };
const PF_UNTRUSTED = 0x10_0000;

const elfOf = (...segments: readonly BuiltSegment[]): ReturnType<typeof parseElf> =>
  parseElf(buildElf({ xlen: 64, entry: segments[0]!.address, segments }), 'p.elf');

/** SUCCINCT note, 8 bytes of name without NUL, type 1. */
const note = (version: number, end = 0xa000_0000): BuiltSegment => ({
  address: 0,
  bytes: new Uint8Array([
    ...words(8, 20, 1),
    ...new TextEncoder().encode('SUCCINCT'),
    ...words(version, 0x9000_0000, 0, end, 0),
  ]),
  flags: 4,
  type: 4,
});

describe('the ELF rules of SP1', () => {
  test('accept text, read-only data and writable data in ascending order', () => {
    const after = STACK_TOP + 0x1000;
    const data = { address: after, bytes: words(1), memoryBytes: 64, flags: 6 };
    expect(() => checkSp1Elf(elfOf(TEXT, data, { address: after + 64, bytes: words(1), flags: 4 }))).not.toThrow();
  });

  test('accept trusted text that goes on in the next segment, and untrusted text anywhere above', () => {
    const more = { address: STACK_TOP + 12, bytes: exitCode(1), flags: 5 };
    const untrusted = { address: STACK_TOP + 0x1000, bytes: exitCode(1), flags: 5 | PF_UNTRUSTED };
    expect(() => checkSp1Elf(elfOf(TEXT, more, untrusted))).not.toThrow();
  });

  const zeros = { address: STACK_TOP, bytes: new Uint8Array(), memoryBytes: 64, flags: 5 };
  test.each<[string, readonly BuiltSegment[], string]>([
    [
      'a segment in the stack',
      [{ ...TEXT, address: 0x1_0000 }],
      'segment at 0x10000 is below the stack top 0x78000000',
    ],
    ['text that cannot be read', [{ ...TEXT, flags: 1 }], 'is not readable (flags 0x1)'],
    ['text that can be written', [{ ...TEXT, flags: 7 }], 'is both writable and executable'],
    ['descending segments', [{ ...TEXT, address: STACK_TOP + 64 }, TEXT], 'comes after one that ends at 0x7800004c'],
    ['an odd segment', [TEXT, { ...TEXT, address: STACK_TOP + 66, flags: 4 }], 'does not start at a multiple of 4'],
    ['a gap in the text', [TEXT, { ...TEXT, address: STACK_TOP + 16 }], 'go on at 0x7800000c, got 0x78000010'],
    ['only untrusted text', [{ ...TEXT, flags: 5 | PF_UNTRUSTED }], 'expected a trusted executable segment, got none'],
    ['text of zeros only', [zeros], 'expected 1 to 4194304 instructions, got 0'],
    [
      'untrusted programs without memory',
      [TEXT, note(0x31, 0x9000_0000)],
      'memory of untrusted programs ends at 0x90000000, not after 0x90000000',
    ],
  ])('refuse %s', (_, segments, message) => {
    expect(() => checkSp1Elf(elfOf(...segments))).toThrow(message);
  });

  test('refuse a 32-bit program and more than 256 program headers', () => {
    const narrow = buildElf({ xlen: 32, entry: STACK_TOP, segments: [TEXT] });
    expect(() => checkSp1Elf(parseElf(narrow, 'p.elf'))).toThrow('sp1: expected a 64-bit program (RV64IM), got 32-bit');
    const unused = Array.from({ length: 256 }, () => ({ address: 0, bytes: new Uint8Array(), flags: 0, type: 0 }));
    expect(() => checkSp1Elf(elfOf(TEXT, ...unused))).toThrow('expected at most 256 program headers, got 257');
  });

  test('pass over a SUCCINCT note of another version', () => {
    expect(() => checkSp1Elf(elfOf(TEXT, note(0x32, 0)))).not.toThrow();
    expect(sp1UserMode(elfOf(TEXT, note(0x32)))).toBeUndefined();
  });

  test('a SUCCINCT note switches untrusted programs on', () => {
    const more = { address: STACK_TOP + 12, bytes: exitCode(1), flags: 5 };
    const untrusted = { address: STACK_TOP + 0x1000, bytes: exitCode(1), memoryBytes: 0x1001, flags: 5 | PF_UNTRUSTED };
    const data = { address: STACK_TOP + 0x2004, bytes: words(1), flags: 6 };
    const mode = sp1UserMode(elfOf(TEXT, more, untrusted, data, note(0x32), note(0x31)))!;
    expect(mode.untrusted).toEqual({ start: 0x9000_0000, end: 0xa000_0000 });
    expect(mode.text).toEqual({ address: STACK_TOP, bytes: new Uint8Array([...exitCode(0), ...exitCode(1)]) });
    const page = STACK_TOP / 4096;
    expect([...mode.pages]).toEqual([
      [page, 5],
      [page + 1, 5],
      [page + 2, 6],
    ]);
    expect(mode.trapContext).toBeUndefined();
  });
});

describe('the memory image of SP1', () => {
  const BASE = STACK_TOP + 0x1000;

  /**
   * The rules of the specification word by word: file words are added, zero words clear their doubleword (up to 6.8) or
   * make it only where it is not there yet (from 6.9 on).
   */
  function upstreamImage(segments: readonly BuiltSegment[], version: Sp1Version): Map<number, bigint> {
    const image = new Map<number, bigint>();
    for (const { address, bytes, memoryBytes = bytes.length } of segments) {
      for (let offset = 0; offset < memoryBytes; offset += 4) {
        const granule = Math.floor((address + offset) / 8) * 8;
        if (offset >= bytes.length) image.set(granule, version === '6.4' ? 0n : (image.get(granule) ?? 0n));
        else {
          const word = [0, 1, 2, 3].reduce((sum, i) => sum + (bytes[offset + i] ?? 0) * 2 ** (8 * i), 0);
          const shift = BigInt(((address + offset) % 8) * 8);
          image.set(granule, (image.get(granule) ?? 0n) + (BigInt(word) << shift));
        }
      }
    }
    return image;
  }

  const read = (pieces: readonly ImagePiece[], granule: number): bigint => {
    const bytes = new Uint8Array(8);
    for (const piece of pieces) {
      for (const [i, byte] of piece.bytes.entries()) {
        const at = piece.address + i - granule;
        if (at >= 0 && at < 8) bytes[at] = byte;
      }
    }
    return new DataView(bytes.buffer).getBigUint64(0, true);
  };

  const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13];
  const cases = sizes.flatMap(size =>
    [0, 1, 4, 5, 8, 12].flatMap(zeros => [0, 4].map(skew => ({ size, zeros, skew }))),
  );
  test.each<Sp1Version>(['6.4', '6.10'])('equals the word-by-word rules of %s for every end of data', version => {
    for (const { size, zeros, skew } of cases.filter(({ size, zeros }) => size + zeros > 0)) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i + 1);
      const data = { address: BASE + skew, bytes, memoryBytes: size + zeros, flags: 6 };
      const before = { address: BASE - 8, bytes: words(0x1111, 0x2222, 0x3333).subarray(0, 8 + skew), flags: 4 };
      const next = { address: BASE + 4 * Math.ceil((skew + size + zeros) / 4), bytes: words(0x4444, 0x5555), flags: 4 };
      const segments = [TEXT, before, data, next];
      const pieces = sp1MemoryImage(elfOf(...segments), version);
      for (const [granule, value] of upstreamImage(segments, version)) expect(read(pieces, granule)).toBe(value);
    }
  });

  test('of 6.4 loses the low half of a doubleword in which zeros begin', () => {
    const data = { address: BASE, bytes: words(1, 2, 3), memoryBytes: 16, flags: 6 };
    const pieces = sp1MemoryImage(elfOf(TEXT, data), '6.4');
    expect(read(pieces, BASE)).toBe(0x2_0000_0001n);
    expect(read(pieces, BASE + 8)).toBe(0n);
  });
});

describe('the machine of a program', () => {
  const at = (address: number, xlen: 32 | 64 = 64, ...more: readonly BuiltSegment[]): string =>
    chooseMachine(parseElf(buildElf({ xlen, entry: address, segments: [{ ...TEXT, address }, ...more] }), 'p.elf'));

  test('is sp1 for 64-bit text in [0x78000000, 0x80000000) or with a SUCCINCT note, else bare', () => {
    expect(at(0x7800_0000)).toBe('sp1');
    expect(at(0x7fff_fff0)).toBe('sp1');
    expect(at(0x8000_0000)).toBe('bare');
    expect(at(0x1_0000)).toBe('bare');
    expect(at(0x7800_0000, 32)).toBe('bare');
    expect(at(0x1_0000, 64, note(0x31))).toBe('sp1');
  });
});
