// A store whose files fail at every step, whose content is changed, and that two writers share.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { claimOf } from '../../src/planner/fold/claim.ts';
import { ItemSet } from '../../src/planner/fold/item-set.ts';
import { readArtefact, type ShardFacts, writeArtefact } from '../../src/planner/store/artefact.ts';
import { folderFiles } from '../../src/planner/store/folder.ts';
import { keyOf, Store } from '../../src/planner/store/store.ts';
import { Killed, memoryFiles } from './memory-files.ts';

const KEYS = ['a', 'b', 'c'].map(name => keyOf([name]));
const contentOf = (i: number): Uint8Array => Uint8Array.of(i, 2 * i, 7);

/** Makes what is missing, as a run that is started again does. */
function runAll(store: Store): number {
  let made = 0;
  for (const [i, key] of KEYS.entries()) {
    if (store.get(key) !== undefined) continue;
    store.put(key, `shard ${i}`, contentOf(i));
    made++;
  }
  return made;
}

const isWhole = (store: Store): boolean =>
  KEYS.every((key, i) => Buffer.compare(store.get(key) ?? new Uint8Array(0), contentOf(i)) === 0);

describe('a store', () => {
  it('killed at any step has no half artefact, and the next run makes the rest', () => {
    let steps = 0;
    for (; ; steps++) {
      const all = new Map<string, Uint8Array>();
      let isDone = true;
      try {
        runAll(new Store(memoryFiles(all, steps), 'first'));
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        isDone = false;
      }
      const again = new Store(memoryFiles(all), 'second');
      expect(again.verify().damaged).toEqual([]);
      const there = again.list().length;
      expect(runAll(again)).toBe(KEYS.length - there);
      expect(isWhole(again)).toBe(true);
      again.collect(() => true);
      expect([isWhole(again), all.size]).toEqual([true, 2 * KEYS.length]);
      if (isDone) break;
    }
    expect(steps).toBe(4 * KEYS.length);
  });

  it('collected at any step keeps what is to be kept', () => {
    for (let steps = 0; steps < 6; steps++) {
      const all = new Map<string, Uint8Array>();
      runAll(new Store(memoryFiles(all), 'first'));
      try {
        new Store(memoryFiles(all, steps), 'second').collect(({ key }) => key === KEYS[1]);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      const store = new Store(memoryFiles(all), 'third');
      expect(store.get(KEYS[1]!)).toEqual(contentOf(1));
      expect(store.verify().damaged).toEqual([]);
    }
  });

  it('gives nothing that is not what its record says', () => {
    for (const folder of ['objects', 'index']) {
      const all = new Map<string, Uint8Array>();
      const store = new Store(memoryFiles(all), 'one');
      runAll(store);
      for (const path of store.verify().unused) expect(path).toBeUndefined();
      for (const path of [...all.keys()].filter(name => name.startsWith(folder))) {
        const bytes = all.get(path)!;
        for (let at = 0; at < bytes.length; at++) {
          const changed = bytes.slice();
          changed[at]! ^= 1;
          all.set(path, changed);
          for (const [i, key] of KEYS.entries()) {
            const found = store.get(key);
            if (found !== undefined) expect(Buffer.compare(found, contentOf(i))).toBe(0);
          }
        }
        all.set(path, bytes);
      }
      expect(isWhole(store)).toBe(true);
    }
  });

  it('says what is damaged', () => {
    const all = new Map<string, Uint8Array>();
    const store = new Store(memoryFiles(all), 'one');
    const { sha256 } = store.put(KEYS[0]!, 'shard 0', contentOf(0));
    all.set(`objects/${sha256.slice(0, 2)}/${sha256}`, contentOf(1));
    all.set(`index/${KEYS[1]}.json`, new TextEncoder().encode('{"kind":"jit-exec artefact","schema":9}'));
    expect(store.verify().damaged.map(({ reason }) => reason)).toEqual(
      [KEYS[0]!, KEYS[1]!]
        .sort()
        .map(key =>
          key === KEYS[0] ? expect.stringContaining('its content has the digest') : 'it has the unknown schema 9',
        ),
    );
    expect(store.collect(() => true)).toBe(3);
    expect(all.size).toBe(0);
  });

  const folder = mkdtempSync(join(tmpdir(), 'jit-exec-store-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is shared by writers in a folder', () => {
    const [one, other] = ['one', 'other'].map(name => new Store(folderFiles(folder), name)) as [Store, Store];
    for (const [i, key] of KEYS.entries()) for (const store of [one, other]) store.put(key, `shard ${i}`, contentOf(i));
    expect([isWhole(one), isWhole(other), one.verify().unused, runAll(one)]).toEqual([true, true, [], 0]);
    expect(one.list().map(({ title }) => title)).toEqual(['shard 0', 'shard 1', 'shard 2']);
  });

  it('where nothing can be written says so', () => {
    const store = new Store(folderFiles('/dev/null/store'), 'one');
    expect(store.list()).toEqual([]);
    expect(() => store.put(KEYS[0]!, 'shard', contentOf(0))).toThrow('cannot write');
  });
});

describe('an artefact', () => {
  const facts: ShardFacts = {
    index: 0,
    kind: 'core',
    clkStart: 1,
    clkEnd: 9,
    pcStart: 4,
    pcEnd: 8,
    cells: 7,
    chips: [],
  };
  const set = (...bytes: number[]): ItemSet => ItemSet.of(Uint8Array.from(bytes.flatMap(byte => Array(32).fill(byte))));
  const artefact = { facts, claim: claimOf(set(1, 2), set(3), 'sha256') };
  const bytes = writeArtefact(artefact);

  it('is the same after a file', () => {
    expect(readArtefact(bytes, 'sha256')).toEqual(artefact);
    expect(() => readArtefact(bytes, 'blake3')).toThrow('the roots of artefact are not those of its sets');
  });

  it('is whole or none', () => {
    for (let end = 0; end < bytes.length; end++)
      expect(() => readArtefact(bytes.slice(0, end), 'sha256')).toThrow('artefact');
    const changed = bytes.slice();
    changed[bytes.length - 1]! ^= 1;
    expect(() => readArtefact(changed, 'sha256')).toThrow('the roots');
  });
});
