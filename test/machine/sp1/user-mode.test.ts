// Programs with untrusted code: page permissions, traps, code from memory.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadGuest } from '../../../src/machine/guest.ts';
import { TraceChecker } from '../../../src/machine/sp1/replay/check.ts';
import { type ExecuteOptions, execute, type RunResult } from '../../../src/verbs/execute.ts';
import { trace } from '../../../src/verbs/trace.ts';
import vectors from '../../vectors/sp1-user-mode.json' with { type: 'json' };
import {
  CALLS,
  CONTEXT,
  call,
  DATA,
  FAR,
  HEAP,
  HEAP_END,
  halt,
  i,
  li,
  mprotect,
  plant,
  poke,
  RECORDED,
  returningHandler,
  run,
  skippingHandler,
  TEXT,
  userElf,
} from './user-programs.ts';

type Run = (typeof vectors.runs)[number];

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

function matches(elf: Uint8Array, golden: Run): void {
  expect(sha256(elf)).toBe(golden.elfSha256);
  const chunks: [number, number, number, string][] = [];
  const raws: Uint8Array[] = [];
  const result = trace(elf, {
    chunkEntries: golden.chunkEntries,
    onChunk: ({ raw, clkEnd, globalClkEnd }) => {
      const memReads = new DataView(raw.buffer, raw.byteOffset).getUint32(280, true);
      raws.push(raw.slice());
      chunks.push([memReads, clkEnd, globalClkEnd, sha256(raw)]);
    },
  });
  expect(result.exit).toMatchObject({ kind: 'halted', code: golden.exitCode });
  expect([result.instructions, result.clk]).toEqual([golden.cycles, golden.clk]);
  if (golden.chunks !== null) expect(chunks).toEqual(golden.chunks);
  expect(chunks.length).toBe(golden.chunkCount);
  expect(sha256(chunks.map(([, , , hash]) => hash).join('\n'))).toBe(golden.allChunksSha256);
  const checker = new TraceChecker(loadGuest(elf, 'user.elf', 'sp1'), '6.4');
  for (const bytes of raws) checker.check(bytes, 'x.bin', false);
  expect(checker.end).toMatchObject({ exitCode: golden.exitCode, clk: golden.clk });
  expect(checker.instructions).toBe(golden.cycles);
  const untraced = execute(elf);
  expect(untraced.exit).toEqual(result.exit);
  expect([untraced.instructions, untraced.clk]).toEqual([golden.cycles, golden.clk]);
}

/** Entries of the whole trace: clk and value, as hexadecimal text. */
function entriesOf(elf: Uint8Array): string[] {
  const entries: string[] = [];
  trace(elf, {
    onChunk: ({ raw }) => {
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      for (let at = 304; at < raw.length; at += 16) {
        entries.push(`${view.getBigUint64(at, true)} ${view.getBigUint64(at + 8, true).toString(16)}`);
      }
    },
  });
  return entries;
}

/** By way of a2. */
const access = (mnemonic: string, imm = 0): ReturnType<typeof i> =>
  mnemonic.startsWith('s') ? i(mnemonic, { rs1: 12, rs2: 13, imm }) : i(mnemonic, { rs1: 12, rd: 13, imm });

const S1 = 9;
const runUser = (lines: Parameters<typeof userElf>[0], options: ExecuteOptions = {}): RunResult =>
  execute(userElf(lines), options);

describe('chunks equal those of upstream', () => {
  const ours = vectors.runs.filter(r => r.program !== undefined);
  test.each(ours.map(golden => [golden.program!, golden.chunkEntries, golden] as const))(
    'for %s, %i entries each',
    (name, _, golden) => matches(RECORDED[name]!(), golden),
  );

  const directory = process.env.JIT_EXEC_SP1_GUESTS;
  const guest = directory === undefined ? undefined : join(directory, 'trap.elf');
  const isThere = guest !== undefined && existsSync(guest);
  if (!isThere) console.warn('skipped: trap.elf, because JIT_EXEC_SP1_GUESTS names no directory that has it');
  for (const golden of vectors.runs.filter(r => r.elf === 'trap.elf')) {
    test.runIf(isThere)(`for trap.elf, ${golden.chunkEntries} entries each`, { timeout: 60_000 }, () =>
      matches(readFileSync(guest!), golden),
    );
  }
});

