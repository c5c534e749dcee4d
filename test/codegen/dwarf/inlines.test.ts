// What was inlined where, as binutils and LLVM say of programs that GCC and rustc have compiled.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inlineTable } from '../../../codegen/dwarf/inlines.ts';
import { lineFiles } from '../../../codegen/dwarf/lines.ts';
import { parseElf } from '../../../codegen/elf/elf.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { loadProgram, type Program } from '../../../codegen/program/program.ts';

const folder = new URL('../../vectors/inlines/', import.meta.url);
const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));
/** By symbolizer, from each address on. */
const expected = JSON.parse(new TextDecoder().decode(read('expected.json'))) as Readonly<
  Record<string, readonly (readonly [address: number, frames: string])[]>
>;
const programOf = (kind: string): Program =>
  loadProgram(parseElf(read(`${kind}.elf`), kind), isa(kind.startsWith('rust') ? 'rv64imc' : 'rv64im'));

/** `function file:line` from the innermost frame out. */
function framesAt({ debug, describeAddress }: Program, address: number): string {
  const chain = debug.inlines.at(address);
  const names = [describeAddress(address).replace(/\+0x[\da-f]+$/, ''), ...chain.map(({ name }) => name)];
  const places = [...chain.map(({ calledAt }) => calledAt), debug.lines(address)];
  const shown = names.map((name, i) => {
    const place = places[i];
    return `${name} ${place === undefined ? '??:0' : `${place.file.replace(/^.*\//, '')}:${place.line}`}`;
  });
  return shown.reverse().join(' < ');
}

describe('functions inlined in others', () => {
  it.each(Object.keys(expected))('of %s are those that it tells, with their lines', key => {
    const program = programOf(key.split(' ')[0]!);
    const told = expected[key]!.map(([address]) => [address, framesAt(program, address)]);
    // Code that stands for no line has line 0 there.
    const lines = expected[key]!.map(([address, text]) => [address, text.replace(/[^ ]+:(0|\?)(?= |$)/g, '??:0')]);
    expect(told).toEqual(lines);
  });

  it('are declared where the source declares them', () => {
    for (const kind of ['gcc4', 'gcc5', 'rust4', 'rust5']) {
      const program = programOf(kind);
      const all = Array.from({ length: 300 }, (_, i) => program.debug.inlines.at(0x11000 + 2 * i)).flat();
      const lines = new Map(all.map(({ name, declared }) => [name.replace(/^.*\bmix$/, 'mix'), declared?.line]));
      const source = new TextDecoder().decode(read(kind.startsWith('gcc') ? 'nested.c' : 'nested.rs')).split('\n');
      expect(lines.size).toBeGreaterThan(2);
      for (const [name, line] of lines) expect(source[line! - 1]).toContain(name.replace(/^.*::(\w+)(::<.*)?$/, '$1'));
    }
  });

  it('of damaged information are fewer, and nothing fails', () => {
    const damaged = (bytes: Uint8Array, changes: readonly (readonly [number, number])[], cut: number): Uint8Array => {
      const copy = bytes.slice(0, cut % 3 === 0 ? cut % (bytes.length + 1) : undefined);
      for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
      return copy;
    };
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 });
    const kinds = fc.constantFrom('gcc4', 'gcc5', 'rust4', 'rust5');
    fc.assert(
      fc.property(kinds, fc.array(fc.tuple(flips, fc.nat()), { minLength: 9, maxLength: 9 }), (kind, changes) => {
        const { sections } = parseElf(read(`${kind}.elf`), kind);
        const part = (name: string, i: number): Uint8Array =>
          damaged(sections.find(section => section.name === name)?.bytes ?? new Uint8Array(), ...changes[i]!);
        const line = part('.debug_line', 0);
        const tables = {
          info: part('.debug_info', 1),
          abbrev: part('.debug_abbrev', 2),
          str: part('.debug_str', 3),
          lineStr: part('.debug_line_str', 4),
          strOffsets: part('.debug_str_offsets', 5),
          addr: part('.debug_addr', 6),
          ranges: part('.debug_ranges', 7),
          rnglists: part('.debug_rnglists', 8),
        };
        const { at } = inlineTable(tables, offset =>
          lineFiles({ line, lineStr: tables.lineStr, str: tables.str }, offset),
        );
        for (let address = 0x11000; address < 0x11200; address += 8) at(address);
      }),
      { numRuns: 400 },
    );
  });
});
