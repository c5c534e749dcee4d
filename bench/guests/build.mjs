// node bench/guests/build.mjs [--record] [name…]: rebuilds the benchmark kernels, and records what QEMU says of them.
import { fileURLToPath } from 'node:url';
import { main } from '../../examples/guests/toolchain.mjs';
import { bigfuncSource } from './bigfunc.mjs';

const both = ['rv32', 'rv64'];
const all = [...both, 'rv32c', 'rv64c'];

// The first argument scales the work: `short` is for tests, the default runs 0.3 to 1 G instructions.
const kernel = (name, short, more = {}) => ({ name, targets: both, runs: [{ args: [short] }, {}], ...more });

const guests = [
  kernel('sha256', '1', { lib: ['sha256.c'] }),
  kernel('keccak', '10'),
  kernel('qsort', '1'),
  kernel('mont', '10'),
  kernel('chase', '1'),
  kernel('bcinterp', '1', { targets: all }),
  kernel('calls', '1'),
  kernel('modpow', '1000'),
  kernel('mixed', '1'),
  kernel('huffman', '1'),
  kernel('aes', '1'),
  kernel('regex', '1'),
  kernel('lift', '1', { targets: all }),
  kernel('bigfunc', '10', { text: bigfuncSource() }),
  kernel('rec', '1'),
];

main(fileURLToPath(new URL('.', import.meta.url)), guests);
