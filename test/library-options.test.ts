// What the library says to callers who ask for what it does not have, and what its results hold.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../runtime/hashes/sha256.ts';
import { EXECUTE_OPTIONS, TRACE_OPTIONS } from '../src/options.ts';
import { dumpFunction } from '../src/verbs/dump.ts';
import { execute } from '../src/verbs/execute.ts';
import { trace } from '../src/verbs/trace.ts';
import { VERSION } from '../src/version.ts';
import { buildElf, tinyElf, words } from './codegen/elf/elf-builder.ts';
import { guestBytes, inputBytes } from './machine/sp1/guest-runs.ts';

const elf = tinyElf(64, 3);
const usage = (message: string | RegExp) =>
  expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) });

describe('an option that is not allowed is named with its value and what is', () => {
  test.each<[unknown, unknown, RegExp]>([
    [elf, { engine: 'jit' }, /^execute: option engine: expected 'auto', 'js', 'wasm', 'interpreter', got 'jit'$/],
    [elf, { machine: 'riscv' }, /option machine: expected 'auto', 'bare', 'sp1', 'openvm', got 'riscv'$/],
    [elf, { inputs: new Uint8Array(8) }, /option inputs: expected an array of Uint8Array, got Uint8Array$/],
    [elf, { inputs: [[1, 2]] }, /option inputs: expected an array of Uint8Array, got \[\[1, 2\]\]$/],
    [elf, { input: [] }, /there is no option input; there are name, machine/],
    [elf, { signal: {} }, /there is no option signal/],
    [elf, { maxCycles: -1 }, /option maxCycles: expected a whole number from 0/],
    [elf, { maxCycles: 1n }, /option maxCycles: .* got 1n$/],
    [elf, { maxMemory: Number.NaN }, /option maxMemory: .* got NaN$/],
    [elf, { hot: 0 }, /option hot: expected a whole number from 1/],
    [elf, { sp1Version: '6.9' }, /option sp1Version: expected '6.4', '6.10', got '6.9'$/],
    [elf, { countMemory: 1 }, /option countMemory: expected true or false, got 1$/],
    [elf, { stdout: 'x' }, /option stdout: expected a function, got 'x'$/],
    [elf, { interrupt: new Int32Array(0) }, /option interrupt: expected an Int32Array of at least one word/],
    [elf, null, /expected options as an object, got null$/],
    [new ArrayBuffer(8), {}, /expected the program as a Uint8Array, got ArrayBuffer$/],
    [undefined, {}, /expected the program as a Uint8Array, got undefined$/],
  ])('%#', (program, options, message) => {
    expect(() => execute(program as Uint8Array, options as object)).toThrow(usage(message));
  });

  test('by every verb', () => {
    const sp1 = guestBytes('fibonacci');
    const onChunk = (): void => {};
    expect(() => trace(sp1, {} as never)).toThrow(usage(/^trace: option onChunk: expected a function, got nothing$/));
    expect(() => trace(sp1, { onChunk, layout: '7' as never })).toThrow(
      usage(/layout: expected '6\.0', '6\.4', got '7'/),
    );
    expect(() => dumpFunction(elf, '_start', { name: 1 } as never)).toThrow(usage(/^dumpFunction: option name/));
  });

  test('and every option of the types is known', () => {
    for (const [file, table] of [
      ['execute', EXECUTE_OPTIONS],
      ['trace', TRACE_OPTIONS],
    ] as const) {
      const text = readFileSync(new URL(`../src/verbs/${file}.ts`, import.meta.url), 'utf8');
      const body = /export interface (?:Execute|Trace)Options[^{]*\{([\s\S]*?)\n\}/.exec(text)![1]!;
      const names = [...body.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name!);
      expect(names.length).toBeGreaterThan(2);
      for (const name of names) expect(table).toHaveProperty(name);
      // Each has a comment.
      expect(body.match(/\*\/\n {2}readonly/g)?.length).toBe(names.length);
    }
  });
});

describe('a result', () => {
  test('is JSON as the command prints it', () => {
    const program = guestBytes('fibonacci');
    const inputs = [inputBytes('u64:9')];
    const result = execute(program, { inputs });
    const json = JSON.parse(JSON.stringify(result));
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(json).toMatchObject({
      schema: 1,
      version: VERSION,
      program: { sha256: hash(program) },
      inputs: [{ bytes: 8, sha256: hash(inputs[0]!) }],
      exit: { kind: 'halted', code: 0, pc: expect.stringMatching(/^0x/) },
      publicValues: Buffer.from(result.publicValues).toString('hex'),
      publicValuesSha256: hash(result.publicValues),
    });
    expect({ ...result }).not.toHaveProperty('toJSON');
    structuredClone(result);
    const traced = trace(program, { inputs, onChunk: () => {} });
    expect(JSON.parse(JSON.stringify(traced))).toMatchObject({ clk: json.clk, chunkCount: 1, entries: traced.entries });
  });

  test("has the guest's last words, whoever listened", () => {
    // li s0, 1000; li a0, 2; lui a1, 0x20; li a2, 5; li a7, 64; ecall; addi s0, s0, -1; bnez s0, .-24; ebreak
    const code = words(
      0x3e80_0413,
      0x0020_0513,
      0x0002_05b7,
      0x0050_0613,
      0x0400_0893,
      0x73,
      0xfff4_0413,
      0xfe04_14e3,
      0x10_0073,
    );
    const text = new TextEncoder().encode('aéé');
    const segments = [
      { address: 0x1_0000, bytes: code, flags: 5 },
      { address: 0x2_0000, bytes: text, flags: 6 },
    ];
    let heard = 0;
    const program = buildElf({ xlen: 64, entry: 0x1_0000, segments });
    const stderr = (bytes: Uint8Array): void => {
      heard += bytes.length;
    };
    const { stderrTail } = execute(program, { stderr });
    expect(heard).toBe(5000);
    expect(Buffer.from(stderrTail).length).toBeLessThanOrEqual(2048 + 3);
    expect(stderrTail.slice(0, 2)).not.toContain('\ufffd');
    expect(execute(program).stderrTail).toBe(stderrTail);
    expect(execute(elf).stderrTail).toBe('');
  });
});

test('the hash of results is SHA-256 for every length around a block', () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 7);
    expect(sha256Hex(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

test('the version is that of the manifest', () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version);
});

test.each(['wasm', 'js', 'interpreter'] as const)('a loop of precompiles stops when asked to, on engine %s', engine => {
  const interrupt = new Int32Array(new SharedArrayBuffer(16));
  // lui t0, 0x10; addi t0, t0, 0x109 (KECCAK_PERMUTE); lui a0, 0x79000; li a1, 0; ecall; j .-20
  const code = words(0x0001_02b7, 0x1092_8293, 0x7900_0537, 0x0000_0593, 0x73, 0xfedf_f06f);
  const segments = [{ address: 0x7800_0000, bytes: code, flags: 5 }];
  const program = buildElf({ xlen: 64, entry: 0x7800_0000, segments });
  const asker = new Worker(
    'const { workerData: w } = require("node:worker_threads"); Atomics.wait(w, 1, 0, 300); Atomics.store(w, 0, 1);',
    {
      eval: true,
      workerData: interrupt,
    },
  );
  const started = performance.now();
  const { exit, syscalls, instructions } = execute(program, { engine, interrupt });
  void asker.terminate();
  expect(exit.kind).toBe('interrupted');
  expect(performance.now() - started).toBeLessThan(6000);
  // Never in the middle of one, and none that is not counted.
  expect(instructions).toBeLessThanOrEqual(6 * syscalls.KECCAK_PERMUTE! + 5);
  expect(instructions).toBeGreaterThanOrEqual(6 * syscalls.KECCAK_PERMUTE! - 2);
});
