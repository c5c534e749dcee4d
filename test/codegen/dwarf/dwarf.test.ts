import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameTable } from '../../../codegen/dwarf/frames.ts';
import { lineTable } from '../../../codegen/dwarf/lines.ts';
import { debugTables } from '../../../codegen/dwarf/program-tables.ts';
import { parseElf } from '../../../codegen/elf/elf.ts';
import { execute } from '../../../src/verbs/execute.ts';

const folder = new URL('../../vectors/backtrace/', import.meta.url);
const read = (name: string): Uint8Array => readFileSync(new URL(name, folder));
const { calls, first, lines } = JSON.parse(new TextDecoder().decode(read('expected.json'))) as {
  calls: readonly string[];
  first: number;
  lines: Readonly<Record<string, readonly string[]>>;
};
const KINDS = Object.keys(lines);

describe('debug information', () => {
  it.each(KINDS)('of %s has the lines that addr2line tells, at every instruction', kind => {
    const table = debugTables(parseElf(read(`${kind}.elf`), kind)).lines;
    const told = lines[kind]!.map((_, i) => {
      const found = table(first + 4 * i);
      return found === undefined ? '??:0' : `${found.file.replace(/^.*\//, '')}:${found.line}`;
    });
    // addr2line says `?` of what lies behind the program.
    expect(told).toEqual(lines[kind]!.map(line => line.replace(/:\?$/, ':0')));
  });

  it('that is damaged says less, and never fails', () => {
    const { sections } = parseElf(read('dwarf5.elf'), 'x');
    const bytesOf = (name: string): Uint8Array => sections.find(section => section.name === name)!.bytes;
    const [line, lineStr, frame] = [bytesOf('.debug_line'), bytesOf('.debug_line_str'), bytesOf('.debug_frame')];
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const damaged = (
      bytes: Uint8Array,
      changes: readonly (readonly [number, number])[],
      length: number,
    ): Uint8Array => {
      const copy = bytes.slice(0, length % (bytes.length + 1));
      for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
      return copy;
    };
    fc.assert(
      fc.property(flips, fc.nat(), (changes, cut) => {
        const length = cut % 3 === 0 ? cut : -1 >>> 0;
        const lineLength = length > 2 ** 31 ? line.length : length;
        lineTable({ line: damaged(line, changes, lineLength), lineStr })(first + 40);
        const bytes = damaged(frame, changes, length > 2 ** 31 ? frame.length : length);
        for (const kind of ['eh', 'debug'] as const) {
          frameTable([{ bytes, address: 0x1000, kind, addressBytes: 8 }])(first + 40);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a guest that faults', () => {
  it.each(KINDS)('%s is told with the calls that gdb finds, and none of them is a guess', kind => {
    const { backtrace = [] } = execute(read(`${kind}.elf`));
    expect(backtrace.map(({ symbol }) => symbol?.replace(/\+.*/, ''))).toEqual([...calls, '_start']);
    const by = { dwarf4: 'cfi', dwarf5: 'cfi', 'frame-pointer': 'prologue', plain: 'prologue' }[kind];
    expect(backtrace.slice(2, -1).map(frame => frame.by)).toEqual(calls.slice(2).map(() => by));
    const places = backtrace.slice(0, -1).map(({ file, line }) => file && `${file.replace(/^.*\//, '')}:${line}`);
    if (kind !== 'plain') expect(places).toEqual(['deep.c:7', 'deep.c:11', 'deep.c:17', 'deep.c:22', 'deep.c:31']);
  });

  it('without symbols or frames has guesses, marked as such', () => {
    const bytes = Uint8Array.from(read('plain.elf'));
    // No sections, so no symbols.
    new DataView(bytes.buffer).setBigUint64(40, 0n, true);
    const { backtrace = [] } = execute(bytes);
    expect(backtrace[0]).toEqual({ pc: '0x11028', by: 'pc' });
    expect(backtrace.slice(1).map(({ by }) => by)).toContain('scan');
    expect(backtrace.length).toBeGreaterThan(3);
  });

  it('has a backtrace where it was stopped or exits with a code, none where it ends well', () => {
    const faults = readFileSync(new URL('../../../examples/guests/bin/faults.rv64.elf', import.meta.url));
    expect(execute(faults, { args: ['endless'], maxCycles: 10_000 }).backtrace?.map(({ symbol }) => symbol)).toEqual([
      'endless',
      'main+0x88',
      '_start+0x24',
    ]);
    const wild = execute(faults, { args: ['wild-jump'] });
    expect(wild.backtrace?.[0]).toEqual({ pc: '0x5555555500001230', by: 'pc' });
    expect(wild.toJSON().backtrace).toEqual(wild.backtrace);
    const sort = readFileSync(new URL('../../../examples/guests/bin/sort.rv32.elf', import.meta.url));
    expect(execute(sort, { args: ['10'] })).not.toHaveProperty('backtrace');
  });
});
