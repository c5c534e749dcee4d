// Builds backtrace/deep.c in several ways; records whom gdb finds on the stack where the one without debug information
// faults under QEMU, and what addr2line says of each instruction: node test/vectors/record-backtrace.mjs
// Needs Debian 12's riscv64-unknown-elf-gcc 12.2.0 and binutils 2.40, qemu-riscv64 7.2 and gdb-multiarch 13.1.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = join(import.meta.dirname, 'backtrace');
const guests = join(import.meta.dirname, '../../examples/guests');
const COMMON =
  '-march=rv64im -mabi=lp64 -mcmodel=medany -std=gnu11 -O2 -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-ident -fno-stack-protector -fno-asynchronous-unwind-tables';
const KINDS = {
  /** Frames and lines. */
  dwarf4: '-g -gdwarf-4 -fomit-frame-pointer',
  dwarf5: '-g -gdwarf-5 -fomit-frame-pointer',
  /** The psABI's frame records, and lines. */
  'frame-pointer': '-g -gdwarf-4 -fno-omit-frame-pointer',
  /** Symbols alone. */
  plain: '-fomit-frame-pointer',
};
const [FIRST, LAST] = [0x11000, 0x111c0];
const PORT = 21_377;
const tool = (name, args, more = {}) => execFileSync(name, args, { encoding: 'utf8', ...more });

const lines = {};
for (const [kind, flags] of Object.entries(KINDS)) {
  const elf = join(here, `${kind}.elf`);
  const options = `${COMMON} ${flags} -fdebug-prefix-map=${here}=/deep -fdebug-prefix-map=${guests}=/guests`.split(' ');
  const sources = ['deep.c', join(guests, 'lib/start.S'), `-T${join(guests, 'lib/bare.ld')}`];
  tool('riscv64-unknown-elf-gcc', [...options, ...sources, '-o', elf], { cwd: here });
  if (kind === 'frame-pointer') tool('riscv64-unknown-elf-objcopy', ['-R', '.debug_frame', elf]);
  const addresses = Array.from({ length: (LAST - FIRST) / 4 }, (_, i) => `0x${(FIRST + 4 * i).toString(16)}`);
  const text = tool('riscv64-unknown-elf-addr2line', ['-e', elf, ...addresses]);
  lines[kind] = text.trimEnd().split('\n').map(line => line.replace(/ \(discriminator \d+\)/, '').replace(/^.*\//, ''));
}
const elf = join(here, 'plain.elf');
const qemu = spawn('qemu-riscv64', ['-g', String(PORT), elf], { stdio: 'ignore' });
await new Promise(resolve => setTimeout(resolve, 3000));
const script = ['set pagination off', `target remote :${PORT}`, 'continue', 'backtrace', 'kill'];
const text = tool('gdb-multiarch', ['-q', '-batch', '-nx', ...script.flatMap(line => ['-ex', line]), elf]);
qemu.kill();
const calls = [...text.matchAll(/^#\d+ +(?:0x[\da-f]+ in )?(\w+) \(/gm)].map(([, name]) => name);
writeFileSync(join(here, 'expected.json'), `${JSON.stringify({ calls, first: FIRST, lines })}\n`);
