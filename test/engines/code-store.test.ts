// Code that one process leaves to the next: the same results to the byte, and nothing is compiled twice.

import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { type CodeStore, type PreparedGuest, prepare } from '../../src/index.ts';
import { sha256 } from '../machine/sp1/guest-runs.ts';

const read = (path: string): Uint8Array => readFileSync(new URL(`../../${path}.elf`, import.meta.url));
const u64 = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer);

interface Kept extends CodeStore {
  readonly files: Map<string, Uint8Array>;
  saves: number;
}

function memoryStore(files: Map<string, Uint8Array> = new Map()): Kept {
  const store: Kept = {
    files,
    saves: 0,
    load: name => files.get(name),
    save: (name, bytes) => {
      store.saves += 1;
      files.set(name, bytes.slice());
    },
  };
  return store;
}

const GUESTS: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['examples/guests/bin/fibonacci.sp1', [u64(300n)]],
  ['examples/guests/bin/precompiles.sp1', []],
  ['examples/guests/bin/hints.sp1', [u64(255n), new Uint8Array(100)]],
  ['bench/sp1-guests/bin/regex.sp1', [u64(1n)]],
];

function tracedDigest(guest: PreparedGuest, inputs: readonly Uint8Array[]): string {
  const raws: Uint8Array[] = [];
  guest.trace({ inputs, hot: 20, chunkEntries: 1000, onChunk: ({ raw }) => raws.push(raw.slice()) });
  return sha256(Buffer.concat(raws));
}

describe('code of an earlier process', () => {
  test.each(GUESTS)('gives what a run without it gives: %s', (path, inputs) => {
    const program = read(path);
    const outcome = (guest: PreparedGuest): unknown => {
      const { exit, instructions, clk, registers, publicValues, syscalls } = guest.run({ inputs, hot: 20 });
      return { exit, instructions, clk, registers, publicValues, syscalls };
    };
    const fresh = prepare(program);
    const expected = [outcome(fresh), tracedDigest(fresh, inputs)];
    const store = memoryStore();
    const saves: number[] = [];
    for (let process = 0; process < 3; process++) {
      store.saves = 0;
      const guest = prepare(program, { codeStore: store });
      expect([outcome(guest), tracedDigest(guest, inputs)]).toEqual(expected);
      saves.push(store.saves);
    }
    expect(saves[0]).toBeGreaterThanOrEqual(4);
    // Code that was dropped and compiled otherwise is saved again.
    expect(Math.max(saves[1]!, saves[2]!)).toBeLessThanOrEqual(2);
  });

  test('is of one program, and grows by what a longer run makes hot', () => {
    const store = memoryStore();
    const program = read('bench/sp1-guests/bin/regex.sp1');
    prepare(program, { codeStore: store }).run({ inputs: [u64(1n)], hot: 20, maxCycles: 3000 });
    const sizes = [...store.files.values()].map(({ length }) => length);
    const names = new Set(store.files.keys());
    prepare(read('examples/guests/bin/fibonacci.sp1'), { codeStore: store }).run({ inputs: [u64(300n)], hot: 20 });
    expect([...store.files.keys()].filter(name => names.has(name)).length).toBe(sizes.length);
    expect(store.files.size).toBeGreaterThan(names.size);
    prepare(program, { codeStore: store }).run({ inputs: [u64(1n)], hot: 20 });
    const grown = [...names].map((name, i) => store.files.get(name)!.length - sizes[i]!);
    expect(Math.min(...grown)).toBe(0);
    expect(Math.max(...grown)).toBeGreaterThan(0);
  });

  test('is given after a run that compiled something, and after no other', () => {
    const store = memoryStore();
    const guest = prepare(read('bench/sp1-guests/bin/regex.sp1'), { codeStore: store });
    const compiled = vi.spyOn(WebAssembly, 'Module');
    const runs = Array.from({ length: 12 }, () => {
      store.saves = 0;
      compiled.mockClear();
      guest.run({ inputs: [u64(1n)], hot: 20 });
      return { compiles: compiled.mock.calls.length > 0, saves: store.saves > 0 };
    });
    compiled.mockRestore();
    expect(runs.map(({ saves }) => saves)).toEqual(runs.map(({ compiles }) => compiles));
    expect(runs[0]!.saves).toBe(true);
    expect(runs.some(({ compiles }) => !compiles)).toBe(true);
  });

  test('is asked of an object that can keep it', () => {
    expect(() => prepare(read('examples/guests/bin/fibonacci.sp1'), { codeStore: {} as CodeStore })).toThrow(
      'codeStore: expected an object with functions load and save',
    );
  });
});
