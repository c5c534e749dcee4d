import { describe, expect, test } from 'vitest';
import { trace } from '../../../src/verbs/trace.ts';
import { IS_DEEP, sampled } from '../../depth.ts';
import { RUNNERS } from '../../engines/engines.ts';
import { asRecorded, guestBytes, inputBytes, recordedRuns, traceAll } from './guest-runs.ts';

const runs = recordedRuns('sp1-guest-chunks.json');
/** Some hundred million instructions only pass the clock's 32nd bit. */
const short = runs.filter(run => run.cycles < 1e7);
/** Of a run that `npm test` has. */
const MOST_CHUNKS = 2000;
const title = (run: (typeof runs)[number]): string => `${run.guest} ${run.inputs.join(' ')} by ${run.chunkEntries}`;

// Compiled early, so that compiled code writes most entries of these short runs.
describe.each(RUNNERS)('chunks that engine $name makes', ({ name, engine, hot = 20 }) => {
  // Cuts after every entry are the interpreters' affair.
  const byEntry = name === 'interpreter' || name === 'cold';
  const fits = ({ chunkEntries, chunkCount }: (typeof runs)[number]): boolean =>
    (byEntry || chunkEntries > 1) && (IS_DEEP || chunkCount <= MOST_CHUNKS);
  const cut = short.filter(fits);
  test.each(sampled(cut, 2).map(run => [title(run), run] as const))(
    "are those of SP1's executor: %s",
    (_title, run) => {
      const inputs = run.inputs.map(text => inputBytes(text));
      const traced = traceAll(guestBytes(run.guest!), { engine, inputs, chunkEntries: run.chunkEntries, hot });
      expect(asRecorded(run, traced)).toEqual(run);
    },
  );
});

test('chunks on both sides of clk 2^32 are those of SP1’s executor', () => {
  const run = runs.find(({ clk }) => clk > 2 ** 32)!;
  const inputs = run.inputs.map(text => inputBytes(text));
  const traced = traceAll(guestBytes(run.guest!), { inputs, chunkEntries: run.chunkEntries });
  expect(asRecorded(run, traced)).toEqual(run);
});

describe('the verb trace', () => {
  const bytes = guestBytes('echo');
  const inputs = [Uint8Array.of(1, 2, 3)];

  test('gives the same entries in chunks of any size, and in both layouts', () => {
    const entriesOf = (chunkEntries: number, layout: '6.0' | '6.4'): string =>
      Buffer.concat(
        traceAll(bytes, { inputs, chunkEntries, layout }).raw.map(raw => raw.subarray(layout === '6.0' ? 288 : 304)),
      ).toString('hex');
    const whole = entriesOf(2 ** 24, '6.4');
    expect(whole.length).toBeGreaterThan(10_000);
    for (const size of [1, 7, 500]) {
      expect(entriesOf(size, '6.4')).toBe(whole);
      expect(entriesOf(size, '6.0')).toBe(whole);
    }
  });

  test('tells what each chunk has in its header', () => {
    const ends: number[] = [];
    const result = trace(bytes, {
      inputs,
      chunkEntries: 100,
      layout: '6.0',
      onChunk: ({ index, raw, numMemReads, clkStart, clkEnd, startRegisters }) => {
        expect(index).toBe(ends.length);
        expect(raw.length).toBe(288 + 16 * numMemReads);
        expect(clkStart).toBe(ends.at(-1) ?? 1);
        expect(startRegisters[0]).toBe(0n);
        ends.push(clkEnd);
      },
    });
    expect(result.chunks).toBe(ends.length);
    expect(result.clk).toBe(ends.at(-1));
  });

  test.each([0, -1, 0.5, 2 ** 28])('refuses chunks of %s entries', chunkEntries => {
    const refused = (): unknown => trace(bytes, { chunkEntries, onChunk: () => {} });
    expect(refused).toThrow(
      chunkEntries >= 1 ? /expected 1 to \d+ entries per chunk/ : /chunkEntries: expected a whole number from 1/,
    );
  });

  test('runs with as many entries to a chunk as it says fit', () => {
    const run = (chunkEntries: number): number => trace(bytes, { chunkEntries, onChunk: () => {} }).chunks;
    let most = 0;
    try {
      run(2 ** 28);
    } catch (error) {
      most = Number(/1 to (\d+)/.exec((error as Error).message)![1]);
    }
    expect(run(most)).toBe(1);
    expect(() => run(most + 1)).toThrow('entries per chunk');
  });

  test('refuses programs of other machines', () => {
    const bare = (): unknown => trace(bytes, { machine: 'bare', onChunk: () => {} });
    expect(bare).toThrow('the machine bare has no minimal traces');
  });
});
