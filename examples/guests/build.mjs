// node examples/guests/build.mjs [--record] [name…]: rebuilds the example guests, and records what QEMU says of them.
import { fileURLToPath } from 'node:url';
import { main } from './toolchain.mjs';

const both = ['rv32', 'rv64'];
const all = ['rv32', 'rv64', 'rv32c', 'rv64c'];

const guests = [
  { name: 'fibonacci', targets: all, runs: [{}, { args: ['10'] }, { args: ['0'] }] },
  {
    name: 'sha256',
    targets: all,
    lib: ['sha256.c'],
    runs: [{}, { stdin: 'The quick brown fox jumps over the lazy dog' }, { stdin: 'a'.repeat(10_000) }],
  },
  { name: 'sort', targets: both, runs: [{}, { args: ['1'] }, { args: ['20000'] }] },
];

main(fileURLToPath(new URL('.', import.meta.url)), guests);
