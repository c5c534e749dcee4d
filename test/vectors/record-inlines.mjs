// Builds inlines/nested.c and nested.rs with DWARF 4 and 5; records what LLVM says of every instruction, and binutils of those from C
// (of DWARF 5 as LLVM writes it, 2.40 loses files and frames): node test/vectors/record-inlines.mjs
// Needs Debian 12's riscv64-unknown-elf-gcc 12.2.0 and binutils 2.40, llvm-symbolizer 14.0.6, rustc 1.95.0.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = join(import.meta.dirname, 'inlines');
const guests = join(import.meta.dirname, '../../examples/guests');
const C =
  '-march=rv64im -mabi=lp64 -mcmodel=medany -std=gnu11 -O2 -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-ident -fno-stack-protector -fno-asynchronous-unwind-tables -fomit-frame-pointer -g';
const RUST =
  '--edition 2021 --target riscv64imac-unknown-none-elf -C target-feature=-a -C opt-level=2 -C debuginfo=2 -C panic=abort --crate-type=lib --emit=obj --crate-name nested -A warnings';
const tool = (name, args, env = {}) =>
  execFileSync(name, args, { encoding: 'utf8', cwd: here, env: { ...process.env, ...env } });

const script = `-T${join(guests, 'lib/bare.ld')}`;
tool('riscv64-unknown-elf-gcc', ['-march=rv64im', '-mabi=lp64', '-c', join(guests, 'lib/start.S'), '-o', 'start.o']);
for (const version of [4, 5]) {
  const maps = [`-fdebug-prefix-map=${here}=/nested`, `-fdebug-prefix-map=${guests}=/guests`];
  const c = [...`${C} -gdwarf-${version}`.split(' '), ...maps, 'nested.c', join(guests, 'lib/start.S'), script];
  tool('riscv64-unknown-elf-gcc', [...c, '-o', `gcc${version}.elf`]);
  const rust = [...`${RUST} -Z dwarf-version=${version}`.split(' '), `--remap-path-prefix=${here}=/nested`];
  tool('rustc', [...rust, '-o', 'nested.o', 'nested.rs'], { RUSTC_BOOTSTRAP: '1' });
  tool('riscv64-unknown-elf-ld', ['-m', 'elf64lriscv', script, 'start.o', 'nested.o', '-o', `rust${version}.elf`]);
}
for (const name of ['start.o', 'nested.o']) rmSync(join(here, name));

/** Of each address, `function file:line` from the innermost frame out. */
const told = {};
for (const kind of ['gcc4', 'gcc5', 'rust4', 'rust5']) {
  const listing = tool('riscv64-unknown-elf-objdump', ['-d', `${kind}.elf`]);
  const addresses = [...listing.matchAll(/^ +([\da-f]+):\t/gm)].map(([, digits]) => `0x${digits}`);
  const symbolizers = {
    binutils: ['riscv64-unknown-elf-addr2line', ['-a', '-f', '-i', '-C', '-e', `${kind}.elf`]],
    llvm: ['llvm-symbolizer', ['--output-style=GNU', '-a', '-f', '-i', '-C', `--obj=${kind}.elf`]],
  };
  for (const [by, [name, options]] of Object.entries(symbolizers)) {
    if (by === 'binutils' && kind.startsWith('rust')) continue;
    const frames = [];
    let last;
    for (const part of tool(name, [...options, ...addresses]).split(/^0x0*(?=[\da-f])/m).slice(1)) {
      const [address, ...lines] = part.trim().split('\n');
      const pairs = Array.from({ length: lines.length / 2 }, (_, i) => {
        const place = lines[2 * i + 1].replace(/ \(discriminator \d+\)/, '').replace(/^.*\//, '');
        return `${lines[2 * i]} ${place}`;
      });
      const text = pairs.join(' < ');
      if (text !== last) frames.push([Number.parseInt(address, 16), text]);
      last = text;
    }
    told[`${kind} ${by}`] = frames;
  }
}
writeFileSync(join(here, 'expected.json'), `${JSON.stringify(told)}\n`);
