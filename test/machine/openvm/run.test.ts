// Guests of OpenVM run on every engine as OpenVM 1.4.0's pure mode runs them.

import { describe, expect, it } from 'vitest';
import type { Exit } from '../../../runtime/exit.ts';
import { type Engine, type ExecuteOptions, execute, type RunResult } from '../../../src/verbs/execute.ts';
import { ERROR_PROGRAMS, elfOf, type Outcome, TINY } from './programs.ts';

const ENGINES: readonly Engine[] = ['interpreter', 'js', 'wasm'];
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const ERROR_INPUT = bytes('010203');

const run = (elf: Uint8Array, options: ExecuteOptions): RunResult => execute(elf, { hot: 1, ...options });

describe.each(ENGINES)('on engine %s', engine => {
  it.each(Object.entries(TINY))('%s ends as in pure mode', (_name, { elf_base64, input, pure }) => {
    const elf = bytes(Buffer.from(elf_base64, 'base64').toString('hex'));
    const result = run(elf, { engine, inputs: input.map(({ hex }) => bytes(hex)) });
    expect(result.machine).toBe('openvm');
    expect(result.exit).toEqual({ kind: 'halted', code: pure.exit_code, pc: BigInt(pure.final_pc) });
    expect(result.instructions).toBe(pure.instret);
    expect(result.registers.map(Number)).toEqual(pure.registers);
    expect(Buffer.from(result.publicValues).toString('hex')).toBe(pure.user_public_values);
  });

  const programs = Object.entries(ERROR_PROGRAMS).filter(([, { transpile_error }]) => transpile_error === undefined);
  it.each(programs)('%s ends as in pure mode', (name, { words, pure, pure_limit_1 }) => {
    const elf = elfOf(words);
    const options = { engine, machine: 'openvm', inputs: name === 'hintinput-no-input' ? [] : [ERROR_INPUT] } as const;
    const result = run(elf, options);
    expectSame(result, pure!);
    if (pure_limit_1?.instret === undefined) return;
    const limited = run(elf, { ...options, maxCycles: 1 });
    expect({ instret: limited.instructions, pc: Number(limited.exit.pc) }).toEqual(pure_limit_1);
  });
});

/** Whether a result is what the vectors say, in their words. */
function expectSame({ exit, instructions }: RunResult, { error, panic, instret, pc }: Outcome): void {
  const at = Number(exit.pc);
  if (exit.kind === 'halted' && exit.code !== 0) expect(error).toBe(`FailedWithExitCode(${exit.code})`);
  else if (exit.kind === 'halted') expect({ instructions, at }).toEqual({ instructions: instret, at: pc });
  else if (exit.kind === 'unsupported') expect({ at, rest: pc! % 4 }).toEqual({ at: pc, rest: 2 });
  else if (exit.kind === 'fault' && exit.cause === 'MemoryOutOfBounds') expect(panic).toMatch(/out of bounds/);
  else expect(errorText(exit, at)).toBe(error?.replace(/invalid utf-8 .*(?= })/, 'what it prints is not UTF-8'));
}

/** The debug form of an error; of what is no text it says that alone. */
function errorText(exit: Exit, pc: number): string {
  if (exit.kind !== 'fault') return exit.kind;
  const { cause, detail } = exit;
  if (cause === 'Fail') return `Fail { pc: ${pc}, msg: "${detail}" }`;
  if (cause === 'HintOutOfBounds') return `HintOutOfBounds { pc: ${pc} }`;
  if (cause !== 'Phantom') return `${cause}(${pc})`;
  const [, discriminant, inner] = /^phantom (\d+): (.*)$/.exec(detail!)!;
  return `Phantom { pc: ${pc}, discriminant: PhantomDiscriminant(${discriminant}), inner: ${inner} }`;
}

