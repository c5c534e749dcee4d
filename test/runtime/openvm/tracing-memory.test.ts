// A recorded memory leaves the records that OpenVM's leaves. Examples and digests are of openvm v1.4.0's own code, run on them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccessRecord, accessArenaBound } from '../../../runtime/openvm/access-record.ts';
import { adapterRows, type Mode, memoryOf, type Operation, operations, Scripted, sha256 } from './memory-script.ts';

/** `R/W as@ptr×n` with what is written, as `[space, pointer, size, values?]`; a number is how far the clock goes on. */
type Step = readonly [space: number, pointer: number, size: number, values?: readonly number[]] | number;
const upTo = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

function run(mode: Mode, steps: readonly Step[]): string[] {
  const script = new Scripted(mode);
  for (const step of steps) {
    if (typeof step === 'number') script.memory.incrementBy(step);
    else script.access(...step);
  }
  script.end();
  return script.lines;
}

const zeros = (n: number): string => Array.from({ length: n }, () => 0).join(',');

describe('worked examples', () => {
  it('accesses of 4 cells to a persistent memory, as RV32IM makes them', () => {
    const script = new Scripted('persistent');
    script.access(1, 4, 4, [1, 2, 3, 4]);
    script.access(1, 0, 4);
    script.access(1, 4, 4);
    script.memory.incrementBy(1);
    script.access(2, 64, 4, [10, 11, 12, 13]);
    script.end();
    expect(script.lines).toEqual([
      'A 1 1 4 4 W 0 0,0,0,0',
      `S 0 1 0 8 4 ${zeros(8)}`,
      'A 2 1 0 4 R 0 0,0,0,0',
      'A 3 1 4 4 R 1 1,2,3,4',
      'A 5 2 64 4 W 0 0,0,0,0',
      `S 0 2 64 8 4 ${zeros(8)}`,
      'E 6',
      'M 3 1 0 8 4 2,3 0,0,0,0,1,2,3,4',
      'M 5 2 64 8 4 5,0 10,11,12,13,0,0,0,0',
      'F 1 0 3 0,0,0,0,1,2,3,4',
      'F 2 64 5 10,11,12,13,0,0,0,0',
    ]);
    const hex = Buffer.from(script.memory.records.allocated).toString('hex');
    expect(hex.slice(0, 80)).toBe(`0000000001000000000000000800000004000000${'01000000'}${'0'.repeat(32)}`);
    expect(hex.slice(160, 240)).toBe(
      '030000800100000000000000080000000400000001000000' + '0200000003000000' + '0000000001020304',
    );
  });

  it('mixed sizes in a persistent memory', () => {
    const lines = run('persistent', [
      [2, 32, 4, [1, 2, 3, 4]],
      [2, 36, 4, [5, 6, 7, 8]],
      [2, 32, 8],
      [2, 32, 8],
      [2, 36, 4],
      [2, 32, 32, upTo(32)],
      [2, 48, 8],
      [2, 44, 8],
    ]);
    const z = zeros(8);
    expect(lines).toEqual([
      'A 1 2 32 4 W 0 0,0,0,0',
      `S 0 2 32 8 4 ${z}`,
      'A 2 2 36 4 W 0 0,0,0,0',
      'A 3 2 32 8 R 2 1,2,3,4,5,6,7,8',
      'M 2 2 32 8 4 1,2 1,2,3,4,5,6,7,8',
      'A 4 2 32 8 R 3 1,2,3,4,5,6,7,8',
      'A 5 2 36 4 R 4 5,6,7,8',
      'S 4 2 32 8 4 1,2,3,4,5,6,7,8',
      `A 6 2 32 32 W 5 1,2,3,4,5,6,7,8,${zeros(24)}`,
      `S 0 2 40 8 4 ${z}`,
      `S 0 2 48 8 4 ${z}`,
      `S 0 2 56 8 4 ${z}`,
      `M 5 2 32 32 4 4,5,0,0,0,0,0,0 1,2,3,4,5,6,7,8,${zeros(24)}`,
      `A 7 2 48 8 R 6 ${upTo(8, 16)}`,
      `S 6 2 32 32 4 ${upTo(32)}`,
      `M 6 2 48 8 4 6,6 ${upTo(8, 16)}`,
      `A 8 2 44 8 R 7 ${upTo(8, 12)}`,
      `S 7 2 48 8 4 ${upTo(8, 16)}`,
      `M 7 2 44 8 4 6,7 ${upTo(8, 12)}`,
      'E 9',
      `M 6 2 32 8 4 6,6 ${upTo(8)}`,
      `S 8 2 44 8 4 ${upTo(8, 12)}`,
      `M 8 2 40 8 4 6,8 ${upTo(8, 8)}`,
      `M 8 2 48 8 4 8,7 ${upTo(8, 16)}`,
      `M 6 2 56 8 4 6,6 ${upTo(8, 24)}`,
      ...[6, 8, 8, 6].map((time, i) => `F 2 ${32 + 8 * i} ${time} ${upTo(8, 8 * i)}`),
    ]);
  });

  it('cells of 4 bytes', () => {
    const script = new Scripted('persistent');
    script.access(4, 3, 1, [77]);
    expect(script.memory.records.used).toBe(88);
    script.access(4, 0, 4);
    script.access(4, 2, 4, [9, 8, 7, 6]);
    script.end();
    expect(script.lines).toEqual([
      'A 1 4 3 1 W 0 0',
      `S 0 4 0 8 1 ${zeros(8)}`,
      'A 2 4 0 4 R 1 0,0,0,77',
      'M 1 4 0 4 1 0,0,0,1 0,0,0,77',
      'A 3 4 2 4 W 2 0,77,0,0',
      'S 2 4 0 4 1 0,0,0,77',
      'M 2 4 2 4 1 2,2,0,0 0,77,0,0',
      'E 4',
      'S 3 4 2 4 1 9,8,7,6',
      'M 3 4 0 8 1 2,2,3,3,3,3,0,0 0,0,9,8,7,6,0,0',
      'F 4 0 3 0,0,9,8,7,6,0,0',
    ]);
  });

  it('a volatile memory', () => {
    const lines = run('volatile', [
      [1, 8, 4, [1, 2, 3, 4]],
      [1, 8, 4],
      [4, 5, 1, [42]],
      [4, 4, 2],
      [4, 4, 4],
    ]);
    expect(lines.filter(line => /^[SME]/.test(line))).toEqual([
      'M 0 1 8 4 1 0,0,0,0 0,0,0,0',
      'M 3 4 4 2 1 0,3 0,42',
      'S 4 4 4 2 1 0,42',
      'M 4 4 4 4 1 4,4,0,0 0,42,0,0',
      'E 6',
      'S 2 1 8 4 1 1,2,3,4',
      'S 5 4 4 4 1 0,42,0,0',
    ]);
    expect(lines.filter(line => line.startsWith('A')).map(line => line.split(' ')[6])).toEqual([
      '0',
      '1',
      '0',
      '3',
      '4',
    ]);
    expect(lines.filter(line => line.startsWith('F'))).toEqual([
      ...upTo(4).map(i => `F 1 ${8 + i} 2 ${i + 1}`),
      ...upTo(4).map(i => `F 4 ${4 + i} 5 ${i === 1 ? 42 : 0}`),
    ]);
  });

  it('a volatile memory with a block of two levels', () => {
    const lines = run('volatile', [
      [2, 16, 8, upTo(8, 1)],
      [2, 20, 4],
    ]);
    expect(lines.filter(line => /^[SM]/.test(line))).toEqual([
      'M 0 2 16 4 1 0,0,0,0 0,0,0,0',
      'M 0 2 20 4 1 0,0,0,0 0,0,0,0',
      `M 0 2 16 8 4 0,0 ${zeros(8)}`,
      `S 1 2 16 8 4 ${upTo(8, 1)}`,
      'S 1 2 16 4 1 1,2,3,4',
      'S 2 2 20 4 1 5,6,7,8',
    ]);
    expect(lines.filter(line => line.startsWith('F')).map(line => line.split(' ')[3])).toEqual([...'11112222']);
  });
});

