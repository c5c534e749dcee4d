// A guest of the sp1 machine reads input buffers and commits public values; both are plain bytes.
//   node examples/inputs-and-public-values.mjs [n]
import { readFileSync } from 'node:fs';
import { execute } from 'jit-exec';

const program = readFileSync(new URL('guests/bin/fibonacci.sp1.elf', import.meta.url));
const n = BigInt(process.argv[2] ?? 20);

const input = new Uint8Array(8);
new DataView(input.buffer).setBigUint64(0, n, true);
const { exit, clk, instructions, publicValues, syscalls } = execute(program, { inputs: [input] });
if (exit.kind !== 'halted' || exit.code !== 0) throw new Error(`the guest did not finish: ${exit.kind}`);

// It commits n, F(n) and F(n + 1), each as 8 bytes, little-endian.
const values = new DataView(publicValues.buffer, publicValues.byteOffset);
const [committed, fib, next] = [0, 8, 16].map(offset => values.getBigUint64(offset, true));
console.log(`F(${committed}) = ${fib}, F(${committed + 1n}) = ${next}`);
console.log(`${instructions} instructions, clk ${clk}, system calls ${JSON.stringify(syscalls)}`);

// Without its input the same program reports an error by its exit code.
console.log(`without input: ${execute(program).exit.code}`);
