import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { CHUNK_HEADER } from '../../../runtime/trace/chunk-layout.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { TraceChecker } from '../../../src/machine/sp1/replay/check.ts';
import { Replayer, type ReplayOutcome } from '../../../src/machine/sp1/replay/replay.ts';
import { guestBytes, inputBytes, traceAll } from './guest-runs.ts';

const HEADER = 304;
/** By major opcode. */
const KINDS: ReadonlyMap<number, string> = new Map([
  [0x03, 'load'],
  [0x23, 'store'],
  [0x73, 'ecall'],
]);

function setup(name: string, inputs: readonly string[], chunkEntries: number) {
  const bytes = guestBytes(name);
  const guest = loadGuest(bytes, name, 'auto');
  const traced = traceAll(bytes, { inputs: inputs.map(text => inputBytes(text)), chunkEntries, engine: 'interpreter' });
  return { guest, ...traced };
}

const agreed = (outcome: ReplayOutcome): Extract<ReplayOutcome, { kind: 'agrees' }>['end'] => {
  expect(outcome).toMatchObject({ kind: 'agrees' });
  return (outcome as Extract<ReplayOutcome, { kind: 'agrees' }>).end;
};

describe('a replay of chunks', () => {
  test.each([
    ['precompiles', [], 500],
    ['accesses', [], 7000],
    ['hints', ['zeros:0', 'zeros:7', 'zeros:8', 'u64:255'], 500],
    ['unconstrained', ['u64:99'], 7],
    ['echo', ['zeros:100'], 50],
    ['public-values', ['u64:100'], 100],
    ['fibonacci', [], 2 ** 24],
  ] as const)('ends each where the next begins, alone and as a run: %s', (name, inputs, chunkEntries) => {
    const { guest, raw, result } = setup(name, inputs, chunkEntries);
    for (const history of ['chunk', 'run'] as const) {
      const replayer = new Replayer(guest, { history });
      let instructions = 0;
      raw.forEach((bytes, i) => {
        const chunk = TraceChunk.fromRaw(bytes);
        const end = agreed(replayer.replay(chunk));
        instructions += end.instructions;
        expect(instructions).toBe(chunk.globalClkEnd);
        const next = raw[i + 1] === undefined ? undefined : TraceChunk.fromRaw(raw[i + 1]!);
        if (next === undefined) {
          expect(end).toMatchObject({ pc: 1, clk: result.clk, exitCode: (result.exit as { code: number }).code });
          expect([...end.registers]).toEqual(result.registers);
        } else {
          expect([end.pc, end.clk, ...end.registers]).toEqual([next.pcStart, next.clkStart, ...next.startRegisters]);
        }
      });
    }
  });

  test('needs no chunk before it, and leaves gaps', () => {
    const { guest, raw } = setup('precompiles', [], 2000);
    const replayer = new Replayer(guest, { history: 'chunk' });
    for (const i of [2, 5, 7]) agreed(replayer.replay(TraceChunk.fromRaw(raw[i]!)));
    expect(() => replayer.replay(TraceChunk.fromRaw(raw[1]!))).toThrow('expected clkStart of at least');
  });

  test('crosses clk 2^32 as any other', () => {
    const { guest, raw } = setup('precompiles', [], 2000);
    const chunk = TraceChunk.fromRaw(raw[3]!);
    const middle = Math.floor((chunk.clkStart + chunk.clkEnd) / 2);
    const delay = BigInt(2 ** 32 - middle + ((middle - 1) % 8) - 8);
    // The same chunk, later: all that happened in it is delayed, what was before is not.
    const later = raw[3]!.slice();
    const view = new DataView(later.buffer);
    const delayAt = (at: number): void => view.setBigUint64(at, view.getBigUint64(at, true) + delay, true);
    for (const at of [CHUNK_HEADER.clkStart, CHUNK_HEADER.clkEnd]) delayAt(at);
    for (let at = HEADER; at < later.length; at += 16) {
      const clk = view.getBigUint64(at, true);
      if (clk >= chunk.clkStart && clk < 2n ** 63n) delayAt(at);
    }
    const end = agreed(new Replayer(guest, { history: 'chunk' }).replay(TraceChunk.fromRaw(later)));
    expect(end.clk - Number(delay)).toBe(chunk.clkEnd);
    expect([...end.registers]).toEqual([...TraceChunk.fromRaw(raw[4]!).startRegisters]);
  });

  test('reads the old layout as the new one', () => {
    const { guest, raw } = setup('echo', ['zeros:9'], 300);
    const replayer = new Replayer(guest, { history: 'run' });
    for (const bytes of raw) agreed(replayer.replay(TraceChunk.fromRaw(TraceChunk.fromRaw(bytes).toRaw('6.0'), '6.0')));
  });
});