test.each(['loads and stores', 'code written above 4 GiB', 'precompiles'])(
  'a trace of %s with any bit of an entry wrong is found by replay',
  name => {
    const elf = RECORDED[name]!();
    const raws: Uint8Array[] = [];
    trace(elf, { onChunk: ({ raw }) => void raws.push(raw.slice()) });
    const [whole] = raws as [Uint8Array];
    const guest = loadGuest(elf, 'user.elf', 'sp1');
    fc.assert(
      fc.property(fc.nat(8 * (whole.length - 304) - 1), bit => {
        const wrong = whole.slice();
        wrong[304 + (bit >>> 3)]! ^= 1 << (bit & 7);
        expect(() => new TraceChecker(guest, '6.4').check(wrong, 'x.bin', false)).toThrow(
          expect.objectContaining({
            code: 'TRACE_INVALID',
            message: expect.stringMatching(/chunk 0, instruction \d+, .*in x\.bin/),
          }),
        );
      }),
      { numRuns: 8 },
    );
  },
);

describe('a page without the permission', () => {
  test.each([
    [0, 'ld', 5n],
    [0, 'lbu', 5n],
    [0, 'sd', 7n],
    [4, 'ld', 0n],
    [4, 'sw', 7n],
    [5, 'lh', 0n],
    [5, 'sb', 7n],
    [6, 'ld', 0n],
    [6, 'sd', 0n],
  ])('with permission %i: %s fails with %i', (permission, mnemonic, failure) => {
    const lines = [...skippingHandler(), ...mprotect(HEAP, permission), ...li(12, HEAP), access(mnemonic), ...halt(0)];
    expect(runUser(lines).registers[S1]).toBe(failure);
  });

  test.each([
    [0, 1n],
    [4, 1n],
    [6, 1n],
  ])('with permission %i: code in it fails with %i', (permission, failure) => {
    const { exit, registers } = runUser([
      ...returningHandler(),
      ...mprotect(HEAP, permission),
      ...run(HEAP),
      ...halt(0),
    ]);
    expect(exit).toMatchObject({ kind: 'halted', code: 0 });
    expect(registers[S1]).toBe(failure);
  });

  test('makes a precompile fail before it reads', () => {
    const keccak = call(CALLS.KECCAK_PERMUTE, HEAP, 0);
    const entries = entriesOf(userElf([...skippingHandler(), ...mprotect(HEAP, 4), ...keccak, ...halt(0)]));
    const { registers } = runUser([...skippingHandler(), ...mprotect(HEAP, 4), ...keccak, ...halt(0)]);
    expect(registers[S1]).toBe(7n);
    expect(registers[5]).toBe(0n);
    // Store of the handler 2, MPROTECT 1, the call's two checks and its trap 7, loads of the handler 2 × 2.
    expect(entries.length).toBe(14);
    expect(entries[3]!.split(' ')[1]).toBe('4');
  });

  test('ends the run where there is no trap context', () => {
    const elf = userElf([...mprotect(HEAP, 0), ...li(12, HEAP), i('ld', { rd: 10, rs1: 12, imm: 16 })], {
      context: false,
    });
    expect(execute(elf).exit).toEqual({
      kind: 'fault',
      cause: 'page-permission',
      pc: BigInt(TEXT + 4 * 9),
      address: BigInt(HEAP + 16),
      detail: 'its page may not be read, and the program has no __SUCCINCT_TRAP_CONTEXT',
    });
  });
});

