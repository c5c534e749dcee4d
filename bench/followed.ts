// npm run bench:profile [-- guest …]: how long a run takes whose calls are followed, in terms of a plain one, by engine; the least
// processor time of several rounds, interleaved in one process.

import { readFileSync } from 'node:fs';
import { execute } from '../src/verbs/execute.ts';
import { blockGuest, chooseKernels, pairOf, type TraceGuest, type TraceRun } from './trace-guests.ts';

const ROUNDS = 5;
const SECOND = 1e6;
const ENGINES = ['wasm', 'js'] as const;

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

/** Seconds of this process, the compiler's threads included. */
function processorTime(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / SECOND;
}

function measure({ path }: TraceGuest, { inputs }: TraceRun, engine: (typeof ENGINES)[number]): number {
  const program = readFileSync(path);
  const options = { inputs: inputs.map(bytesOf), engine };
  let [plain, followed] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    plain = Math.min(
      plain,
      processorTime(() => execute(program, options)),
    );
    followed = Math.min(
      followed,
      processorTime(() => execute(program, { ...options, profile: 'instructions' })),
    );
  }
  return followed / plain;
}

const wanted = process.argv.slice(2);
const block = blockGuest(false);
const runs: (readonly [TraceGuest, (engine: 'wasm' | 'js') => TraceRun])[] = [
  ...(wanted.length === 1 && wanted[0] === 'block'
    ? []
    : chooseKernels(wanted.filter(name => name !== 'block')).map(
        kernel => [kernel, (engine: 'wasm' | 'js') => pairOf(kernel, engine)[0]] as const,
      )),
  ...(wanted.length === 0 || wanted.includes('block') ? [[block.guest, () => block.run] as const] : []),
];
console.log(`profile / plain run  ${ENGINES.map(engine => engine.padStart(6)).join('')}`);
const logs = ENGINES.map(() => 0);
for (const [guest, runOf] of runs) {
  const ratios = ENGINES.map(engine => measure(guest, runOf(engine), engine));
  ratios.forEach((ratio, i) => {
    logs[i]! += Math.log(ratio);
  });
  console.log(guest.name.padEnd(21) + ratios.map(ratio => ratio.toFixed(2).padStart(6)).join(''));
}
console.log(
  `geometric mean       ${logs
    .map(sum =>
      Math.exp(sum / runs.length)
        .toFixed(2)
        .padStart(6),
    )
    .join('')}`,
);