describe('a chunk that is not what the program does', () => {
  const { guest, raw } = setup('hints', ['zeros:7'], 3000);
  const third = raw[2]!;
  const replayOf = (bytes: Uint8Array): ReplayOutcome =>
    new Replayer(guest, { history: 'chunk' }).replay(TraceChunk.fromRaw(bytes));
  const changed = (at: number, change: (old: bigint) => bigint): Uint8Array => {
    const bytes = third.slice();
    const view = new DataView(bytes.buffer);
    view.setBigUint64(at, BigInt.asUintN(64, change(view.getBigUint64(at, true))), true);
    return bytes;
  };

  test('is found at the instruction that takes a wrong entry', () => {
    const whole = TraceChunk.fromRaw(third);
    const values = [...whole.memReads()];
    // The first doubleword of a clk inside the chunk was touched before in it, so that its value is known.
    const i = values.findIndex(({ clk }) => clk > BigInt(whole.clkStart) && clk < 2n ** 63n);
    const wrong = replayOf(changed(HEADER + 16 * i + 8, value => value ^ 1n));
    expect(wrong.kind).toBe('diverges');
    const { divergence } = wrong as Extract<ReplayOutcome, { kind: 'diverges' }>;
    expect(divergence.what).toMatch(new RegExp(`^memory entry ${i} of 0x[0-9a-f]+$`));
    expect(divergence.found).toBe(`(clk ${values[i]!.clk}, 0x${(values[i]!.value ^ 1n).toString(16)})`);
    expect(divergence.expected).toBe(`(clk ${values[i]!.clk}, 0x${values[i]!.value.toString(16)})`);
    expect(divergence.clk).toBeGreaterThan(Number(values[i]!.clk) - 1);
    expect(guest.program.symbolAt(divergence.pc)).toBeDefined();
  });

  test.each([
    ['fewer entries', CHUNK_HEADER.numMemReads, (n: bigint) => n - 1n, /the end of the chunk/],
    ['an end in mid-instruction', CHUNK_HEADER.clkEnd, (clk: bigint) => clk - 1n, /clkEnd/],
    ['an earlier end', CHUNK_HEADER.clkEnd, (clk: bigint) => clk - 8n, /numMemReads|clkEnd/],
    ['a later end', CHUNK_HEADER.clkEnd, (clk: bigint) => clk + 800n, /the end of the chunk/],
    ['a start outside the text', CHUNK_HEADER.pcStart, () => 8n, /pc an instruction of the program, got 0x8/],
    ['a start elsewhere', CHUNK_HEADER.pcStart, (pc: bigint) => pc + 64n, /./],
  ])('for %s', (_what, at, change, message) => {
    const outcome = replayOf(changed(at, change));
    expect(outcome.kind).toBe('diverges');
    const { what, expected, found } = (outcome as Extract<ReplayOutcome, { kind: 'diverges' }>).divergence;
    expect(`${what} ${expected}, got ${found}`).toMatch(message);
  });

  test('is found where an entry is later than its chunk could know', () => {
    const whole = TraceChunk.fromRaw(third);
    const i = [...whole.memReads()].findIndex(({ clk }) => clk < BigInt(whole.clkStart));
    const outcome = replayOf(changed(HEADER + 16 * i, () => BigInt(whole.clkStart)));
    expect(outcome).toMatchObject({ divergence: { expected: "a clk before the chunk's" } });
  });

  test('is found at the very access, whichever entry it is', () => {
    const { entries, numMemReads } = TraceChunk.fromRaw(third);
    expect(entries.length).toBe(16 * numMemReads);
    let found = 0;
    for (let i = 0; i < numMemReads; i += Math.ceil(numMemReads / 10)) {
      const outcome = replayOf(changed(HEADER + 16 * i + 8, value => value ^ 2n));
      // Where the chunk cannot know the value, a wrong one may go far.
      if (outcome.kind === 'agrees' || !outcome.divergence.what.startsWith(`memory entry ${i} `)) continue;
      found++;
      const at = outcome.divergence.pc - guest.program.textBase;
      expect(['load', 'store', 'ecall']).toContain(KINDS.get(guest.program.text[at]! & 0x7f));
    }
    expect(found).toBeGreaterThan(4);
  });

  test('is found where an input length has a clk', () => {
    const first = raw.find(bytes =>
      [...TraceChunk.fromRaw(bytes).memReads()].some(({ clk }) => clk === 2n ** 64n - 1n),
    )!;
    const i = [...TraceChunk.fromRaw(first).memReads()].findIndex(({ clk }) => clk === 2n ** 64n - 1n);
    const wrong = first.slice();
    wrong[HEADER + 16 * i + 5] = 0;
    expect(replayOf(wrong)).toMatchObject({ divergence: { what: `memory entry ${i}`, expected: 'clk 2^64 - 1' } });
  });

  test.each([
    ['hints', ['zeros:5']],
    ['precompiles', []],
  ] as const)('is found by the checker of a run whichever bit of which entry is wrong: %s', (name, inputs) => {
    const { guest: own, raw: whole } = setup(name, inputs, 2 ** 24);
    const bytes = whole[0]!;
    fc.assert(
      fc.property(fc.nat(8 * (bytes.length - HEADER) - 1), bit => {
        const wrong = bytes.slice();
        const at = HEADER + (bit >>> 3);
        wrong[at] = wrong[at]! ^ (1 << (bit & 7));
        expect(() => new TraceChecker(own, '6.4').check(wrong, 'x.bin', false)).toThrow(
          expect.objectContaining({ code: 'TRACE_INVALID', message: expect.stringContaining('in x.bin') }),
        );
      }),
      { numRuns: 10 },
    );
  });

  test.each([
    ['the first', 0, CHUNK_HEADER.pcStart, /expected pcStart 0x78/],
    ['the first', 0, CHUNK_HEADER.clkStart, /expected clkStart 1, got/],
    ['the first', 0, 8 * 31, /expected register x31 0x0, got 0x8/],
    ['a later one', 1, CHUNK_HEADER.pcStart, /expected pcStart 0x78/],
    ['a later one', 1, CHUNK_HEADER.clkStart, /expected clkStart \d+, got/],
    ['a later one', 1, 8 * 2, /expected register x2 0x/],
    ['a later one', 1, CHUNK_HEADER.globalClkEnd, /expected globalClkEnd \d+, got/],
  ] as const)('is found where %s does not continue what was before', (_which, index, at, message) => {
    const checker = new TraceChecker(guest, '6.4');
    for (const bytes of raw.slice(0, index)) checker.check(bytes, 'x.bin', false);
    const wrong = raw[index]!.slice();
    wrong[at] = wrong[at]! ^ 8;
    expect(() => checker.check(wrong, 'x.bin', false)).toThrow(message);
  });

  test('is found where one follows the halt', () => {
    const checker = new TraceChecker(guest, '6.4');
    for (const bytes of raw) checker.check(bytes, 'x.bin', false);
    expect(() => checker.check(raw[0]!, 'x.bin', false)).toThrow('no chunk after the halt');
  });
});

test('other machines have nothing to replay', () => {
  const bare = loadGuest(guestBytes('echo'), 'echo', 'bare');
  expect(() => new Replayer(bare, { history: 'run' })).toThrow('the machine bare has no trace chunks');
});
