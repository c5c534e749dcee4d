// npm run bench:trace [-- options]: what a trace costs. Kernels with and without one in steady state, where the time of
// a run with hashes and curves goes, and what it takes to hand the chunks to another thread.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Engine } from '../src/verbs/execute.ts';
import { ROOT } from './guests.ts';
import { ENGINES } from './measure.ts';
import { describeHost } from './results.ts';
import { blockGuest, chooseKernels, pairOf, type TraceGuest } from './trace-guests.ts';
import type { TraceResults } from './trace-results.ts';
import { measureBlock, measureRing, measureSteady, type Plan } from './trace-runs.ts';
import { traceSummary, traceTable } from './trace-table.ts';

const USAGE = `npm run bench:trace -- [--guests a,b] [--engines a,b] [--rounds N] [--quick] [--json FILE] [--save]

  --guests a,b   only these kernels: sha256, keccak, …
  --engines a,b  js, wasm, interpreter; the first two unless told
  --rounds N     rounds, each running everything once; 3 unless told
  --quick        the shortest runs: checks the harness, says nothing about speed
  --json FILE    writes everything measured
  --save         updates bench/results/trace.json and the tables of bench/README.md
`;

const README = join(ROOT, 'bench/README.md');

export interface TraceBenchOptions {
  readonly kernels: readonly TraceGuest[];
  readonly engines: readonly Engine[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly progress?: (text: string) => void;
}

export function runTraceBench(options: TraceBenchOptions): TraceResults {
  const plan: Plan = { progress: () => {}, ...options };
  const { kernels, engines, rounds, quick } = plan;
  const compiled = engines.filter(engine => engine !== 'interpreter');
  const { guest, run } = blockGuest(quick);
  // The one that writes most entries for each instruction, and the one with all kinds of work.
  const rings = [
    ...kernels
      .filter(({ name }) => name === 'qsort.sp1')
      .map(kernel => [kernel, pairOf(kernel, quick ? 'quick' : 'wasm')[1]] as const),
    [guest, run] as const,
  ];
  return {
    schema: 1,
    host: describeHost(),
    rounds,
    quick,
    steady: kernels.flatMap(kernel => engines.map(engine => measureSteady(kernel, engine, plan))),
    block: compiled.map(engine => measureBlock(engine, plan)),
    ring: rings.map(([ringGuest, ringRun]) => measureRing(ringGuest, ringRun, plan)),
  };
}

/** bench/README.md with the tables of the last saved run. */
export function withTraceSummary(readme: string, found: TraceResults): string {
  return readme.replace(/(<!-- bench:trace -->\n)[\s\S]*?(\n<!-- \/bench:trace -->)/, (_all, open, close) => {
    return `${open}${traceSummary(found)}${close}`;
  });
}

const json = (found: TraceResults): string => `${JSON.stringify(found, null, 2)}\n`;

function save(found: TraceResults): void {
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'trace.json'), json(found));
  writeFileSync(README, withTraceSummary(readFileSync(README, 'utf8'), found));
}

/** Throws RangeError on what is no engine. */
export function chooseEngines(text: string): readonly Engine[] {
  const wanted = text.split(',');
  const unknown = wanted.find(name => !(ENGINES as readonly string[]).includes(name));
  if (unknown !== undefined) throw new RangeError(`--engines: no engine ${unknown}; there are ${ENGINES.join(', ')}`);
  return wanted as Engine[];
}

const OPTIONS = {
  guests: { type: 'string', default: '' },
  engines: { type: 'string', default: 'js,wasm' },
  rounds: { type: 'string', default: '3' },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  save: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function main(args: readonly string[]): void {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds: expected 1 or more, got ${values.rounds}`);
  const isPart = values.guests !== '' || values.engines !== OPTIONS.engines.default;
  if (values.save && (values.quick || isPart)) throw new RangeError('--save takes a full run of everything');
  const { stderr } = process;
  const found = runTraceBench({
    kernels: chooseKernels(values.guests === '' ? [] : values.guests.split(',')),
    engines: chooseEngines(values.engines),
    rounds,
    quick: values.quick,
    progress: text => stderr.isTTY && stderr.write(`\r\x1b[K${text}`),
  });
  if (stderr.isTTY) stderr.write('\r\x1b[K');
  console.log(traceTable(found));
  if (values.json !== undefined) writeFileSync(values.json, json(found));
  if (values.save) save(found);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`bench: ${error.message}\n\n${USAGE}`);
    process.exitCode = 64;
  }
}
