// ns per row of the fillers of chips, on one core: 65,536 rows of random events, lookups counted, in calls of 4,096 rows.
//   npx tsc -p tsconfig.build.json && node dist/bench/micro/fill.js [chip …]

import { Bench } from 'tinybench';
import type { Chip } from '../../codegen/chips/chip.ts';
import { type Event, writeEvent } from '../../codegen/chips/event.ts';
import { fillPlans } from '../../codegen/chips/plan.ts';
import { planName } from '../../codegen/chips/print/print-text.ts';
import { EVENT_SLACK, printWasm } from '../../codegen/chips/print/print-wasm.ts';
import { SLOTS } from '../../codegen/chips/sp1/bytes.ts';
import { sp1Chip } from '../../codegen/chips/sp1/index.ts';
import { type FillFunction, type FillGroups, fillRows } from '../../runtime/columns/fill.ts';
import { INVERSES, writeInverses } from '../../runtime/columns/inverses.ts';
import { traceLayout } from '../../runtime/columns/layout.ts';

const ROWS = 65_536;
const PAGE = 65_536;
const NAMES = process.argv.length > 2 ? process.argv.slice(2) : ['Add', 'LoadDouble', 'Lt', 'Mul', 'DivRem', 'Global'];

/** xorshift, so that all runs fill the same rows. */
let seed = 0x9e3779b97f4a7c15n;
function bits(n: number): bigint {
  seed ^= BigInt.asUintN(64, seed << 13n);
  seed ^= seed >> 7n;
  seed = BigInt.asUintN(64, seed ^ (seed << 17n));
  return seed >> BigInt(64 - n);
}

/** Values of any size, registers last accessed a few thousand clocks ago, addresses that memory may have. */
function randomEvent(chip: Chip): Event {
  const clk = bits(40) * 8n + 1n;
  const low = clk % 2n ** 24n;
  const before = (): bigint => (low > 4096n ? low - 1n - bits(12) : 0n);
  const opcodes: Record<string, bigint> = { Lt: 9n + bits(1), Mul: 11n + bits(1), DivRem: 16n, LoadDouble: 35n };
  const special: Record<string, bigint> = {
    ...{ clk, a_ts: before(), b_ts: before(), c_ts: before(), mem_ts: before(), opcode: opcodes[chip.name] ?? 0n },
    ...{ pc: 0x10000n + bits(40) * 4n, op_a: 1n + (bits(8) % 31n), quotient: 1n, remainder: 0n, kind: 1n },
  };
  if (chip.name === 'LoadDouble') Object.assign(special, { b: 0x10000n + bits(44) * 8n, c: 0n });
  const values = [...chip.event.fields].map(([name, { bits: width, count, isList }]) => {
    const one = (): bigint =>
      special[name] ?? bits(name === 'message' ? 16 : name.startsWith('sum') || name === 'y' ? 30 : width);
    return [name, isList ? Array.from({ length: count }, one) : one()] as const;
  });
  return Object.fromEntries(values);
}

/** A call fills all rows. */
function prepare(chip: Chip): () => void {
  const layout = traceLayout(chip.columns.length - chip.fixed, ROWS);
  const [inverses, counts] = [0, 4 * INVERSES];
  const cells = counts + 4 * SLOTS;
  const events = cells + 4 * layout.length;
  const bytes = events + ROWS * chip.event.bytes + EVENT_SLACK;
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  writeInverses(chip.field, new Uint32Array(memory.buffer, inverses, INVERSES));
  const view = new DataView(memory.buffer);
  for (let row = 0; row < ROWS; row++) writeEvent(chip.event, randomEvent(chip), view, events + row * chip.event.bytes);
  const plans = fillPlans(chip);
  const module = new WebAssembly.Module(printWasm(plans, { min: pages, max: pages, shared: true }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const groups = plans.map(plan => exports[planName(plan)] as FillFunction);
  const filler: FillGroups = { groups, eventBytes: chip.event.bytes, padding: chip.padding };
  return () => fillRows(filler, { events, cells, counts, inverses }, layout, 0, ROWS);
}

const bench = new Bench({ iterations: 200, time: 0, warmupIterations: 100, warmupTime: 0 });
for (const name of NAMES) bench.add(name, prepare(sp1Chip(name)));
await bench.run();
for (const { name, result } of bench.tasks) {
  if (!('latency' in result)) throw new Error(`${name} failed`);
  const { columns, fixed } = sp1Chip(name);
  const width = columns.length - fixed;
  const [best, median] = [result.latency.min, result.latency.p50].map(ms => (ms * 1e6) / ROWS) as [number, number];
  console.log(`${name.padEnd(14)} ${width} columns: ${best.toFixed(1)} ns per row, median ${median.toFixed(1)}`);
}
