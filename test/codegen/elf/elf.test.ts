import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseElf } from '../../../codegen/elf/elf.ts';
import { JitExecError } from '../../../runtime/errors.ts';
import { buildElf, exitCode, tinyElf, words } from './elf-builder.ts';

const vector = (name: string): Uint8Array => readFileSync(new URL(`../../vectors/elf/${name}`, import.meta.url));
const ENTRY = 0x1_0000;

/** A copy of a tiny ELF64 with bytes changed: offset → values. */
function patched(changes: Readonly<Record<number, readonly number[]>>, source = tinyElf(64)): Uint8Array {
  const bytes = source.slice();
  for (const [at, values] of Object.entries(changes)) bytes.set(values, Number(at));
  return bytes;
}

function refusal(bytes: Uint8Array): { code: string; message: string } {
  try {
    parseElf(bytes, 'p.elf');
  } catch (error) {
    if (!(error instanceof JitExecError)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error('the file was accepted');
}

describe.each([32, 64] as const)('a gcc-built RV%i program', xlen => {
  const elf = parseElf(vector(`fib${xlen}.elf`), `fib${xlen}.elf`);

  test('has the symbols that binutils nm lists', () => {
    const lines = vector(`fib${xlen}.nm`).toString().trim().split('\n');
    const bySymbol = new Map(elf.symbols.map(symbol => [symbol.name, symbol]));
    for (const line of lines) {
      const [address, ...rest] = line.split(' ');
      const symbol = bySymbol.get(rest.at(-1)!)!;
      expect(symbol.address).toBe(Number(`0x${address}`));
      expect(symbol.size).toBe(rest.length === 3 ? Number(`0x${rest[0]}`) : 0);
      if (rest.at(-2) === 'T') expect(symbol.kind).toBe('function');
    }
    const named = elf.symbols.filter(symbol => symbol.isGlobal).map(symbol => symbol.name);
    expect(named.toSorted()).toEqual(lines.map(line => line.split(' ').at(-1)).toSorted());
  });

  test('has the architecture, flags, notes and entry that readelf shows', () => {
    expect(elf.warnings).toEqual([]);
    expect(elf.xlen).toBe(xlen);
    expect(elf.arch).toBe(xlen === 64 ? 'rv64i2p1_m2p0_zmmul1p0' : 'rv32i2p1_m2p0_c2p0_zmmul1p0');
    expect(elf.isCompressed).toBe(xlen === 32);
    expect(elf.entry).toBe(elf.symbols.find(symbol => symbol.name === '_start')?.address);
    expect(elf.notes.map(note => [note.name, note.type, note.description.length])).toEqual([['GNU', 3, 20]]);
    const permissions = elf.segments.map(({ readable, writable, executable }) => [readable, writable, executable]);
    expect(permissions).toEqual([
      [true, false, true],
      [true, true, false],
    ]);
    const data = elf.segments[1]!;
    expect([data.fileBytes.length, data.memoryBytes]).toEqual([4, 8]);
    expect(data.fileBytes[0]).toBe(1); // int answer = 1
  });

  test('mutated anywhere, is read or refused with a code', () => {
    const bytes = vector(`fib${xlen}.elf`);
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.constant(0xff), fc.nat(255))), {
      minLength: 1,
      maxLength: 8,
    });
    const header = fc.array(fc.tuple(fc.nat(287), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(changes, header), edits => {
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of edits) copy[at] = value;
        readOrRefuse(copy);
      }),
      { numRuns: 4000 },
    );
  });
});

function readOrRefuse(bytes: Uint8Array): void {
  try {
    parseElf(bytes, 'p.elf');
  } catch (error) {
    if (!(error instanceof JitExecError)) throw error;
    expect(error.message).toMatch(/^elf: .* in p\.elf$/);
  }
}

test('every proper prefix of a program is refused or has fewer symbols, never another error', () => {
  for (const xlen of [32, 64] as const) {
    const bytes = tinyElf(xlen);
    for (let length = 0; length < bytes.length; length++) readOrRefuse(bytes.subarray(0, length));
    expect(parseElf(bytes, 'p.elf').symbols.map(symbol => symbol.name)).toEqual(['_start']);
  }
});

