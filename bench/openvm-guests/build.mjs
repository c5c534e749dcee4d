// node bench/openvm-guests/build.mjs [--record] [name…]: rebuilds the guests of bench:openvm, and records what QEMU's user mode says
// that the RV32 build of the same source prints.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { main } from '../../examples/guests/toolchain.mjs';

const underQemu = (name, arg) => {
  const elf = fileURLToPath(new URL(`../guests/bin/${name}.rv32.elf`, import.meta.url));
  const { status, stdout, error } = spawnSync('qemu-riscv32', [elf, arg]);
  if (error) throw error;
  return { inputs: [Buffer.from(arg)], stdout, exit: status };
};

/** Runs of so many passes: for tests of the harness, and of 100 M instructions or more. */
const kernel = (name, ...passes) => ({
  name,
  targets: ['openvm'],
  get runs() {
    return passes.map(n => underQemu(name, String(n)));
  },
});

const guests = [
  kernel('sha256', 1, 30),
  kernel('keccak', 10, 20000),
  kernel('qsort', 1, 2),
  kernel('mont', 10, 700),
  kernel('bcinterp', 1, 16),
  kernel('calls', 1, 40),
  kernel('huffman', 1, 20),
  kernel('regex', 1, 30),
];

main(fileURLToPath(new URL('.', import.meta.url)), guests);
