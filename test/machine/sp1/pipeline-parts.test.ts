import { ftruncateSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AREA } from '../../../codegen/chips/sp1/area.ts';
import { SP1_CHIPS } from '../../../codegen/chips/sp1/index.ts';
import { CallStore } from '../../../src/machine/sp1/pipeline/memory/call-store.ts';
import { EVENT_BYTES, type RamWish, ramPlan } from '../../../src/machine/sp1/pipeline/memory/ram.ts';
import { Spill, spillHandle } from '../../../src/machine/sp1/pipeline/memory/spill.node.ts';
import { temporaryFile } from '../../../src/machine/sp1/pipeline/memory/temporary-file.node.ts';
import type { ChipName } from '../../../src/machine/sp1/records/chips.ts';
import { GranuleSet } from '../../../src/machine/sp1/records/cut/granules.ts';
import { ShardBoard } from '../../../src/tracegen/board.ts';
import { HandOut } from '../../../src/tracegen/threads/hand-out.ts';

describe('memory of a run', () => {
  const wish: RamWish = {
    ...{ elements: 402_653_184, height: 4_194_304, workers: 8, chunkEntries: 2 ** 24, instructions: 10_000 },
    ...{ budgetBytes: 64 * 2 ** 30, maxMemory: undefined, maxCycles: undefined, makes: true },
  };

  it('reckons with at least the bytes of events that a cell of any chip has', () => {
    const most = SP1_CHIPS.filter(({ fixed }) => fixed === 0).map(
      ({ name, event }) => event.bytes / AREA[name as ChipName],
    );
    expect(EVENT_BYTES).toBeGreaterThanOrEqual(Math.max(...most));
  });

  it('decides shards in flight and never plans for more than the budget', () => {
    for (const gibibytes of [5, 8, 16, 32, 64]) {
      const { shards, slots, needBytes } = ramPlan({ ...wish, budgetBytes: gibibytes * 2 ** 30 });
      expect(needBytes).toBeLessThanOrEqual(gibibytes * 2 ** 30);
      expect(shards).toBeGreaterThanOrEqual(1);
      expect(slots).toBeGreaterThanOrEqual(1);
    }
    expect(ramPlan(wish).shards).toBe(8);
    expect(ramPlan({ ...wish, budgetBytes: 5 * 2 ** 30 }).shards).toBe(1);
  });

  it('is refused where one shard does not fit, unless the run is short', () => {
    const small = { ...wish, budgetBytes: 2 ** 31 };
    expect(() => ramPlan(small)).toThrow(expect.objectContaining({ code: 'ENVIRONMENT' }));
    expect(ramPlan({ ...small, maxCycles: 10_000 }).shards).toBeGreaterThanOrEqual(1);
  });
});

describe('what is kept for the end of a run', () => {
  it('is a set of doublewords with the members of a Set', () => {
    let x = 1;
    const random = (): number => {
      x = Math.imul(x, 48_271) >>> 0;
      return x;
    };
    const [set, other, expected] = [new GranuleSet(), new GranuleSet(), new Set<number>()];
    for (let i = 0; i < 5000; i++) {
      const address = 8 * (random() % 40_000) + (random() % 3) * 2 ** 36;
      (random() % 2 === 0 ? set : other).add(address);
      expected.add(address);
    }
    set.merge(other.pack());
    expect(set.size).toBe(expected.size);
    expect([...set]).toEqual([...expected].sort((a, b) => a - b));
    expect([0, 8, 2 ** 36, 2 ** 39].map(a => set.has(a))).toEqual([0, 8, 2 ** 36, 2 ** 39].map(a => expected.has(a)));
  });

  it('is calls by code, in the order of their shards however they come', () => {
    const store = new CallStore<string>();
    for (const [shard, words, calls] of [
      [2, 'c', 4],
      [0, 'a', 3],
      [1, 'b', 2],
    ] as const) {
      store.add(5, shard, { words, calls });
    }
    expect(store.take(5, 0, 4)).toEqual([
      { words: 'a', skip: 0, count: 3 },
      { words: 'b', skip: 0, count: 1 },
    ]);
    expect(store.take(5, 4, 5)).toEqual([
      { words: 'b', skip: 1, count: 1 },
      { words: 'c', skip: 0, count: 4 },
    ]);
  });

  it('is in memory up to a limit, and needs a file beyond it', () => {
    const spill = new Spill(spillHandle(8192, -1));
    expect(Spill.read(spill.keep(new Uint8Array(5000)))).toHaveLength(5000);
    expect(spill.memoryBytes).toBe(8192);
    expect(() => spill.keep(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'ENVIRONMENT' }));
  });

  it('is in a file without a name beyond that limit, for every thread', () => {
    const directory = mkdtempSync(join(tmpdir(), 'jit-exec-spill-'));
    const { file, close } = temporaryFile(directory);
    expect(readdirSync(directory)).toEqual([]);
    const handle = spillHandle(8192, file);
    const [one, two] = [new Spill(handle), new Spill(handle)];
    const data = [3000, 8192, 1, 70_000].map((bytes, i) => new Uint8Array(bytes).fill(i + 1));
    const stored = data.map((piece, i) => (i % 2 === 0 ? one : two).keep(piece));
    expect(stored.map(piece => piece instanceof Uint8Array)).toEqual([true, false, true, false]);
    expect(stored.map(piece => Spill.read(piece))).toEqual(data);
    expect([two.memoryBytes, one.fileBytes]).toEqual([8192, 8192 + 18 * 4096]);
    ftruncateSync(file, 8192);
    expect(() => Spill.read(stored[3]!)).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
    close();
    rmSync(directory, { recursive: true });
  });
});

describe('what is made', () => {
  it('is handed out in the order in which it was begun', async () => {
    const seen: number[] = [];
    const hands = new HandOut<string>(true, async index => {
      await new Promise(resolve => setTimeout(resolve, 1));
      seen.push(index);
    });
    for (const index of [3, 4, 5]) hands.begun(index);
    await Promise.all([hands.add(5, 'c'), hands.add(4, 'b'), hands.add(3, 'a')]);
    expect(seen).toEqual([3, 4, 5]);
    expect(hands.isIdle).toBe(true);
  });

  it('is filled by tiles that cover each row of each chip once', () => {
    const board = new ShardBoard();
    const helper = new ShardBoard(board.shared);
    const chip = (n: number, width: number, realRows: number) => ({
      ...{ chip: n, events: 64, columns: 128, realRows, rows: realRows, width, flags: 0, before: 2 ** 33 },
    });
    board.begin(7);
    board.open([chip(1, 40, 100_000), chip(2, 2640, 1000), chip(3, 5, 0)]);
    const covered = [100_000, 1000, 0].map(rows => new Uint8Array(rows));
    const finished: number[] = [];
    for (let turn = 0; ; turn++) {
      const own = turn % 2 === 0 ? board : helper;
      const tile = own.claim();
      if (tile === undefined) break;
      expect(tile.chip.before).toBe(2 ** 33);
      for (let row = tile.from; row < tile.to; row++) covered[tile.place]![row]!++;
      if (own.isLast(tile)) finished.push(tile.place);
      own.finish();
    }
    board.close();
    expect(covered.every(rows => rows.every(times => times === 1))).toBe(true);
    expect(finished.sort()).toEqual([0, 1, 2]);
    expect(helper.tag).toBe(7);
    expect(board.claim()).toBeUndefined();
  });
});