describe('the trace', () => {
  test('has page, handler, failure and pc of a trap, stamped with its clk', () => {
    const trapping = [...mprotect(HEAP, 0), ...li(12, HEAP), i('ld', { rd: 10, rs1: 12 })];
    const clk = 1 + 8 * 9 + 256;
    expect(entriesOf(userElf(trapping))).toEqual([
      '0 6',
      // As MPROTECT, the seventh instruction, left it.
      `${1 + 8 * 6} 0`,
      '0 1',
      '0 0',
      `${clk} 5`,
      '0 1',
      `${clk} ${(TEXT + 4 * 9).toString(16)}`,
    ]);
  });

  test('has page and doubleword of each instruction from memory, and its loads behind them', () => {
    const body = [i('ld', { rd: 13, rs1: 12 }), i('jalr', { rs1: 1 })];
    const entries = entriesOf(userElf([...plant(HEAP, body), ...mprotect(HEAP, 5), ...run(HEAP), ...halt(0)]));
    // Two stores with their pages and MPROTECT come first.
    expect(entries.length).toBe(5 + 2 + 2 + 2);
    const values = entries.slice(5).map(entry => entry.split(' ')[1]!);
    const code = values[1]!;
    expect(values).toEqual(['5', code, '5', code, '5', code]);
    const stamps = entries.slice(5).map(entry => Number(entry.split(' ')[0]));
    const [changed, , fetched] = stamps;
    expect(stamps.slice(2)).toEqual([fetched, fetched, fetched! + 1, fetched! + 1]);
    expect(changed).toBeLessThan(fetched!);
  });
});

describe('MPROTECT refuses', () => {
  test.each<[string, number, number, string]>([
    ['an address inside a page', HEAP + 8, 4, 'address is not that of a page'],
    ['memory that cannot be', 2 ** 40, 4, 'memory ends at 2^40'],
    ['to make pages writable and executable', HEAP, 7, 'permission is 7, expected 0, 6, 5, 4'],
    ['permissions of more than 8 bits', HEAP, 256 + 4, 'permission is 260, expected 0, 6, 5, 4'],
    ['the text', TEXT, 6, 'page is outside the memory of untrusted programs'],
    ['the page where that memory ends', HEAP_END, 6, 'page is outside the memory of untrusted programs'],
  ])('%s', (_, page, permission, detail) => {
    const { exit } = runUser([...mprotect(page, permission), ...halt(0)]);
    expect(exit).toMatchObject({
      kind: 'fault',
      cause: 'syscall',
      address: BigInt(page),
      detail: `MPROTECT: ${detail}`,
    });
  });
});

describe('SIG_RETURN', () => {
  test('takes pc and every register from memory', () => {
    const registers = Array.from({ length: 31 }, (_, r) => poke(DATA + 8 * (r + 1), 7 * r)).flat();
    const there = plant(HEAP, [i('addi', { rd: 5 }), i('ecall')]);
    const back = [
      ...registers,
      ...poke(DATA, HEAP),
      ...there,
      ...mprotect(HEAP, 5),
      ...call(CALLS.SIG_RETURN, DATA, 0),
    ];
    const result = runUser(back);
    expect(result.exit).toEqual({ kind: 'halted', code: 63, pc: BigInt(HEAP + 4) });
    expect(result.registers).toEqual([0n, ...Array.from({ length: 31 }, (_, r) => (r === 4 ? 0n : BigInt(7 * r)))]);
  });

  test.each<[string, readonly [number, number], string]>([
    ['a misaligned pointer', [DATA + 4, 0], 'SIG_RETURN: pointer is not a multiple of 8'],
    ['memory past the end', [2 ** 40 - 248, 0], 'SIG_RETURN: memory ends at 2^40'],
    ['a second argument', [DATA, 1], 'SIG_RETURN: a1 is 1, expected 0'],
  ])('refuses %s', (_, args, detail) => {
    expect(runUser(call(CALLS.SIG_RETURN, ...args)).exit).toMatchObject({ kind: 'fault', cause: 'syscall', detail });
  });
});

