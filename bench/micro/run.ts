// Times the kernels that a run spends its system calls in, one call each: `npm run bench:micro [-- NAME …]`.
// Absolute times, for comparing two builds on one machine in one sitting; whole runs are what bench/run.ts compares.

import { Bench } from 'tinybench';
import { TASKS } from './tasks.ts';

const MILLISECONDS = 200;
const NANOSECONDS = 1e6;

const wanted = process.argv.slice(2);
const bench = new Bench({ time: MILLISECONDS, warmupTime: MILLISECONDS / 4 });
for (const { name, run } of TASKS) {
  if (wanted.length === 0 || wanted.some(part => name.includes(part))) bench.add(name, run);
}
if (bench.tasks.length === 0) {
  console.error(
    `bench: no kernel is named like ${wanted.join(' or ')}; there are ${TASKS.map(t => t.name).join(', ')}`,
  );
  process.exitCode = 64;
}
await bench.run();
for (const { name, result } of bench.tasks) {
  if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`);
  const { p50, mad } = result.latency;
  const cells = [(p50 * NANOSECONDS).toFixed(0).padStart(10), (mad * NANOSECONDS).toFixed(0).padStart(8)];
  console.log(`${name.padEnd(32)}${cells[0]} ns  ±${cells[1]}`);
}
