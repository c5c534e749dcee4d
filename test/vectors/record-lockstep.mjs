// Records the registers that QEMU user mode shows before each instruction: node test/vectors/record-lockstep.mjs
// Needs qemu-riscv32, qemu-riscv64 and riscv64-unknown-elf-gcc in PATH. Writes lockstep/<set>.elf and
// lockstep/<set>.txt: after a header, one line per EVERY instructions with a running FNV-1a hash (64 bits) of pc and
// x1 … x31 before each instruction so far, a word at a time; the last line is the count and the hash
// before the final ecall.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EVERY = 64;
const SETS = { rv32im: 'ilp32', rv32imc: 'ilp32', rv64im: 'lp64', rv64imc: 'lp64' };
const here = join(import.meta.dirname, 'lockstep');

// The registers start alike on every host once sp is set: QEMU starts the others at 0.
const START = `.globl _start
.section .text.start,"ax"
_start: la sp,stack_top
la gp,__global_pointer$
call main
li a7,93
ecall
.bss
.balign 16
.zero 8192
stack_top:
`;
/** Instructions of `la sp`, before which sp is the host's. */
const FIRST = 2;

for (const [set, abi] of Object.entries(SETS)) {
  const xlen = set.slice(2, 4);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  const elf = join(here, `${set}.elf`);
  try {
    const [start, log] = [join(folder, 'start.s'), join(folder, 'log')];
    writeFileSync(start, START);
    const flags = [`-march=${set}`, `-mabi=${abi}`, '-O1', '-fno-inline', '-ffreestanding', '-nostdlib', '-static'];
    const link = ['-Wl,-Ttext-segment=0x10000,--build-id=none,-s', '-mno-relax', '-fno-builtin'];
    execFileSync('riscv64-unknown-elf-gcc', [...flags, ...link, '-o', elf, start, join(here, 'lockstep.c'), '-lgcc']);
    try {
      execFileSync(`qemu-riscv${xlen}`, ['-singlestep', '-d', 'cpu,nochain', '-D', log, elf]);
    } catch (error) {
      if (typeof error.status !== 'number') throw error;
    }
    const states = readFileSync(log, 'utf8').split(/^ pc +/m).slice(1);
    let hash = 0xcbf29ce484222325n;
    const lines = [];
    states.forEach((state, i) => {
      if (i < FIRST) return;
      const words = [state.match(/^[0-9a-f]+/)[0], ...[...state.matchAll(/x\d+\/\w+ +([0-9a-f]+)/g)].slice(1).map(m => m[1])];
      if (words.length !== 32) throw new Error(`${set}: ${words.length} words in state ${i}`);
      for (const word of words) hash = BigInt.asUintN(64, (hash ^ BigInt(`0x${word}`)) * 0x100000001b3n);
      if (i % EVERY === 0 || i === states.length - 1) lines.push(`${i} ${hash.toString(16)}`);
    });
    const version = execFileSync(`qemu-riscv${xlen}`, ['--version'], { encoding: 'utf8' }).split('\n')[0];
    writeFileSync(join(here, `${set}.txt`), `# ${version}; from instruction ${FIRST}\n${lines.join('\n')}\n`);
    console.log(set, states.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
