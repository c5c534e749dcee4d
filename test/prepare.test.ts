// A guest that is prepared once and run often: the same results as one run each, and nothing compiled twice.

import { readFileSync } from 'node:fs';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type PortableGuest, prepare } from '../src/prepare.ts';
import type { RunResult } from '../src/result.ts';
import { type Engine, type ExecuteOptions, execute } from '../src/verbs/execute.ts';
import { trace } from '../src/verbs/trace.ts';

const read = (name: string): Uint8Array => readFileSync(new URL(`../examples/guests/bin/${name}.elf`, import.meta.url));
const u64 = (n: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(n).buffer);

const GUESTS: readonly (readonly [string, ExecuteOptions[]])[] = [
  ['fibonacci.sp1', [{ inputs: [u64(3000n)] }, { inputs: [u64(10n)] }, { inputs: [u64(9000n)] }]],
  ['stackvm.rv64', [{ args: ['100'] }, { args: ['7'] }]],
  ['sort.rv32', [{ args: ['300'] }]],
];
const ENGINES: readonly Engine[] = ['js', 'wasm'];
const HOT = 50;

const factsOf = (result: RunResult): object => {
  const { seconds: _seconds, mips: _mips, ...facts } = result.toJSON();
  return { ...facts, registers: result.registers, tail: result.stderrTail };
};

afterEach(() => vi.restoreAllMocks());

describe.each(ENGINES)('on engine %s a prepared guest', engine => {
  it.each(GUESTS)('%s does each time what one run does', (name, runs) => {
    const program = read(name);
    const guest = prepare(program);
    for (const options of [...runs, ...runs]) {
      const all = { ...options, engine, hot: HOT };
      expect(factsOf(guest.run(all))).toEqual(factsOf(execute(program, all)));
    }
  });
});

describe('a prepared guest', () => {
  const program = read('fibonacci.sp1');
  const options = { inputs: [u64(5000n)], engine: 'wasm', hot: HOT } as const;

  it('compiles nothing that an earlier run has compiled', () => {
    const guest = prepare(program);
    const spy = vi.spyOn(WebAssembly, 'Module');
    guest.run(options);
    expect(spy.mock.calls.length).toBeGreaterThan(1);
    for (let i = 0; i < 3; i++) guest.run(options);
    spy.mockClear();
    guest.run(options);
    expect(spy).not.toHaveBeenCalled();
  });

  it('goes to another thread with what was compiled', () => {
    const guest = prepare(program, { name: 'fib' });
    for (let i = 0; i < 4; i++) guest.run(options);
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(guest.portable);
    const received = receiveMessageOnPort(port2)!.message as PortableGuest;
    port1.close();
    const there = prepare(received);
    expect(there).toMatchObject({ name: 'fib', machine: 'sp1' });
    const spy = vi.spyOn(WebAssembly, 'Module');
    expect(factsOf(there.run(options))).toEqual(factsOf(execute(program, options)));
    // `execute` compiles for itself.
    const after = spy.mock.calls.length;
    there.run(options);
    expect(spy.mock.calls.length).toBe(after);
  });

  it('traces what `trace` does, run after run, also between plain runs', () => {
    const guest = prepare(program);
    const chunksOf = (run: (onChunk: (chunk: { raw: Uint8Array }) => void) => unknown): string[] => {
      const chunks: string[] = [];
      run(({ raw }) => chunks.push(Buffer.from(raw).toString('base64')));
      return chunks;
    };
    const expected = chunksOf(onChunk => trace(program, { ...options, chunkEntries: 200, onChunk }));
    expect(expected.length).toBeGreaterThan(1);
    for (let i = 0; i < 3; i++) {
      expect(chunksOf(onChunk => guest.trace({ ...options, chunkEntries: 200, onChunk }))).toEqual(expected);
      guest.run(options);
    }
  });

  it('refuses what is no option of a run, and options where they came along', () => {
    const guest = prepare(program);
    expect(() => guest.run({ machine: 'sp1' } as never)).toThrow('run: there is no option machine');
    expect(() => guest.trace({} as never)).toThrow('trace: option onChunk');
    expect(() => prepare(guest.portable, { name: 'x' })).toThrow('brings its options');
    expect(() => prepare('fib.elf' as never)).toThrow('expected the program as a Uint8Array');
  });
});
