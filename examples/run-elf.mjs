// Runs a program and shows what it wrote, how it ended and what it cost.
//   node examples/run-elf.mjs [program.elf [arguments…]]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execute } from 'jit-exec';

const fibonacci = fileURLToPath(new URL('guests/bin/fibonacci.rv64.elf', import.meta.url));
const [path = fibonacci, ...args] = process.argv.slice(2);

const { exit, instructions, machine, syscalls } = execute(readFileSync(path), {
  name: path,
  args,
  stdout: bytes => process.stdout.write(bytes),
  stderr: bytes => process.stderr.write(bytes),
});

console.log(`${exit.kind} at pc 0x${exit.pc.toString(16)}, machine ${machine}`);
console.log(`${instructions} instructions, system calls ${JSON.stringify(syscalls)}`);
if (exit.kind === 'halted') process.exitCode = exit.code & 0xff;
