// Both halves of an instrumentation: what the host is told of, and what text of its kind does itself instead.

import { describe, expect, it } from 'vitest';
import { CONTROL, ENTRY_BYTES } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { ClockState, Inlined, RunObserver } from '../../runtime/trace/observer.ts';
import { type TracingOptions, tracing } from '../../src/engine/observation.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { type Engine, executionOf, type RunData, resultOf } from '../../src/verbs/execute.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';

const GUESTS = ['accesses', 'fibonacci', 'hints', 'precompiles', 'unconstrained'] as const;
const INPUTS = [20n, 3n].map(value => new Uint8Array(BigUint64Array.of(value).buffer));
const FULL = 300;

/** Passes everything on and counts what is told. */
class Listener implements RunObserver {
  readonly #to: RunObserver;
  told = { touch: 0, record: 0, append: 0, call: 0, block: 0, begin: 0 };

  constructor(to: RunObserver) {
    this.#to = to;
  }

  get inlined(): Inlined {
    return this.#to.inlined;
  }
  get isFull(): boolean {
    return this.#to.isFull;
  }
  touch(offset: number, fuel: number, store: number): void {
    this.told.touch++;
    this.#to.touch(offset, fuel, store);
  }
  record(offset: number): void {
    this.told.record++;
    this.#to.record(offset);
  }
  stamp(offset: number, clkLo: number, clkHi: number): void {
    this.#to.stamp(offset, clkLo, clkHi);
  }
  append(clkLo: number, clkHi: number, lo: number, hi: number): void {
    this.told.append++;
    this.#to.append(clkLo, clkHi, lo, hi);
  }
  begin(place: ClockState): void {
    this.told.begin++;
    this.#to.begin(place);
  }
  end(place: ClockState): void {
    this.#to.end(place);
  }
  room(clk: number, isInside: boolean): number {
    return this.#to.room(clk, isInside);
  }
  block(place: ClockState): void {
    this.told.block++;
    this.#to.block(place);
  }
  call(place: ClockState): void {
    this.told.call++;
    this.#to.call(place);
  }
}

/** No tracer: remembers nothing but how often, as its own tail does not move it has no chunks. */
class Counter implements RunObserver {
  readonly inlined: Inlined;
  readonly counts: Float64Array;
  readonly #control: Int32Array;
  accesses = 0;
  stores = 0;
  calls = 0;
  readonly isFull = false;

  constructor({ control }: GuestMemory, slots: number) {
    this.counts = new Float64Array(slots);
    this.inlined = { kind: 'counted', counts: this.counts };
    this.#control = control;
  }
  begin(): void {
    this.#control[CONTROL.traceLimit] = 1;
  }
  end(): void {}
  room(): number {
    return 2 ** 20;
  }
  touch(_offset: number, _fuel: number, store: number): void {
    this.accesses++;
    this.stores += store;
  }
  record(): void {
    this.accesses++;
  }
  append(): void {
    this.accesses++;
  }
  stamp(): void {}
  block(): void {}
  call(): void {
    this.calls++;
  }
}

interface Heard {
  readonly result: RunData;
  readonly told: Listener['told'];
  readonly chunks: readonly string[];
  readonly entries: number;
}

function listen(name: string, engine: Engine): Heard {
  const chunks: string[] = [];
  let entries = 0;
  const sink: TracingOptions['sink'] = ({ buffer, offset, bytes }) => ({
    acquire: () => offset,
    publish(at, count) {
      entries += count;
      const used = bytes - (bytes % ENTRY_BYTES);
      chunks.push(Buffer.from(buffer, at, Math.min(used, 304 + ENTRY_BYTES * count)).toString('base64'));
    },
  });
  const { needs, make } = tracing({ threshold: FULL, slots: 1, sink });
  let listener!: Listener;
  const executor = executionOf(
    loadGuest(guestBytes(name), name, 'sp1'),
    { engine, hot: 1, inputs: INPUTS },
    {
      needs,
      make: (memory, text) => {
        listener = new Listener(make(memory, text));
        return listener;
      },
    },
  );
  const result = resultOf(executor, executor.run(), 1);
  return { result, told: listener.told, chunks, entries };
}

describe.each(GUESTS)('the trace of %s', name => {
  const host = listen(name, 'interpreter');

  it('is told to the host access by access where JavaScript is interpreted', () => {
    const { touch, record, append } = host.told;
    expect(touch).toBeGreaterThan(50);
    expect(touch + record + append).toBe(host.entries);
    expect(host.told.begin).toBe(host.chunks.length);
  });

  it.each(['js', 'wasm'] as const)('is the same where %s does what the observer would do', engine => {
    const inlined = listen(name, engine);
    expect(inlined.chunks).toEqual(host.chunks);
    expect(inlined.told.touch).toBeLessThan(host.told.touch / 2);
    expect([inlined.told.record, inlined.told.append]).toEqual([host.told.record, host.told.append]);
    expect(inlined.told.call).toBe(host.told.call);
    const { exit, instructions, registers } = inlined.result;
    expect([exit, instructions, registers]).toEqual([
      host.result.exit,
      host.result.instructions,
      host.result.registers,
    ]);
  });

  it('is of as many accesses and calls as another observer counts', () => {
    let counter!: Counter;
    const executor = executionOf(
      loadGuest(guestBytes(name), name, 'sp1'),
      { engine: 'interpreter', inputs: INPUTS },
      {
        needs: {},
        make: (memory, text) => {
          counter = new Counter(memory, text.slots);
          return counter;
        },
      },
    );
    const { instructions } = resultOf(executor, executor.run(), 1);
    expect(counter.accesses).toBe(host.entries);
    expect(counter.stores).toBeGreaterThan(0);
    expect(counter.calls).toBe(host.told.call);
    expect(counter.counts.reduce((sum, n) => sum + n, 0)).toBe(instructions);
  });
});

it('an observer whose text only the interpreter has is refused by other engines', () => {
  const guest = loadGuest(guestBytes('fibonacci'), 'fibonacci', 'sp1');
  const observe = { needs: {}, make: (memory: GuestMemory) => new Counter(memory, 2 ** 16) };
  expect(() => executionOf(guest, { engine: 'wasm' }, observe)).toThrow('only the interpreter counts');
});