function generated(seed: number, count: number, span: number, mode: Mode): Scripted {
  const script = new Scripted(mode);
  for (const { space, pointer, size, values } of operations(seed, count, span))
    script.access(space, pointer, size, values);
  script.end();
  return script;
}

describe('generated accesses have the transcript of upstream', () => {
  it.each([
    [
      1,
      20,
      64,
      'persistent',
      99,
      '31,31',
      16,
      3888,
      '98,48,74,16,2',
      'f08734130a4c393044ff8875f1634ea02829e08a9804015f43e8a460bd0168b4',
      '46918a3194ade2e4ce63fdbc9014a350ac9762afee9bac49df49ffb83be2ae66',
    ],
    [
      1,
      20,
      64,
      'volatile',
      187,
      '31,31',
      104,
      3344,
      '106,52,42,16,2',
      'a2bbd740fdbc9d504aeb9ac551935a1581a5a54788e8a2a4aa30dcc6ac75053b',
      'd971b6616ba4910aa97b040ddad45cc691d0792b133b7b9f2cda384738dc9d17',
    ],
    [
      12345,
      500,
      128,
      'persistent',
      1417,
      '434,434',
      48,
      71_136,
      '1962,954,1630,658,216',
      '66423a57573344b12d9f349de1ac5fdafd1611c58851a3b8185e213177257ad8',
      'ff3199a1e407056f59bc5b4e7772f4906381b378e7068709d01b3739d02e5705',
    ],
    [
      12345,
      500,
      128,
      'volatile',
      1785,
      '450,450',
      384,
      71_392,
      '2090,1018,1534,658,216',
      '0e7d5febb557883ad561cde5c43b7313acb1d5b75ad55ddca80deac69befdfca',
      '3591579bca16b6df459479efad3f122ed3e6c1425c8e30497fe86125dbe1a38a',
    ],
  ] as const)(
    'seed %i, %i accesses below %i, %s',
    (seed, count, span, mode, lines, kinds, finals, bytes, rows, text, binary) => {
      const script = generated(seed, count, span, mode);
      const { records } = script;
      const { splits, merges } = adapterRows(records);
      expect(script.lines.length).toBe(lines);
      expect([false, true].map(kind => records.filter(({ isMerge }) => isMerge === kind).length).join()).toBe(kinds);
      expect(script.finals.length).toBe(finals);
      expect(script.memory.records.used).toBe(bytes);
      expect(splits.map((n, i) => n + merges[i]!).join()).toBe(rows);
      expect(sha256(script.text)).toBe(text);
      expect(sha256(script.memory.records.allocated)).toBe(binary);
    },
  );
});