describe('code in memory', () => {
  test('is decoded anew when it has changed', () => {
    const code = (n: number): ReturnType<typeof i>[] => [i('addi', { rd: S1, rs1: S1, imm: n }), i('jalr', { rs1: 1 })];
    const turn = (n: number): ReturnType<typeof li> => [
      ...mprotect(FAR, 6),
      ...plant(FAR, code(n)),
      ...mprotect(FAR, 5),
      ...run(FAR),
    ];
    expect(runUser([...turn(3), ...turn(40), ...halt(0)]).registers[S1]).toBe(43n);
  });

  test.each<[string, Parameters<typeof plant>[1], number, object]>([
    ['nothing', [], 0, { cause: 'illegal-instruction', pc: BigInt(HEAP) }],
    ['a fence', [i('fence')], 0, { cause: 'illegal-instruction', pc: BigInt(HEAP) }],
    ['a breakpoint', [i('ebreak')], 0, { cause: 'breakpoint', pc: BigInt(HEAP) }],
    ['a place between instructions', [i('ebreak')], 2, { cause: 'fetch-misaligned', pc: BigInt(HEAP + 2) }],
  ])('faults at %s', (_, items, offset, fault) => {
    const { exit } = runUser([
      ...skippingHandler(),
      ...plant(HEAP, items),
      ...mprotect(HEAP, 5),
      ...run(HEAP + offset),
    ]);
    expect(exit).toMatchObject({ kind: 'fault', ...fault });
  });

  test('cannot lie between the instructions of the text', () => {
    expect(runUser([...skippingHandler(), ...run(TEXT + 2)]).exit).toMatchObject({
      kind: 'fault',
      cause: 'fetch-misaligned',
      address: BigInt(TEXT + 2),
    });
  });
});

describe('a run', () => {
  const loop = [
    ...skippingHandler(),
    ...mprotect(HEAP, 0),
    ...li(12, HEAP),
    i('ld', { rd: 10, rs1: 12 }),
    i('jal', { imm: -4 }),
  ];

  test('is the interpreter’s, whatever engine was asked for', () => {
    for (const engine of ['auto', 'js', 'wasm', 'interpreter'] as const) {
      expect(runUser(halt(3), { engine })).toMatchObject({ engine: 'interpreter', exit: { kind: 'halted', code: 3 } });
    }
  });

  test('stops at exactly the instruction where its budget ends', () => {
    for (const maxCycles of [1, 7, 40, 41, 5000]) {
      const { exit, instructions } = runUser(loop, { maxCycles });
      expect(exit).toMatchObject({ kind: 'limit', limit: 'cycles' });
      expect(instructions).toBe(maxCycles);
    }
  });

  test('stops when it is interrupted', () => {
    expect(runUser(loop, { interrupt: Int32Array.of(2) }).exit).toMatchObject({ kind: 'limit', limit: 'timeout' });
  });

  test.each<[string, number, string, string]>([
    ['a misaligned load', HEAP + 1, 'ld', 'load-misaligned'],
    ['a load past memory', 2 ** 40, 'ld', 'load-address'],
    ['a misaligned store', HEAP + 2, 'sw', 'store-misaligned'],
    ['a store past memory', 2 ** 45, 'sd', 'store-address'],
  ])('ends at %s', (_, address, mnemonic, cause) => {
    const before = li(12, address);
    const pc = BigInt(TEXT + 4 * before.length);
    expect(runUser([...before, access(mnemonic)]).exit).toEqual({ kind: 'fault', cause, pc, address: BigInt(address) });
  });

  test('has its trap context in memory like any other', () => {
    const trapping = [...skippingHandler(), ...mprotect(HEAP, 0), ...li(12, HEAP), i('ld', { rd: 10, rs1: 12 })];
    const read = [...li(12, CONTEXT), i('ld', { rd: 11, rs1: 12, imm: 8 }), i('ld', { rd: 13, rs1: 12, imm: 16 })];
    const instructions = trapping.filter(line => !('label' in line)).length;
    const { registers } = runUser([...trapping, ...read, ...halt(0)]);
    expect(registers[11]).toBe(5n);
    expect(registers[13]).toBe(BigInt(TEXT + 4 * (instructions - 1)));
  });
});
