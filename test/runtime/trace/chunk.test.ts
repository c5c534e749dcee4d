import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JitExecError } from '../../../runtime/errors.ts';
import { relayout, TraceChunk } from '../../../runtime/trace/chunk.ts';

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const safe = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

interface Fields {
  readonly registers: readonly bigint[];
  readonly pcStart: number;
  readonly clks: readonly [number, number];
  readonly globalClkEnd: number;
  readonly entries: readonly (readonly [bigint, bigint])[];
}

const fields: fc.Arbitrary<Fields> = fc.record({
  registers: fc.array(u64, { minLength: 31, maxLength: 31 }),
  pcStart: safe,
  clks: fc.tuple(safe, safe).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]),
  globalClkEnd: safe,
  entries: fc.array(fc.tuple(u64, u64), { maxLength: 20 }),
});

/** The raw form of 6.4, written down from its table. */
function raw({ registers, pcStart, clks, globalClkEnd, entries }: Fields): Uint8Array {
  const header = [0n, ...registers, pcStart, ...clks, entries.length, globalClkEnd, 0];
  return new Uint8Array(BigUint64Array.from([...header, ...entries.flat()].map(BigInt)).buffer);
}

const pairs = (chunk: TraceChunk): (readonly [bigint, bigint])[] =>
  [...chunk.memReads()].map(({ clk, value }) => [clk, value] as const);

describe('a raw chunk', () => {
  test('has the fields and entries that were written', () => {
    fc.assert(
      fc.property(fields, f => {
        const chunk = TraceChunk.fromRaw(raw(f));
        expect([...chunk.startRegisters]).toEqual([0n, ...f.registers]);
        const { pcStart, clkStart, clkEnd, numMemReads, globalClkEnd } = chunk;
        expect({ pcStart, clks: [clkStart, clkEnd], globalClkEnd }).toEqual({
          pcStart: f.pcStart,
          clks: f.clks,
          globalClkEnd: f.globalClkEnd,
        });
        expect(numMemReads).toBe(f.entries.length);
        expect(pairs(chunk)).toEqual(f.entries);
      }),
      { numRuns: 50 },
    );
  });

  test('survives every change of form, at any alignment and with anything behind it', () => {
    fc.assert(
      fc.property(fields, fc.uint8Array({ maxLength: 40 }), fc.nat(9), (f, tail, shift) => {
        const bytes = raw(f);
        const buffer = new Uint8Array(shift + bytes.length + tail.length);
        buffer.set(bytes, shift);
        buffer.set(tail, shift + bytes.length);
        const chunk = TraceChunk.fromRaw(buffer.subarray(shift));
        expect(chunk.toRaw('6.4')).toEqual(bytes);
        const old = chunk.toRaw('6.0');
        expect(old).toEqual(Uint8Array.of(...bytes.subarray(0, 288), ...bytes.subarray(304)));
        expect(TraceChunk.fromRaw(old, '6.0').toRaw('6.4', f.globalClkEnd)).toEqual(bytes);
        const serialised = chunk.encode();
        expect(serialised.length).toBe(256 + 24 + 8 + 16 * f.entries.length);
        expect(TraceChunk.decode(serialised).toRaw('6.4', f.globalClkEnd)).toEqual(bytes);
        expect(relayout(buffer.slice(shift), f.entries.length, '6.0')).toEqual(old);
      }),
      { numRuns: 50 },
    );
  });

  test('is copied by copyFromBytes, so that a slot may be written again', () => {
    const bytes = raw({
      registers: new Array(31).fill(7n),
      pcStart: 4,
      clks: [1, 9],
      globalClkEnd: 1,
      entries: [[0n, 5n]],
    });
    const chunk = TraceChunk.copyFromBytes(bytes);
    bytes.fill(255);
    expect(pairs(chunk)).toEqual([[0n, 5n]]);
  });

  test('without the cumulative clock does not become one of 6.4 unless it is given', () => {
    const bytes = raw({ registers: new Array(31).fill(0n), pcStart: 4, clks: [1, 9], globalClkEnd: 1, entries: [] });
    const chunk = TraceChunk.decode(TraceChunk.fromRaw(bytes).encode());
    expect(() => chunk.toRaw('6.4')).toThrow(/globalClkEnd/);
  });
});

