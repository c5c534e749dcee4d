// npm run bench:cost [-- guest …]: how long `cost` takes in terms of a plain run, on SP1's kernels and the guest with all kinds
// of work; the least processor time of several rounds, interleaved in one process.

import { readFileSync } from 'node:fs';
import { cost } from '../src/verbs/cost.ts';
import { execute } from '../src/verbs/execute.ts';
import { blockGuest, chooseKernels, pairOf, type TraceGuest, type TraceRun } from './trace-guests.ts';

const ROUNDS = 5;
const SECOND = 1e6;

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Seconds of this process, the compiler's threads included. */
function processorTime(run: () => { readonly exit: { readonly kind: string }; readonly instructions: number }): {
  readonly seconds: number;
  readonly instructions: number;
} {
  const before = process.cpuUsage();
  const { exit, instructions } = run();
  const { user, system } = process.cpuUsage(before);
  if (exit.kind !== 'halted') throw new Error(`bench: expected a halt, got ${exit.kind}`);
  return { seconds: (user + system) / SECOND, instructions };
}

function measure({ name, path }: TraceGuest, { inputs }: TraceRun): { readonly line: string; readonly ratio: number } {
  const program = readFileSync(path);
  const options = { inputs: inputs.map(bytesOf) };
  const least = { plain: Number.POSITIVE_INFINITY, cost: Number.POSITIVE_INFINITY };
  let instructions = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const plain = processorTime(() => execute(program, options));
    least.plain = Math.min(least.plain, plain.seconds);
    least.cost = Math.min(least.cost, processorTime(() => cost(program, options)).seconds);
    instructions = plain.instructions;
  }
  const ratio = least.cost / least.plain;
  const mips = (seconds: number): string => (instructions / seconds / SECOND).toFixed(0).padStart(6);
  const line = `${name.padEnd(14)}${String(instructions).padStart(12)}${mips(least.plain)}${mips(least.cost)}${ratio.toFixed(2).padStart(7)}`;
  return { line, ratio };
}

const wanted = process.argv.slice(2);
const block = blockGuest(false);
const runs: (readonly [TraceGuest, TraceRun])[] = [
  ...(wanted.length === 1 && wanted[0] === 'block'
    ? []
    : chooseKernels(wanted.filter(name => name !== 'block')).map(
        kernel => [kernel, pairOf(kernel, 'wasm')[0]] as const,
      )),
  ...(wanted.length === 0 || wanted.includes('block') ? [[block.guest, block.run] as const] : []),
];
console.log('guest         instructions  plain  cost  ratio   (MIPS of processor time)');
const ratios = runs.map(([guest, run]) => {
  const { line, ratio } = measure(guest, run);
  console.log(line);
  return ratio;
});
const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
console.log(`cost / plain run: geometric mean ${mean.toFixed(2)}, most ${Math.max(...ratios).toFixed(2)}`);