const MODES: readonly Mode[] = ['persistent', 'volatile'];

const operation: fc.Arbitrary<Operation> = fc
  .record({
    space: fc.constantFrom(1, 2, 4),
    log: fc.integer({ min: 0, max: 5 }),
    at: fc.nat(127),
    values: fc.option(fc.array(fc.nat(255), { minLength: 32, maxLength: 32 }), { nil: undefined }),
  })
  .map(({ space, log, at, values }) => {
    const align = space === 4 ? 1 : 4;
    const size = Math.max(align, 2 ** log);
    const pointer = Math.min(at - (at % align), 128 - size);
    return { space, pointer, size, ...(values && { values: values.slice(0, size) }) };
  });

/** A bus: what was sent and not received, by message. */
class Bus {
  readonly #counts = new Map<string, number>();

  add(count: number, space: number, pointer: number, cells: readonly number[], time: number): void {
    const message = `${space}@${pointer}:${cells}@${time}`;
    this.#counts.set(message, (this.#counts.get(message) ?? 0) + count);
  }

  get open(): string[] {
    return [...this.#counts].filter(([, count]) => count !== 0).map(([message, count]) => `${message} ×${count}`);
  }

  /** Rows of the adapters of a record: a split takes the whole and gives halves, a merge the reverse. */
  adapters({ isMerge, timestamp, space, pointer, block, lowest, timestamps, data, cellBytes }: AccessRecord): void {
    const cell = (i: number): number => (cellBytes === 1 ? data[i]! : data[4 * i]!);
    const cells = upTo(block).map(cell);
    const time = (from: number, to: number): number =>
      isMerge ? Math.max(...timestamps.slice(from / lowest, to / lowest)) : timestamp;
    for (let n = 2 * lowest; n <= block; n *= 2)
      for (let at = 0; at < block; at += n) {
        const half = at + n / 2;
        const [left, right] = [time(at, half), time(half, at + n)];
        const sign = isMerge ? -1 : 1;
        this.add(-sign, space, pointer + at, cells.slice(at, at + n), Math.max(left, right));
        this.add(sign, space, pointer + at, cells.slice(at, half), left);
        this.add(sign, space, pointer + half, cells.slice(half, at + n), right);
      }
  }
}

function checkRun(mode: Mode, list: readonly Operation[]): void {
  const script = new Scripted(mode);
  const bus = new Bus();
  const model = new Map<string, { value: number; time: number }>();
  const cellAt = (space: number, pointer: number): { value: number; time: number } =>
    model.get(`${space}@${pointer}`) ?? { value: 0, time: 0 };
  for (const { space, pointer, size, values } of list) {
    const time = script.memory.timestamp;
    const old = upTo(size, pointer).map(at => cellAt(space, at));
    const previous = script.access(space, pointer, size, values);
    const line = script.lines.findLast(text => text.startsWith('A'))!;
    // t_prev and data are those of a plain array with the time of each cell.
    expect(previous).toBe(Math.max(...old.map(cell => cell.time)));
    expect(previous).toBeLessThan(time);
    expect(line.split(' ')[7]).toBe(old.map(({ value }) => value).join());
    const now = values ?? old.map(({ value }) => value);
    bus.add(
      -1,
      space,
      pointer,
      old.map(({ value }) => value),
      previous,
    );
    bus.add(1, space, pointer, now, time);
    for (const [i, at] of upTo(size, pointer).entries()) model.set(`${space}@${at}`, { value: now[i]!, time });
  }
  script.end();
  const chunk = mode === 'persistent' ? 8 : 1;
  for (const { space, pointer, timestamp, values } of script.finals) {
    expect(pointer % chunk).toBe(0);
    const cells = upTo(chunk, pointer).map(at => cellAt(space, at));
    expect(values).toEqual(cells.map(({ value }) => value));
    expect(timestamp).toBeGreaterThanOrEqual(1);
    if (mode === 'persistent') expect(timestamp).toBe(Math.max(...cells.map(({ time }) => time)));
    bus.add(
      1,
      space,
      pointer,
      values.map(() => 0),
      0,
    );
    bus.add(-1, space, pointer, values, timestamp);
  }
  const addresses = script.finals.map(({ space, pointer }) => space * 2 ** 32 + pointer);
  expect(addresses).toEqual([...new Set(addresses)].sort((a, b) => a - b));
  const { records } = script;
  for (const record of records) bus.adapters(record);
  expect(bus.open).toEqual([]);
  const { splits, merges } = adapterRows(records);
  expect(splits).toEqual(merges);
  expect(script.memory.records.used).toBeLessThanOrEqual(accessArenaBound(splits.map((n, i) => n + merges[i]!)));
}

describe('any accesses', () => {
  it.each(MODES)('balance the memory bus and agree with a plain array: %s', mode => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), list => checkRun(mode, list)),
      { numRuns: 15 },
    );
  });

  it.each(MODES)('leave no record when repeated: %s', mode => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 10 }), operation, (list, last) => {
        const script = new Scripted(mode);
        for (const { space, pointer, size, values } of [...list, last]) script.access(space, pointer, size, values);
        const { used } = script.memory.records;
        script.access(last.space, last.pointer, last.size);
        expect(script.memory.records.used).toBe(used);
      }),
      { numRuns: 15 },
    );
  });

  it('keep blocks disjoint, and entries within their block', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), list => {
        const memory = memoryOf('persistent');
        for (const { space, pointer, size } of list) memory.read(space, pointer, size);
        for (const [space, metadata] of memory.metadata.entries()) {
          const align = space === 4 ? 1 : 4;
          let end = 0;
          let touched = 0;
          for (const { pointer, cells } of metadata.blocks()) {
            expect(pointer).toBeGreaterThanOrEqual(end);
            end = pointer + cells;
            touched += cells;
            for (let at = pointer; at < end; at += align)
              expect(metadata.blockAt(at)).toMatchObject({ pointer, cells });
          }
          expect(touched % 8).toBe(0);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('of four cells only take adapters of eight, two rows a chunk, and the short way is the long one', () => {
    const four = operation.map(({ space, pointer }) => ({ space: space === 4 ? 2 : space, pointer: pointer & ~3 }));
    fc.assert(
      fc.property(fc.array(four, { maxLength: 60 }), list => {
        const [short, long] = [memoryOf('persistent'), new Scripted('persistent')];
        for (const { space, pointer } of list) {
          const before = long.access(space, pointer & 124, 4);
          expect(short.access4(space, pointer & 124)).toBe(before);
          expect(short.timestamp).toBe(long.memory.timestamp);
        }
        long.end();
        const { splits, merges } = adapterRows(long.records);
        expect([splits, merges]).toEqual(Array.from({ length: 2 }, () => [0, 0, long.finals.length, 0, 0]));
        expect(long.memory.records.used).toBe(80 * long.finals.length);
      }),
      { numRuns: 15 },
    );
  });
});

describe('an access is refused', () => {
  it.each([
    [0, 0, 4, 'address space 0'],
    [2, 2, 4, 'not a multiple of 4'],
    [2, 0, 64, '64 cells'],
    [2, 0, 2, '2 cells'],
    [2, 0, 12, '12 cells'],
    [1, 128, 4, '128 of 128'],
    [9, 0, 4, 'address space 9'],
  ])('to space %i at %i of %i cells', (space, pointer, cells, text) => {
    expect(() => memoryOf('persistent').read(space, pointer, cells)).toThrow(text);
  });

  it('where the arena has no room for its record', () => {
    const memory = memoryOf('persistent', 40);
    memory.read(2, 0, 4);
    expect(() => memory.read(2, 8, 4)).toThrow(
      'TraceBufferOutOfBounds: the arena of memory has 40 bytes, 80 are needed',
    );
  });
});