describe('what is no chunk', () => {
  const good = raw({
    registers: new Array(31).fill(1n),
    pcStart: 4,
    clks: [1, 9],
    globalClkEnd: 1,
    entries: [[0n, 5n]],
  });
  const withU64 = (at: number, value: bigint): Uint8Array => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setBigUint64(at, value, true);
    return bytes;
  };

  test.each([
    ['too few bytes for the header', good.subarray(0, 303), 'expected a header of 304 bytes, got 303'],
    ['no bytes', good.subarray(0, 0), 'got 0'],
    [
      'fewer entries than it says',
      good.subarray(0, 319),
      'expected numMemReads at most 0 (the bytes that follow), got 1',
    ],
    ['a count beyond its bytes', withU64(280, 2n), 'numMemReads at most 1'],
    ['a count beyond all bytes', withU64(280, 2n ** 60n), 'expected numMemReads below 2^53'],
    ['a negative count', withU64(280, 2n ** 64n - 1n), 'got 18446744073709551615'],
    ['a value in x0', withU64(0, 1n), 'expected register x0 0, got 1'],
    ['an end before its start', withU64(272, 0n), 'expected clkEnd of at least clkStart 1, got 0'],
    ['an impossible pc', withU64(256, 2n ** 53n), 'pcStart'],
    ['an impossible clk', withU64(264, 2n ** 63n), 'clkStart'],
    ['an impossible cumulative clock', withU64(288, 2n ** 63n), 'globalClkEnd'],
    ['something in the padding', withU64(296, 1n), 'expected padding 0, got 1'],
  ])('%s', (_what, bytes, message) => {
    const read = (): TraceChunk => TraceChunk.fromRaw(bytes, '6.4', 'x.bin');
    expect(read).toThrow(message);
    expect(read).toThrow(
      expect.objectContaining({ code: 'TRACE_INVALID', message: expect.stringContaining('in x.bin') }),
    );
  });

  test('in serialised form: a size that is not that of the entries', () => {
    const bytes = TraceChunk.fromRaw(good).encode();
    expect(() => TraceChunk.decode(bytes.subarray(0, -1))).toThrow('numMemReads');
    expect(() => TraceChunk.decode(Uint8Array.of(...bytes, 0))).toThrow('expected size 304 bytes, got 305');
  });

  test('is refused or read within its bytes, whatever it is', () => {
    const noise = fc.tuple(fc.uint8Array({ maxLength: 700 }), fc.boolean()).map(([bytes, calm]) => {
      // Zeros in the high bytes make it through the first checks.
      if (calm) for (let i = 0; i < bytes.length; i++) if (i % 8 > 0) bytes[i] = 0;
      return bytes;
    });
    fc.assert(
      fc.property(noise, fc.constantFrom('6.0', '6.4', 'serialised'), (bytes, form) => {
        try {
          const chunk = form === 'serialised' ? TraceChunk.decode(bytes) : TraceChunk.fromRaw(bytes, form as '6.0');
          expect([...chunk.memReads()].length).toBe(chunk.numMemReads);
        } catch (error) {
          expect(error).toBeInstanceOf(JitExecError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a walk over entries', () => {
  const entries: [bigint, bigint][] = [
    [0n, 10n],
    [9n, 11n],
    [17n, 12n],
  ];
  const walk = (): ReturnType<TraceChunk['memReads']> =>
    TraceChunk.fromRaw(
      raw({ registers: new Array(31).fill(0n), pcStart: 4, clks: [1, 9], globalClkEnd: 1, entries }),
    ).memReads();

  test('can skip, and says how many remain', () => {
    const reads = walk();
    reads.advance(2);
    expect(reads.remaining).toBe(1);
    expect(reads.next().value).toEqual({ clk: 17n, value: 12n });
    expect(reads.next()).toEqual({ done: true, value: undefined });
    expect(reads.remaining).toBe(0);
  });

  test.each([4, -1, 0.5, Number.NaN])('refuses to skip %s of 3', n => {
    expect(() => walk().advance(n)).toThrow('expected to skip 0 to 3 entries');
  });
});
