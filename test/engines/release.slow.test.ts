// What a run leaves behind in its process: nothing. JIT_EXEC_RUNS=1000 makes as many runs of each kind.

import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Executor } from '../../src/engine/executor.ts';
import { type TracingOptions, tracing } from '../../src/engine/observation.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { execute, executionOf } from '../../src/verbs/execute.ts';
import { trace } from '../../src/verbs/trace.ts';
import { ROWS, type Row } from './engines.ts';

const RUNS = Number(process.env.JIT_EXEC_RUNS ?? 40);
/** Runs after which caches, tables and pools of V8 and of the C library have their size. */
const WARM_UP = 40;
const HOT = 20;
const CHUNK_ENTRIES = 2 ** 16;
const MIB = 2 ** 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const guest = readFileSync(new URL('../../examples/guests/bin/fibonacci.sp1.elf', import.meta.url));

/**
 * Collects garbage until `released`, for some seconds at most: V8 keeps what a function it is optimising refers to until
 * that is done, on another thread; the time is not bounded by anything here.
 */
async function collectUntil(released: () => boolean): Promise<void> {
  for (let i = 0; i < 100; i++) {
    await setTimeout(20);
    collect();
    if (released()) return;
  }
}

function runOnce({ engine, mode, hot = HOT }: Row): void {
  if (mode === 'traced') trace(guest, { engine, hot, chunkEntries: CHUNK_ENTRIES, onChunk: () => undefined });
  else execute(guest, { engine, hot });
}

interface Usage {
  readonly resident: number;
  readonly heap: number;
  readonly external: number;
  /** Of address space; 0 where the host does not tell. */
  readonly reserved: number;
}

function usage(): Usage {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const status = process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '';
  const reserved = 1024 * Number(/^VmSize:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { resident: rss, heap: heapUsed, external: external + arrayBuffers, reserved };
}

/** Most that they may have grown after the warm-up, in bytes. */
const SLACK: Usage = { resident: 32 * MIB, heap: 3 * MIB, external: MIB, reserved: 512 * MIB };

/** What has grown by how much more than it may since `before`. */
function growth(before: Usage): readonly string[] {
  const after = usage();
  const kinds = Object.keys(after) as (keyof Usage)[];
  return kinds.flatMap(kind => {
    const bytes = after[kind] - before[kind];
    return bytes > SLACK[kind] ? [`${kind}: ${(bytes / MIB).toFixed(1)} MiB`] : [];
  });
}

describe.each(ROWS)('engine $name, $mode', row => {
  it(`uses no more memory after ${RUNS} runs than before`, { timeout: 60_000 + 1000 * RUNS }, async () => {
    for (let i = 0; i < WARM_UP; i++) runOnce(row);
    let before = usage();
    await collectUntil(() => {
      const now = usage();
      const isSteady = now.heap >= before.heap && now.reserved >= before.reserved;
      before = now;
      return isSteady;
    });
    for (let i = 0; i < RUNS; i++) runOnce(row);
    await collectUntil(() => growth(before).length === 0);
    expect(growth(before)).toEqual([]);
  });

  it('lets go of memory and translated code with the executor', async () => {
    const held = runAndDrop(row);
    const kept = (): string[] => Object.keys(held).filter(what => held[what]!.deref() !== undefined);
    await collectUntil(() => kept().length === 0);
    expect(kept()).toEqual([]);
  });
});

/** What a finished run had, weakly. */
function runAndDrop({ engine, mode, hot = HOT }: Row): Readonly<Record<string, WeakRef<object>>> {
  const sink: TracingOptions['sink'] = ({ offset }) => ({ acquire: () => offset, publish: () => undefined });
  const observation = mode === 'traced' ? tracing({ threshold: CHUNK_ENTRIES, slots: 1, sink }) : undefined;
  const executor = executionOf(loadGuest(guest, 'guest', 'auto'), { engine, hot }, observation);
  if (!(executor instanceof Executor)) throw new Error('this guest runs no untrusted code');
  expect(executor.run().kind).toBe('halted');
  const { code, memory, observer } = executor;
  const { functions } = code;
  // What is behind the text is never compiled.
  const compiled = functions.find(each => each !== functions.at(-1));
  expect(compiled !== undefined).toBe(engine !== 'interpreter' && hot === HOT);
  const all = { executor, code, memory, buffer: memory.buffer, wasm: memory.wasm, observer, compiled };
  return Object.fromEntries(
    Object.entries(all).flatMap(([what, value]) => (value === undefined ? [] : [[what, new WeakRef<object>(value)]])),
  );
}
