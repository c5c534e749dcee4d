import { describe, expect, it } from 'vitest';
import { compareMeasures, regressions } from '../../src/compare/changes.ts';
import { readMeasures } from '../../src/compare/measures.ts';
import { markdown, textLines } from '../../src/compare/tables.ts';

const result = (more: object): string =>
  JSON.stringify({ schema: 1, exit: { kind: 'halted', code: 0, pc: '0x10' }, publicValuesSha256: 'ab', ...more });
const between = (before: object, after: object): ReturnType<typeof compareMeasures> =>
  compareMeasures(readMeasures(result(before), 'a'), readMeasures(result(after), 'b'));

const FULL = {
  instructions: 1000,
  clk: 9000,
  seconds: 1,
  mips: 2,
  syscalls: { WRITE: 2, HALT: 1 },
  cycleSpans: [
    { name: 'hash', instructions: 10 },
    { name: 'hash', instructions: 20 },
  ],
  report: { opcodes: { ADD: 600, LD: 400 }, gas: 77, rawGas: 1500, heapBytes: 4096 },
  byFunction: [{ name: 'main', instructions: 900, gas: 60 }],
  chips: [{ name: 'Add', rows: 600, cells: 12_000 }],
  peaks: { guestBytes: 65_536 },
};

describe('a result compared with another', () => {
  it('has no difference from itself, whatever time it took', () => {
    const comparison = between(FULL, { ...FULL, seconds: 9, mips: 0.1 });
    expect(comparison).toEqual({ changes: [], facts: [] });
    expect(textLines(comparison, 20)).toEqual([]);
    expect(markdown(comparison, 20)).toBe('No difference.\n');
  });

  it('does not differ where the host had, or took, more memory', () => {
    const peaks = { ...FULL.peaks, ramBudgetBytes: 4096, ramNeedBytes: 2048, residentBytes: 1024 };
    const more = { ...FULL.peaks, ramBudgetBytes: 8192, ramNeedBytes: 2050, residentBytes: 1025 };
    expect(between({ ...FULL, peaks }, { ...FULL, peaks: more }).changes).toEqual([]);
  });

  it('differs by exactly what changed, of every kind that the command tells', () => {
    const { changes } = between(FULL, {
      ...FULL,
      instructions: 1010,
      syscalls: { WRITE: 3, HALT: 1 },
      cycleSpans: [
        { name: 'hash', instructions: 15 },
        { name: 'hash', instructions: 20 },
      ],
      report: { ...FULL.report, opcodes: { ADD: 610, LD: 400 }, gas: 78 },
      byFunction: [
        { name: 'main', instructions: 905, gas: 60 },
        { name: 'helper', instructions: 5, gas: 1 },
      ],
      chips: [{ name: 'Add', rows: 610, cells: 12_200 }],
      peaks: { guestBytes: 131_072 },
    });
    const told = changes.map(one => `${one.group} ${one.name} ${one.unit} ${one.before} ${one.after} ${one.change}`);
    expect(told.sort()).toEqual(
      [
        'total instructions instructions 1000 1010 10',
        'total gas gas 77 78 1',
        'call WRITE calls 2 3 1',
        'span hash instructions 30 35 5',
        'opcode ADD instructions 600 610 10',
        'function main instructions 900 905 5',
        'function helper instructions 0 5 5',
        'function helper gas 0 1 1',
        'chip Add rows 600 610 10',
        'chip Add cells 12000 12200 200',
        'memory guestBytes bytes 65536 131072 65536',
      ].sort(),
    );
    expect(changes.find(({ name }) => name === 'instructions')?.percent).toBe(1);
    expect(changes.find(({ name }) => name === 'helper')?.percent).toBeNull();
  });

  it('is worse where a total grew beyond the threshold, or the run ends in another way', () => {
    const grown = between(FULL, { ...FULL, instructions: 1010 });
    expect(regressions(grown, 1)).toEqual([]);
    expect(regressions(grown, 0.99)).toHaveLength(1);
    expect(regressions(between({ ...FULL, instructions: 1010 }, FULL), 0)).toEqual([]);
    const failed = between(FULL, { ...FULL, exit: { kind: 'fault', cause: 'breakpoint', pc: '0x14' } });
    expect(failed.facts).toEqual([{ name: 'exit', before: 'halted 0', after: 'fault breakpoint' }]);
    expect(regressions(failed, 50)).toHaveLength(1);
    // The same end elsewhere is no change: addresses move with every build.
    expect(between(FULL, { ...FULL, exit: { kind: 'halted', code: 0, pc: '0x99' } }).facts).toEqual([]);
  });

  it('takes the lines of a batch by name, and leaves their summary', () => {
    const line = (name: string, instructions: number): string => result({ name, instructions });
    const summary = JSON.stringify({ schema: 1, summary: { runs: 2 } });
    const file = (n: number): string => `${[line('a', 5), line('b', n), summary].join('\n')}\n`;
    const { changes } = compareMeasures(readMeasures(file(7), 'a'), readMeasures(file(9), 'b'));
    expect(changes).toEqual([
      {
        group: 'total',
        name: 'b: instructions',
        unit: 'instructions',
        before: 7,
        after: 9,
        change: 2,
        percent: 200 / 7,
      },
    ]);
  });

  it('as Markdown keeps what a name may hold from being markup', () => {
    const name = 'a|b<T>`c`';
    const text = markdown(between({ byFunction: { [name]: 1 } }, { byFunction: { [name]: 3 } }), 20);
    expect(text).toContain('| a\\|b\\<T\\>\\`c\\` (instructions) | 1 | 3 | +2 | +200 % |');
  });

  it('refuses what is no result', () => {
    for (const text of ['', '{', '[]', '{"schema":2}', 'null']) {
      expect(() => readMeasures(text, 'x.json')).toThrow(/^x\.json: /);
    }
  });
});
