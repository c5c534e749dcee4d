// Builds freestanding RISC-V guests with riscv64-unknown-elf-gcc and records what QEMU says they do.
// The committed ELFs come from Debian's gcc 12.2.0 and binutils 2.40: with these the bytes are reproducible.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const lib = fileURLToPath(new URL('lib', import.meta.url));
const tool = name => `riscv64-unknown-elf-${name}`;

/** Compiler flags and linker script per target suffix of an ELF's name. */
const targets = {
  rv32: { flags: ['-march=rv32im', '-mabi=ilp32'], script: 'bare.ld' },
  rv64: { flags: ['-march=rv64im', '-mabi=lp64', '-mcmodel=medany'], script: 'bare.ld' },
  rv32c: { flags: ['-march=rv32imc', '-mabi=ilp32'], script: 'bare.ld' },
  rv64c: { flags: ['-march=rv64imc', '-mabi=lp64', '-mcmodel=medany'], script: 'bare.ld' },
  sp1: { flags: ['-march=rv64im', '-mabi=lp64', '-mcmodel=medany'], script: 'sp1.ld' },
  openvm: { flags: ['-march=rv32im', '-mabi=ilp32'], script: 'openvm.ld' },
};

const common = [
  '-std=gnu11 -O2 -ffreestanding -nostdlib -static -fno-pie -no-pie -ffunction-sections -fdata-sections',
  '-fno-stack-protector -fno-asynchronous-unwind-tables -fno-ident -fno-common -fomit-frame-pointer',
  '-Wall -Wextra -Werror',
]
  .join(' ')
  .split(' ');

const libSources = {
  bare: ['start.S', 'lib.c', 'bytes.c'],
  sp1: ['sp1-start.S', 'sp1.c', 'bytes.c', 'sha256.c'],
  openvm: ['openvm-start.S', 'lib.c', 'bytes.c', 'sha256.c'],
};

export const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

/** Objects of one source for one target; memoised, because every guest links the same library. */
function makeCompiler(folder) {
  const done = new Map();
  return (source, target, cwd) => {
    const key = [source, target, cwd].join('\0');
    let object = done.get(key);
    if (object === undefined) {
      object = join(folder, `${done.size}.o`);
      const own = source === 'bytes.c' ? ['-fno-tree-loop-distribute-patterns'] : [];
      const args = [...common, ...targets[target].flags, ...own, '-I', lib, '-c', source, '-o', object];
      execFileSync(tool('gcc'), args, { cwd, stdio: 'inherit' });
      done.set(key, object);
    }
    return object;
  };
}

/**
 * Builds guests into `folder`/bin.
 * @param folder holds src/ and bin/
 * @param guests list of {name, targets, text?, lib?}: `text` is generated source, `lib` names more sources of the shared library
 */
export function build(folder, guests) {
  const objects = mkdtempSync(join(tmpdir(), 'guests-'));
  const compile = makeCompiler(objects);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  try {
    for (const guest of guests) {
      for (const target of guest.targets) buildOne(folder, objects, guest, target, compile);
    }
  } finally {
    rmSync(objects, { recursive: true });
  }
}

function buildOne(folder, objects, guest, target, compile) {
  const machine = target in libSources ? target : 'bare';
  const source = `${machine === 'bare' ? '' : `${machine}/`}${guest.name}.c`;
  if (guest.text !== undefined) writeFileSync(join(objects, source), guest.text);
  const sourceFolder = guest.text === undefined ? join(folder, 'src') : objects;
  const inputs = [
    ...libSources[machine].map(file => compile(file, target, lib)),
    ...(guest.lib ?? []).map(file => compile(file, target, lib)),
    compile(source, target, sourceFolder),
  ];
  const output = join(folder, 'bin', `${guest.name}.${target}.elf`);
  const script = join(lib, targets[target].script);
  const ldFlags = ['-Wl,--gc-sections,--build-id=none,-z,max-page-size=4096', `-Wl,-T,${script}`];
  execFileSync(tool('gcc'), [...common, ...targets[target].flags, ...ldFlags, ...inputs, '-o', output], {
    stdio: 'inherit',
  });
  execFileSync(tool('strip'), ['--strip-debug', '--wildcard', '--strip-symbol=$x*', output]);
}

/** Builds the instruction counter; gives a function that runs one case under QEMU user mode. */
function makeQemu(scratch) {
  const plugin = join(scratch, 'count.so');
  const source = fileURLToPath(new URL('count.c', import.meta.url));
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', plugin, source]);
  const countFile = join(scratch, 'count');
  return (elf, target, { args = [], stdin = '', endless }) => {
    const qemu = target.startsWith('rv32') ? 'qemu-riscv32' : 'qemu-riscv64';
    rmSync(countFile, { force: true });
    // 64 MiB of stack, as the machine `bare` gives.
    const options = ['-s', String(64 << 20), '-plugin', `${plugin},out=${countFile}`];
    const result = spawnSync(qemu, [...options, elf, ...args], {
      cwd: scratch,
      input: stdin,
      timeout: endless ? 1000 : 600_000,
      maxBuffer: 64 << 20,
    });
    const text = result.stdout.length <= 400 ? { stdout: result.stdout.toString('latin1') } : {};
    const output = { ...text, stdoutBytes: result.stdout.length, stdoutSha256: sha256(result.stdout) };
    return { args, stdin, ...output, ...ending(result, endless, countFile) };
  };
}

/** How a run ended: exit code and exact instruction count, the signal that killed it, or not at all. */
function ending(result, endless, countFile) {
  if (endless) {
    if (result.error?.code !== 'ETIMEDOUT') throw new Error('endless run: expected a time-out');
    return { endless: true };
  }
  if (result.error) throw result.error;
  if (result.signal) return { signal: result.signal };
  return { exit: result.status, instructions: Number(readFileSync(countFile, 'utf8')) };
}

/** A run under a machine of its own by definition of the guest: input buffers and public values in hex. */
function definedResult({ inputs, publicValues, stdout = Buffer.alloc(0), exit }) {
  return {
    inputs: inputs.map(bytes => bytes.toString('hex')),
    stdout: stdout.toString('latin1'),
    ...(publicValues && { publicValues: publicValues.toString('hex'), publicValuesSha256: sha256(publicValues) }),
    exit,
  };
}

/** Writes `folder`/expected.json: per ELF its SHA-256 and what each run printed and how it ended. */
export function record(folder, guests) {
  const scratch = mkdtempSync(join(tmpdir(), 'guests-'));
  const qemu = makeQemu(scratch);
  const expected = {};
  for (const guest of guests) {
    for (const target of guest.targets) {
      const name = `${guest.name}.${target}`;
      const elf = join(folder, 'bin', `${name}.elf`);
      const result = target in libSources ? definedResult : run => qemu(elf, target, run);
      const runs = (guest.runs ?? [{}]).map(run => result(run));
      expected[name] = { elfSha256: sha256(readFileSync(elf)), elfBytes: statSync(elf).size, runs };
    }
  }
  rmSync(scratch, { recursive: true });
  const file = join(folder, 'expected.json');
  writeFileSync(file, `${JSON.stringify(expected, null, 2)}\n`);
  execFileSync('npx', ['biome', 'format', '--write', file], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The two uses of a build script: rebuild, and with --record also run everything under QEMU. */
export function main(folder, guests) {
  const only = process.argv.slice(2).filter(arg => !arg.startsWith('--'));
  const chosen = only.length === 0 ? guests : guests.filter(guest => only.includes(guest.name));
  build(folder, chosen);
  if (process.argv.includes('--record')) record(folder, guests);
}