test('random bytes are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      expect(refusal(bytes).code).toBe('ELF_INVALID');
      readOrRefuse(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...bytes));
    }),
    { numRuns: 1000 },
  );
});

// ELF64 header: type 16, machine 18, version 20, entry 24, phoff 32, flags 48, phentsize 54, phnum 56.
// Its first program header: type 64, flags 68, offset 72, vaddr 80, filesz 96, memsz 104.
test.each([
  ['an empty file', new Uint8Array(), 'ELF_INVALID', 'expected magic 7f 45 4c 46, got nothing'],
  ['a script', new TextEncoder().encode('#!/bin/sh\n'), 'ELF_INVALID', 'expected magic 7f 45 4c 46, got 23 21 2f 62'],
  ['class 3', patched({ 4: [3] }), 'ELF_INVALID', 'expected class 1 (32 bit) or 2 (64 bit), got 3'],
  ['big-endian data', patched({ 5: [2] }), 'ELF_INVALID', 'little-endian data (1), got big-endian (2)'],
  ['data encoding 7', patched({ 5: [7] }), 'ELF_INVALID', 'little-endian data (1), got 7'],
  ['ident version 0', patched({ 6: [0] }), 'ELF_INVALID', 'expected ident version 1, got 0'],
  ['a short header', tinyElf(64).subarray(0, 63), 'ELF_INVALID', 'expected a header of 64 bytes, got 63'],
  ['x86-64', patched({ 18: [62] }), 'ELF_INVALID', 'expected machine RISC-V (243), got 62'],
  ['an object file', patched({ 16: [1] }), 'ELF_INVALID', 'ET_EXEC (2), got 1, a relocatable object file'],
  ['a static PIE', patched({ 16: [3] }), 'ELF_UNSUPPORTED', 'got ET_DYN (3), position-independent'],
  ['version 2', patched({ 20: [2] }), 'ELF_INVALID', 'expected version 1, got 2'],
  ['RVE', patched({ 48: [8] }), 'ELF_UNSUPPORTED', 'RVE, 16 registers, is not supported (e_flags 0x8)'],
  ['no program headers', patched({ 56: [0, 0] }), 'ELF_INVALID', 'expected program headers, got none'],
  ['a wrong header size', patched({ 54: [32] }), 'ELF_INVALID', 'expected program header size 56, got 32'],
  ['too many headers', patched({ 56: [0, 1] }), 'ELF_INVALID', '256 program headers at offset 0x40 do not fit in'],
  ['extended numbering', patched({ 56: [255, 255] }), 'ELF_UNSUPPORTED', 'more than 65534 program headers'],
  ['headers at 2^48', patched({ 38: [1] }), 'ELF_INVALID', 'program headers at offset 0x1000000000040'],
  ['an interpreter', patched({ 64: [3] }), 'ELF_UNSUPPORTED', 'program header 0 asks for an interpreter (PT_INTERP)'],
  ['dynamic linking', patched({ 64: [2] }), 'ELF_UNSUPPORTED', 'asks for dynamic linking (PT_DYNAMIC)'],
  ['no loadable segment', patched({ 64: [7] }), 'ELF_INVALID', 'expected a loadable segment (PT_LOAD), got none'],
  ['no executable segment', patched({ 68: [6] }), 'ELF_INVALID', 'expected an executable segment (PF_X), got none'],
  [
    'data beyond the end',
    patched({ 73: [64] }),
    'ELF_INVALID',
    'segment 0: offset 0x4078 + size 0xc is beyond the end',
  ],
  ['memsz < filesz', patched({ 104: [4] }), 'ELF_INVALID', 'segment 0: memory size 0x4 is below file size 0xc'],
  ['a huge memsz', patched({ 110: [1] }), 'ELF_INVALID', 'memory size 0x100000000000c is more than can be'],
  ['a high address', patched({ 86: [1] }), 'ELF_UNSUPPORTED', 'address 0x1000000010000 + memory size 0xc is beyond'],
  [
    'an entry in no segment',
    patched({ 24: [0x10] }),
    'ELF_INVALID',
    'entry 0x10010 is outside every executable segment',
  ],
  ['an odd entry', patched({ 24: [3] }), 'ELF_INVALID', 'entry 0x10003 is not a multiple of 2'],
])('%s is refused by naming what was expected and what was found', (_, bytes, code, message) => {
  const error = refusal(bytes);
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
  expect(error.message).toMatch(/ in p\.elf$/);
});

