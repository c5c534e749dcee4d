import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JitExecError } from '../../runtime/errors.ts';
import { byteCount, count, seconds } from '../../src/command/arguments/option-values.ts';
import { readInputs } from '../../src/command/input.ts';
import { statusOf } from '../../src/command/status.ts';
import { parseSp1Stdin } from '../../src/machine/sp1/stdin.ts';
import { tinyElf } from '../codegen/elf/elf-builder.ts';
import { jitExec, scratch } from './command.ts';

const write = scratch();

const u64 = (value: number): number[] => [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];
const bincode = (buffers: readonly Uint8Array[], start = 0): Uint8Array =>
  Uint8Array.from([
    ...u64(buffers.length),
    ...buffers.flatMap(buffer => [...u64(buffer.length), ...buffer]),
    ...u64(start),
    ...u64(0),
  ]);

describe('inputs', () => {
  test('come in the order of the command line, whatever their kind', () => {
    const file = write('input', 'file');
    const stdin = write('stdin', bincode([Uint8Array.of(9), Uint8Array.of(8)]));
    const argv = [
      '--input-u64=1',
      '--input',
      file,
      'p.elf',
      '--inputHex',
      '0xff_00',
      '--sp1-stdin',
      stdin,
      '--input-u64',
      '0x2',
    ];
    const parsed = { 'input-u64': ['1', '0x2'], input: file, 'input-hex': '0xff_00', 'sp1-stdin': stdin };
    const got = readInputs([...argv, '--', '--input', 'guest'], parsed).map(bytes => [...bytes]);
    expect(got).toEqual([u64(1), [...Buffer.from('file')], [255, 0], [9], [8], u64(2)]);
  });

  test('that the environment gives come last', () => {
    const got = readInputs(['--input-hex', 'aa'], { 'input-hex': 'aa', 'input-u64': '3' });
    expect(got.map(bytes => [...bytes])).toEqual([[0xaa], u64(3)]);
  });
});

describe('an SP1Stdin', () => {
  test('gives its buffers from the read position on', () => {
    const property = fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }),
      fc.nat(5),
      (buffers, n) => {
        const start = Math.min(n, buffers.length);
        const got = parseSp1Stdin(bincode(buffers, start), 'in').map(bytes => [...bytes]);
        expect(got).toEqual(buffers.slice(start).map(bytes => [...bytes]));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test('cut anywhere is refused with a code', () => {
    const bytes = bincode([Uint8Array.of(1, 2, 3), Uint8Array.of()]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseSp1Stdin(bytes.subarray(0, length), 'in')).toThrow(/^sp1-stdin: .* in in$/);
    }
  });

  test('with a count that cannot be does not allocate by it', () => {
    expect(() => parseSp1Stdin(Uint8Array.from([...u64(2 ** 52), ...u64(0)]), 'in')).toThrow(JitExecError);
  });
});

describe('numbers', () => {
  test.each([
    ['0', 0, 0],
    ['1_000', 1000, 1000],
    ['0xff', 255, 255],
    ['2k', 2000, 2048],
    ['1.5M', 1_500_000, 1_572_864],
    ['3G', 3e9, 3 * 2 ** 30],
    ['1e6', 1e6, 1e6],
    ['2.5e3', 2500, 2500],
  ])('%s is %d as a count and %d as bytes', (text, decimal, binary) => {
    expect(count('n')(text)).toBe(decimal);
    expect(byteCount('n')(text)).toBe(binary);
  });

  test.each(['', '-1', '1.5', '1e', '1e-3', '0x', '9007199254740992', 'k', '1kk', '0x1k', ' 1'])(
    '%j is refused',
    text => {
      expect(() => count('n')(text)).toThrow('--n: expected a whole number below 2^53');
    },
  );

  test('of seconds may have a fraction', () => {
    expect(seconds('0.25')).toBe(0.25);
    for (const [text, value] of [
      ['10s', 10],
      ['500ms', 0.5],
      ['2m', 120],
      ['1h', 3600],
      ['1e3', 1000],
    ] as const) {
      expect(seconds(text)).toBe(value);
    }
    for (const text of ['0', '10x', 's', '-1', 'x', '1e9', '3000000']) expect(() => seconds(text)).toThrow('--timeout');
  });
});

test('every way to end has its status', () => {
  expect(statusOf({ kind: 'fault', cause: 'breakpoint', pc: 0n })).toBe(75);
  expect(statusOf({ kind: 'unsupported', feature: 'x', pc: 0n })).toBe(76);
  expect(statusOf({ kind: 'limit', limit: 'memory', pc: 0n })).toBe(124);
  expect(statusOf({ kind: 'interrupted', pc: 0n })).toBe(130);
  expect(statusOf({ kind: 'halted', code: 0x1_0000_0000, pc: 0n })).toBe(1);
});

test('flags from the environment are true for true and 1', () => {
  const program = write('tiny.elf', tinyElf(64, 3));
  for (const value of ['true', '1']) {
    const { status, stdout } = jitExec([program], { env: { JIT_EXEC_JSON: value } });
    expect(JSON.parse(stdout).exit).toMatchObject({ kind: 'halted', code: 3 });
    expect(status).toBe(3);
  }
});
