// A guest under a debugger against the same guest run once: where it stops, what it holds there, and what it was before.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DebugTarget } from '../../src/debugger/target.ts';
import { type ExecuteOptions, execute, executionOf, guestOf } from '../../src/verbs/execute.ts';
import { debugTarget } from './debug-target.ts';

const read = (name: string): Uint8Array =>
  readFileSync(new URL(`../../examples/guests/bin/${name}.elf`, import.meta.url));
const u64 = (n: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(n).buffer);

/** What runs it, and what it wrote that was new. */
function debugged(
  name: string,
  options: ExecuteOptions = {},
): { readonly target: DebugTarget; readonly said: () => string } {
  const { target, tell } = debugTarget(read(name), options);
  let text = '';
  tell(bytes => {
    if (!target.isAgain) text += new TextDecoder().decode(bytes);
  });
  return { target, said: () => text };
}

const registersOf = ({ run }: DebugTarget): readonly bigint[] =>
  Array.from({ length: 32 }, (_, r) => run.memory.readRegister(r));

/** Whether the instruction before the pc is such an access. Loads and stores do not jump. */
const lastAccess = ({ run, pc }: DebugTarget, kind: string): boolean =>
  run.text.instructionAt((pc - 4 - run.text.base) >> 2)?.row.effect.kind === kind;

/** Parts of a run, in no order. */
const PLACES: readonly number[] = [0.6, 0.1, 0.9, 0.89, 0.02, 0.45, 0.98];

const GUESTS: readonly (readonly [string, ExecuteOptions])[] = [
  ['rec.rv64', { args: ['20'] }],
  ['stackvm.rv32c', {}],
  ['fibonacci.sp1', { inputs: [u64(20n)] }],
  ['unconstrained.sp1', {}],
];