test('segments that overlap are refused, in any order in the file; those that touch are not', () => {
  const at = (...addresses: readonly number[]): Uint8Array =>
    buildElf({
      xlen: 32,
      entry: addresses[0]!,
      segments: addresses.map(address => ({ address, bytes: exitCode(0), memoryBytes: 16, flags: 5 })),
    });
  const message = 'elf: segments overlap: [0x10000, 0x10010) and [0x1000c, 0x1001c) in p.elf';
  expect(refusal(at(ENTRY, ENTRY + 12)).message).toBe(message);
  expect(refusal(at(ENTRY + 12, ENTRY)).message).toBe(message);
  expect(parseElf(at(ENTRY, ENTRY + 16), 'p.elf').segments).toHaveLength(2);
});

test('an RV32 segment may end at 2^32 but not wrap around it', () => {
  const high = (memoryBytes: number): Uint8Array =>
    buildElf({
      xlen: 32,
      entry: 0xffff_fff0,
      segments: [{ address: 0xffff_fff0, bytes: words(0x73), memoryBytes, flags: 5 }],
    });
  expect(parseElf(high(16), 'p.elf').segments[0]?.memoryBytes).toBe(16);
  expect(refusal(high(17)).message).toContain('wraps around the address space');
});

test('a compressed program may start at any even address', () => {
  const compressed = patched({ 24: [2], 48: [1] });
  expect(parseElf(compressed, 'p.elf').entry).toBe(0x1_0002);
  expect(refusal(patched({ 24: [1], 48: [1] })).message).toContain('entry 0x10001 is not a multiple of 2');
});

describe('damage that does not concern execution', () => {
  const sectionsAt = (bytes: Uint8Array): number => new DataView(bytes.buffer).getUint32(40, true);

  test('a section table outside the file costs the symbols and gives a warning', () => {
    const elf = parseElf(patched({ 44: [1] }), 'p.elf');
    expect(elf.symbols).toEqual([]);
    expect(elf.warnings[0]).toContain('section table of 3 entries');
  });

  test('a symbol table without strings costs the symbols and gives a warning', () => {
    const good = tinyElf(64);
    const elf = parseElf(patched({ [sectionsAt(good) + 64 + 40]: [9] }, good), 'p.elf');
    expect(elf.symbols).toEqual([]);
    expect(elf.warnings[0]).toContain('names string section 9');
  });

  test('a note longer than its segment gives a warning', () => {
    const note = { address: 0, bytes: words(4, 1000, 1, 0x41), flags: 4, type: 4 };
    const text = { address: ENTRY, bytes: exitCode(0), flags: 5 };
    const elf = parseElf(buildElf({ xlen: 64, entry: ENTRY, segments: [text, note] }), 'p.elf');
    expect(elf.notes).toEqual([]);
    expect(elf.warnings[0]).toContain('note at byte 0');
  });

  test('overlapping endless names do not take quadratic time', () => {
    const symbols = Array.from({ length: 20_000 }, () => ({ name: 'x', address: ENTRY }));
    const text = { address: ENTRY, bytes: exitCode(0), flags: 5 };
    const bytes = buildElf({ xlen: 64, entry: ENTRY, segments: [text], symbols });
    const strings = sectionsAt(bytes) - 40_008;
    bytes.fill(0x61, strings, sectionsAt(bytes));
    const started = performance.now();
    const elf = parseElf(bytes, 'p.elf');
    expect(elf.symbols[0]?.name.length).toBe(4096);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('names in UTF-8 are read as such', () => {
  const text = { address: ENTRY, bytes: exitCode(0), flags: 5 };
  const symbols = [
    { name: 'größe', address: ENTRY },
    { name: '数', address: ENTRY + 4 },
  ];
  const elf = parseElf(buildElf({ xlen: 32, entry: ENTRY, segments: [text], symbols }), 'p.elf');
  expect(elf.symbols.map(symbol => symbol.name)).toEqual(['größe', '数']);
});