describe('memory', () => {
  // lui x1, address; lw x2, offset(x1); sw x1, offset(x1); lw x3, offset(x1); terminate
  const accesses = (upper: number, offset: number): Uint8Array => {
    const imm = (offset & 0xfff) << 20;
    const store = (((offset >> 5) & 0x7f) << 25) | ((offset & 0x1f) << 7) | 0x0010_a023;
    return elfOf([(upper << 12) | 0xb7, imm | 0xa103, store, imm | 0xa183, 0x0b].map(word => word >>> 0));
  };

  it.each(ENGINES)('ends at 2^29 whatever the window is: engine %s', engine => {
    const at = (upper: number, offset: number): RunResult =>
      execute(accesses(upper, offset), { engine, machine: 'openvm', hot: 1 });
    for (const [upper, offset] of [
      [0, 0],
      [0, 1020],
      [0x1_0000, 0],
      [0x1_0001, -4],
      [0x1_0010, 0],
      [0x1_ffff, 2044],
      [0x2_0000, -4],
    ])
      expect(at(upper!, offset!)).toMatchObject({ exit: { kind: 'halted', code: 0 }, instructions: 5 });
    for (const [upper, offset] of [
      [0x2_0000, 0],
      [0x2_0000, 2044],
      [0x8_0000, -4],
      [0xf_ffff, 0],
    ])
      expect(at(upper!, offset!).exit).toMatchObject({ kind: 'fault', cause: 'MemoryOutOfBounds' });
  });

  it.each(ENGINES)('of a loop that compiled code runs: engine %s', engine => {
    // x1 = 0x1ffffff0; x2 = 8192 turns of: lw x3, 0(x1); lw x4, 12(x1); x2 -= 1; then lw x5, 16(x1)
    const elf = elfOf([
      0x2000_00b7, 0xff00_8093, 0x0000_2137, 0x0000_a183, 0x00c0_a203, 0xfff1_0113, 0xfe01_1ae3, 0x0100_a283, 0x0b,
    ]);
    const { exit, instructions } = execute(elf, { engine, machine: 'openvm', hot: 10 });
    expect(exit).toMatchObject({ kind: 'fault', cause: 'MemoryOutOfBounds', pc: 0x20_081cn, address: 0x2000_0000n });
    expect(instructions).toBe(3 + 4 * 8192);
  });
});

describe('inputs', () => {
  const terminate = 0x0b;
  const hintInput = 0x300b;

  it('of a value by key come before those in the queue', () => {
    // x1 = data; x2 = 2; hint_load_by_key x1, x2; hint_input; hint_storew x1; lw x3, 0(x1); hint_storew x1; lw x4, 0(x1)
    const text = [
      0x0020_10b7,
      0x0020_0113,
      0x0031_308b,
      hintInput,
      0x0000_908b,
      0x0000_a183,
      0x0000_908b,
      0x0000_a203,
      terminate,
    ];
    const value = new Uint8Array(Uint32Array.from([1, 3, 7, 8, 9]).buffer);
    const { exit, registers } = execute(elfOf(text), {
      machine: 'openvm',
      inputs: [bytes('0000')],
      keyValues: [{ key: bytes('fffe'), value }],
    });
    expect(exit).toMatchObject({ kind: 'halted', code: 0 });
    expect([registers[3], registers[4]]).toEqual([3n, 0x0009_0807n]);
  });

  it.each([
    ['truncated', []],
    ['bytes too many', [0, 0]],
    ['longer than the value', [0xffff_ffff]],
  ])('of a malformed value are an error: %s', (text, value) => {
    const keyValues = [{ key: bytes('01'), value: new Uint8Array(Uint32Array.from(value).buffer) }];
    expect(() => execute(elfOf([terminate]), { keyValues })).toThrow(text);
  });
});

describe('a file', () => {
  it.each([
    ['a word of no extension', [0xffff_ffff, 0x0b], 'ParseError: the word 0xffffffff at 0x200800'],
    ['an exit code of 256', [0x1000_000b, 0x0b], 'terminate with 256 at 0x200800'],
    ['an exit code below 0', [0xfff0_000b, 0x0b], 'terminate with -1 at 0x200800'],
  ])('with %s is refused', (_what, text, message) => {
    expect(() => execute(elfOf(text), { machine: 'openvm' })).toThrow(message);
  });
});
