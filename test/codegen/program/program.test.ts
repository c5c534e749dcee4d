import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseElf } from '../../../codegen/elf/elf.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { loadProgram, type Program } from '../../../codegen/program/program.ts';
import { type BuiltSegment, type BuiltSymbol, buildElf, exitCode, words } from '../elf/elf-builder.ts';

const BASE = 0x1_0000;

function load(segments: readonly BuiltSegment[], symbols: readonly BuiltSymbol[] = []): Program {
  const bytes = buildElf({ xlen: 64, entry: segments[0]!.address, segments, symbols });
  return loadProgram(parseElf(bytes, 'p.elf'), isa('rv64im'));
}

describe('the text', () => {
  test('spans all executable segments, with gaps and what the file does not hold as zeros', () => {
    const program = load([
      { address: BASE, bytes: words(1, 2), memoryBytes: 12, flags: 5 },
      { address: BASE + 16, bytes: words(3), flags: 6 },
      { address: BASE + 24, bytes: words(4), flags: 5 },
    ]);
    expect(program.textBase).toBe(BASE);
    expect(new Uint32Array(program.text.buffer)).toEqual(Uint32Array.of(1, 2, 0, 0, 0, 0, 4));
  });

  test('may not span more than 64 MiB', () => {
    const far = { address: BASE + 2 ** 26, bytes: words(1), flags: 5 };
    const message = 'elf: text [0x10000, 0x4010004) spans more than 64 MiB in p.elf';
    expect(() => load([{ address: BASE, bytes: words(1), flags: 5 }, far])).toThrow(message);
  });
});

describe('mangled symbols', () => {
  const program = load(
    [{ address: BASE, bytes: new Uint8Array(64), flags: 5 }],
    [{ name: '_ZN4core3fmt5write17h0123456789abcdefE', address: BASE, size: 32 }],
  );

  test('are shown by their name in the source, and found by either', () => {
    expect(program.describeAddress(BASE + 4)).toBe('core::fmt::write+0x4');
    expect(program.rangeOf('core::fmt::write')).toMatchObject({ start: BASE, end: BASE + 32 });
    expect(program.rangeOf('_ZN4core3fmt5write17h0123456789abcdefE')?.start).toBe(BASE);
  });
});

describe('symbols', () => {
  const text = { address: BASE, bytes: new Uint8Array(64), flags: 5 };
  const NOTYPE = 0;
  const OBJECT = 1;
  const program = load(
    [text],
    [
      { name: 'late', address: BASE + 32, size: 8 },
      { name: '$xrv64i2p1', address: BASE + 36, type: NOTYPE },
      { name: '.L3', address: BASE + 36, type: NOTYPE },
      { name: 'label', address: BASE, type: NOTYPE },
      { name: 'early', address: BASE, size: 16 },
      { name: 'table', address: BASE + 20, size: 4, type: OBJECT },
      { name: 'loop', address: BASE + 48, type: NOTYPE },
      { name: 'elsewhere', address: BASE + 64, size: 4 },
    ],
  );

  test.each([
    [BASE, 'early'],
    [BASE + 12, 'early+0xc'],
    [BASE + 16, '0x10010'],
    [BASE + 20, '0x10014'],
    [BASE + 36, 'late+0x4'],
    [BASE + 40, '0x10028'],
    [BASE + 60, 'loop+0xc'],
    [BASE + 64, '0x10040'],
    [0, '0x0'],
  ])('%i is described as %s', (address, expected) => expect(program.describeAddress(address)).toBe(expected));

  test('give the starts of functions in order, without other labels', () => {
    expect(program.functionStarts).toEqual([BASE, BASE + 32]);
  });

  test('give ranges by any of their names', () => {
    expect(program.rangeOf('late')).toMatchObject({ start: BASE + 32, end: BASE + 40 });
    expect(program.rangeOf('label')).toMatchObject({ start: BASE, end: BASE + 16 });
    expect(program.rangeOf('loop')).toMatchObject({ start: BASE + 48, end: BASE + 64 });
    expect(program.rangeOf('table')).toBeUndefined();
  });

  test('cover an address exactly as a search of the whole list says', () => {
    const symbol = fc.record({ at: fc.nat(15), size: fc.nat(24) });
    fc.assert(
      fc.property(fc.uniqueArray(symbol, { selector: s => s.at, maxLength: 8 }), list => {
        const symbols = list.map(({ at, size }) => ({ name: `f${at}`, address: BASE + 4 * at, size }));
        const { symbolAt } = load([text], symbols);
        for (let address = BASE; address < BASE + 64; address += 4) {
          const [last] = symbols.filter(s => s.address <= address).sort((a, b) => b.address - a.address);
          const covers = last && (last.size === 0 || address < last.address + last.size);
          const expected = covers ? { name: last.name, offset: address - last.address } : undefined;
          expect(symbolAt(address)).toEqual(expected);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test('functions of a gcc-built program lie where binutils nm says', () => {
  const bytes = readFileSync(new URL('../../vectors/elf/fib64.elf', import.meta.url));
  const program = loadProgram(parseElf(bytes, 'fib64.elf'), isa('rv64im'));
  expect(program.rangeOf('fib')).toMatchObject({ start: 0x10144, end: 0x10144 + 0x60 });
  expect(program.rangeOf('_start')).toMatchObject({ start: 0x101a4, end: 0x101a4 + 0x24 });
  expect(program.functionStarts).toEqual([0x10144, 0x101a4]);
});

test('a program without symbols describes addresses in hexadecimal', () => {
  const program = load([{ address: BASE, bytes: exitCode(0), flags: 5 }]);
  expect(program.functionStarts).toEqual([]);
  expect(program.describeAddress(BASE)).toBe('0x10000');
});
