// node bench/guests/build.mjs [--record] [name…]: rebuilds the benchmark kernels, and records what QEMU says of them.
import { fileURLToPath } from 'node:url';
import { main } from '../../examples/guests/toolchain.mjs';
import { bigfuncSource } from './bigfunc.mjs';

const both = ['rv32', 'rv64'];
const all = [...both, 'rv32c', 'rv64c'];

// The first argument scales the work: `short` is for tests, the default runs 0.3 to 1 G instructions, `long` some four
// times that, for the benchmark.
const kernel = (name, short, long, more = {}) => ({
  name,
  targets: both,
  runs: [{ args: [short] }, {}, { args: [long] }],
  ...more,
});

const guests = [
  kernel('sha256', '1', '360', { lib: ['sha256.c'] }),
  kernel('keccak', '10', '120000'),
  kernel('qsort', '1', '12'),
  kernel('mont', '10', '5200'),
  kernel('chase', '1', '200'),
  kernel('bcinterp', '1', '160', { targets: all }),
  kernel('calls', '1', '200'),
  kernel('modpow', '1000', '4800000'),
  kernel('mixed', '1', '6000'),
  kernel('huffman', '1', '120'),
  kernel('aes', '1', '1000'),
  kernel('regex', '1', '400'),
  kernel('lift', '1', '8000', { targets: all }),
  kernel('bigfunc', '10', '400000', { text: bigfuncSource() }),
  kernel('rec', '1', '400'),
];

main(fileURLToPath(new URL('.', import.meta.url)), guests);
