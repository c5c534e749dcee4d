// node examples/guests/build.mjs [--record] [name…]: rebuilds the example guests, and records what QEMU says of them.
import { fileURLToPath } from 'node:url';
import { main } from './toolchain.mjs';

/** Eight bytes, little-endian. */
const u64 = value => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
};

// What the SP1 guests must commit, restated here because QEMU does not know SP1's system calls.

function fibonacciValues(n) {
  let [a, b] = [0n, 1n];
  for (let i = 0n; i < n; i++) [a, b] = [b, BigInt.asUintN(64, a + b)];
  return Buffer.concat([u64(n), u64(a), u64(b)]);
}

function xorshiftBytes(n) {
  let x = 2463534242;
  return Buffer.from(
    Array.from({ length: n }, () => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x & 255;
    }),
  );
}

const echo = (...texts) => {
  const buffers = texts.map(text => Buffer.from(text));
  return { inputs: buffers, stdout: Buffer.concat(buffers), publicValues: Buffer.concat(buffers), exit: 0 };
};

const nothing = Buffer.alloc(0);

const both = ['rv32', 'rv64'];
const all = ['rv32', 'rv64', 'rv32c', 'rv64c'];

const faults = [
  'wild-load',
  'wild-store',
  'wild-jump',
  'null-load',
  'null-store',
  'null-call',
  'misaligned',
  'illegal',
  'zero-word',
  'ebreak',
  'store-to-text',
  'store-to-rodata',
  'run-data',
  'endless',
  'stack-overflow',
  'bad-pointer',
  'divide-by-zero',
];

const guests = [
  { name: 'fibonacci', targets: all, runs: [{}, { args: ['10'] }, { args: ['0'] }] },
  {
    name: 'sha256',
    targets: all,
    lib: ['sha256.c'],
    runs: [{}, { stdin: 'The quick brown fox jumps over the lazy dog' }, { stdin: 'a'.repeat(10_000) }],
  },
  { name: 'sort', targets: both, runs: [{}, { args: ['1'] }, { args: ['20000'] }] },
  { name: 'fft', targets: both },
  { name: 'stackvm', targets: all, runs: [{}, { args: ['5000'] }] },
  {
    name: 'io',
    targets: all,
    runs: [{}, { args: ['42', 'two words'], stdin: 'first\nsecond\nno newline' }, { args: ['255'], stdin: '\n\n' }],
  },
  { name: 'syscalls', targets: both },
  { name: 'rec', targets: both, runs: [{}, { args: ['10'] }] },
  { name: 'unaligned', targets: both },
  {
    name: 'faults',
    targets: both,
    runs: [{}, ...faults.map(name => ({ args: [name], ...(name === 'endless' ? { endless: true } : {}) }))],
  },
  {
    name: 'fibonacci',
    targets: ['sp1'],
    runs: [
      { inputs: [], publicValues: nothing, exit: 1 },
      ...[0n, 20n, 1000n, 100_000n].map(n => ({ inputs: [u64(n)], publicValues: fibonacciValues(n), exit: 0 })),
    ],
  },
  {
    name: 'public-values',
    targets: ['sp1'],
    runs: [0, 1, 64, 1000].map(n => ({
      inputs: [u64(BigInt(n))],
      publicValues: xorshiftBytes(n),
      exit: n & 255,
    })),
  },
  {
    name: 'echo',
    targets: ['sp1'],
    runs: [echo(), echo('one line\n'), echo('12345678', '', 'after an empty buffer\n', 'x'.repeat(1000))],
  },
  {
    name: 'unconstrained',
    targets: ['sp1'],
    runs: [0n, 99n, 1n << 52n].map(n => ({
      inputs: [u64(n)],
      publicValues: Buffer.concat([u64(BigInt(Math.floor(Math.sqrt(Number(n))))), u64(7n)]),
      exit: 0,
    })),
  },
  // What these do is compared with the traces that SP1's executor makes of them: test/vectors/sp1-guest-chunks.json.
  { name: 'precompiles', targets: ['sp1'], runs: [] },
  { name: 'accesses', targets: ['sp1'], runs: [] },
  { name: 'hints', targets: ['sp1'], runs: [] },
];

main(fileURLToPath(new URL('.', import.meta.url)), guests);