describe('a debugged guest', () => {
  it.each([
    ['stackvm.rv32c', {}],
    ['unconstrained.sp1', {}],
    ['echo.sp1', { inputs: [u64(5n), new Uint8Array(9)] }],
    ['io.rv64', { args: ['3', 'a', 'b'] }],
    ['tiny-ops.openvm', { inputs: [new Uint8Array(8), new Uint8Array(4)] }],
  ] as const)('%s set back to a checkpoint is what it was there, whatever it did since', (name, options) => {
    const input = new TextEncoder().encode('what is read from standard input, a line\n'.repeat(8));
    const { target, tell } = debugTarget(read(name), options, { distance: 150, most: 9, mostBytes: 2 ** 30 }, input);
    let text = '';
    tell(bytes => {
      if (!target.isAgain) text += new TextDecoder().decode(bytes);
    });
    while (target.forward(1000).kind === 'done');
    const { instructions } = target;
    expect(target.checkpoints).toBeGreaterThan(instructions > 1000 ? 3 : 0);
    expect(target.checkpoints).toBeLessThanOrEqual(9);
    const said = text;
    for (const part of PLACES) {
      const n = 1 + Math.floor(part * (instructions - 1));
      target.seek(n);
      let at = 0;
      const stdin = (max: number): Uint8Array => {
        at += max;
        return input.subarray(at - max, at);
      };
      const alone = executionOf(guestOf(read(name), options), {
        ...options,
        stdin,
        maxCycles: n,
        engine: 'interpreter',
      });
      const { pc } = alone.run();
      const { run } = target;
      expect([n, BigInt(target.pc), registersOf(target)]).toEqual([
        n,
        pc,
        Array.from({ length: 32 }, (_, r) => alone.memory.readRegister(r)),
      ]);
      expect(run.machine.syscalls).toEqual(alone.machine.syscalls);
      expect(run.machine.publicBytes).toEqual(alone.machine.publicBytes);
      expect(run.machine.clkOffset).toBe(alone.machine.clkOffset);
      expect(run.machine.unreadInputs).toBe(alone.machine.unreadInputs);
      const sp = Number(alone.memory.readRegister(2));
      for (const from of [run.program.textBase & ~0xffff, sp & ~0xffff])
        expect(Buffer.from(run.memory.peekBytes(from, 65_536)).equals(alone.memory.peekBytes(from, 65_536))).toBe(true);
    }
    expect(text).toBe(said);
  });

  it('of any set stops at breakpoints', () => {
    const { target } = debugTarget(read('tiny-ops.openvm'), { inputs: [new Uint8Array(8), new Uint8Array(4)] });
    const third = target.pc + 8;
    expect(target.setBreakpoint(third, true)).toBe(true);
    expect(target.forward(1000)).toEqual({ kind: 'breakpoint' });
    expect([target.pc, target.instructions]).toEqual([third, 2]);
    expect(target.forward(1).kind).toBe('done');
    expect(target.back()).toEqual({ kind: 'breakpoint' });
  });

  it('goes back as far as to the last checkpoint, not to its start', () => {
    /** Instructions done anew by a step back, twenty more, and going back to a breakpoint of long ago. */
    const done = (distance: number): readonly number[] => {
      const { target } = debugTarget(read('rec.rv64'), { args: ['600'] }, { distance });
      while (target.forward(1e6).kind === 'done');
      const end = target.done;
      target.stepBack();
      const one = target.done;
      for (let i = 0; i < 20; i++) target.stepBack();
      const many = target.done;
      expect(target.instructions).toBe(end - 21);
      target.setBreakpoint(target.run.program.rangeOf('descend')!.start, true);
      expect(target.back().kind).toBe('breakpoint');
      return [one - end, many - one, target.done - many].map(n => n / end);
    };
    const [near, steps, found] = done(800);
    const [fromStart, stepsFromStart, foundFromStart] = done(Number.POSITIVE_INFINITY);
    expect(near).toBeLessThan(0.1);
    expect(steps).toBeLessThan(1.5);
    // It lies in the middle: the way there once, not the way to it besides.
    expect(found).toBeLessThan(0.7);
    expect(fromStart).toBeGreaterThan(0.9);
    expect(stepsFromStart).toBeGreaterThan(0);
    expect(foundFromStart).toBeGreaterThan(0.9);
  });

  it.each(GUESTS)('%s that goes to its end has done what it does alone', (name, options) => {
    let text = '';
    const alone = execute(read(name), {
      ...options,
      stdout: bytes => {
        text += new TextDecoder().decode(bytes);
      },
    });
    const { target, said } = debugged(name, options);
    let stop = target.forward(1000);
    while (stop.kind === 'done') stop = target.forward(1000);
    expect(stop).toMatchObject({ kind: 'ended', exit: { kind: alone.exit.kind } });
    expect(registersOf(target)).toEqual(alone.registers);
    expect(said()).toBe(text);
    expect(target.instructions - (target.run.machine.uncounted ?? 0)).toBe(alone.instructions);
  });

  it.each(GUESTS)(
    '%s has after n instructions, stepped, run or gone back to, what a limit of n leaves',
    (name, options) => {
      const { target } = debugged(name, options);
      for (let i = 0; i < 40; i++) target.forward(1);
      const at40 = execute(read(name), { ...options, maxCycles: 40, engine: 'interpreter' });
      expect([registersOf(target), BigInt(target.pc)]).toEqual([at40.registers, at40.exit.pc]);
      target.forward(500);
      const at540 = execute(read(name), { ...options, maxCycles: 540, engine: 'interpreter' });
      expect([registersOf(target), BigInt(target.pc)]).toEqual([at540.registers, at540.exit.pc]);
      target.seek(41);
      target.stepBack();
      expect([registersOf(target), BigInt(target.pc)]).toEqual([at40.registers, at40.exit.pc]);
    },
  );

  it('stops at a breakpoint each time that it comes there, forwards and backwards', () => {
    const { target } = debugged('rec.rv64', { args: ['5'] });
    const descend = target.run.program.rangeOf('descend')!.start;
    expect(target.setBreakpoint(descend, true)).toBe(true);
    const places: number[] = [];
    for (let stop = target.forward(1e6); stop.kind === 'breakpoint'; stop = target.forward(1e6)) {
      expect(target.pc).toBe(descend);
      places.push(target.instructions);
    }
    expect(places).toHaveLength(6);
    expect(target.exit?.kind).toBe('halted');
    for (const place of places.toReversed()) {
      expect(target.back()).toEqual({ kind: 'breakpoint' });
      expect(target.instructions).toBe(place);
    }
    expect(target.back()).toEqual({ kind: 'start' });
    expect(target.instructions).toBe(0);
  });

  it('stops behind an access that is watched, and only behind those of its kind', () => {
    const { target } = debugged('sort.rv64', { args: ['50'] });
    const main = target.run.program.rangeOf('main')!.start;
    target.setBreakpoint(main, true);
    target.forward(1e6);
    target.setBreakpoint(main, false);
    const sp = Number(target.run.memory.readRegister(2));
    const watch = { address: sp - 16, bytes: 8 } as const;
    target.setWatchpoint({ kind: 'write', ...watch }, true);
    expect(target.forward(1e6)).toEqual({ kind: 'watchpoint', watch: { kind: 'write', ...watch } });
    expect(lastAccess(target, 'store')).toBe(true);
    const written = target.instructions;
    target.setWatchpoint({ kind: 'write', ...watch }, false);
    target.setWatchpoint({ kind: 'read', ...watch }, true);
    const after = target.read(watch.address, watch.bytes)!;
    expect(target.forward(1e9).kind).toBe('watchpoint');
    expect(target.instructions).toBeGreaterThan(written);
    expect(lastAccess(target, 'load')).toBe(true);
    expect(target.read(watch.address, watch.bytes)).toEqual(after);
  });

  it('keeps what the debugger changed when it goes back to later than that', () => {
    const { target } = debugged('rec.rv64', { args: ['5'] });
    target.forward(30);
    target.setRegister(31, 0x1234n);
    target.forward(5);
    target.seek(33);
    expect(target.run.memory.readRegister(31)).toBe(0x1234n);
    target.seek(29);
    target.forward(3);
    expect(target.run.memory.readRegister(31)).not.toBe(0x1234n);
  });

  it('stands before the instruction that faults, and refuses to write text', () => {
    const { target } = debugged('faults.rv64', { args: ['wild-store'] });
    const stop = target.forward(1e6);
    const alone = execute(read('faults.rv64'), { args: ['wild-store'] });
    expect(stop).toMatchObject({ kind: 'ended', exit: { kind: 'fault', cause: 'store-address', pc: alone.exit.pc } });
    expect(BigInt(target.pc)).toBe(alone.exit.pc);
    expect(target.setMemory(target.pc, Uint8Array.of(0))).toBe(false);
    expect(target.forward(1).kind).toBe('ended');
    expect(target.stepBack()).toEqual({ kind: 'done' });
    expect(target.forward(1)).toEqual({ kind: 'done' });
    expect(target.forward(1).kind).toBe('ended');
  });
});
