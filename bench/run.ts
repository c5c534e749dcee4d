// npm run bench [-- options]: the guests of bench/guests on every engine and on QEMU, as ratios in one run.
// Rounds are interleaved (A B C D, A B C D) with a fresh process each time, so that a slow moment meets everybody.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Baseline, baselineOf, findLosses } from './baseline.ts';
import { chart } from './chart.ts';
import { chooseGuests, type Guest, ROOT } from './guests.ts';
import { availableRunners, measure, type Runner, type Sample } from './measure.ts';
import { describeHost, type Result, type Results, summarise } from './results.ts';
import { markdownSummary, textTable } from './table.ts';

const USAGE = `npm run bench -- [--guests a,b] [--rounds N] [--quick] [--json FILE] [--check] [--save]

  --guests a,b  only these: a name (sha256) or one build of it (sha256.rv64)
  --rounds N    rounds, each running every runner once; 3 unless told
  --quick       the short run of each guest: checks the harness, says nothing about speed
  --json FILE   writes everything measured
  --check       compares with bench/baseline.json; status 1 if a winner or over 25 % of a ratio is lost
  --save        updates bench/baseline.json, bench/results and the tables of bench/README.md
`;

const BASELINE = join(ROOT, 'bench/baseline.json');
const README = join(ROOT, 'bench/README.md');

export interface BenchOptions {
  readonly guests: readonly Guest[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly progress?: (text: string) => void;
}

export function runBench({ guests, rounds, quick, progress = () => {} }: BenchOptions): Results {
  const xlens = [32, 64].flatMap(xlen => guests.find(guest => guest.xlen === xlen) ?? []);
  const runners = availableRunners(xlens.flatMap(guest => chooseGuests([guest.name], true)));
  const results: Result[] = [];
  for (const guest of guests) {
    const samples = new Map<Runner, Sample[]>(runners.map(runner => [runner, []]));
    for (let round = 0; round < rounds; round++) {
      for (const runner of runners) {
        progress(`${guest.name} ${runner}, round ${round + 1} of ${rounds}`);
        samples.get(runner)!.push(measure(guest, runner));
      }
    }
    results.push(summarise(guest, samples));
  }
  return { schema: 1, host: describeHost(), rounds, quick, results };
}

/** bench/README.md with the table of the last saved run. */
export function withSummary(readme: string, found: Results): string {
  return readme.replace(/(<!-- bench -->\n)[\s\S]*?(\n<!-- \/bench -->)/, (_all, open, close) => {
    return `${open}${markdownSummary(found)}${close}`;
  });
}

function save(found: Results): void {
  const folder = join(ROOT, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const before: Baseline = existsSync(BASELINE) ? JSON.parse(readFileSync(BASELINE, 'utf8')) : {};
  writeFileSync(BASELINE, `${JSON.stringify({ ...before, ...baselineOf(found.results) }, null, 2)}\n`);
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(found, null, 2)}\n`);
  writeFileSync(join(folder, 'chart.svg'), chart(found));
  writeFileSync(README, withSummary(readFileSync(README, 'utf8'), found));
}

function check(found: Results): number {
  const losses = findLosses(JSON.parse(readFileSync(BASELINE, 'utf8')), found.results);
  for (const loss of losses) console.error(`lost: ${loss}`);
  console.error(losses.length === 0 ? 'nothing lost against bench/baseline.json' : `${losses.length} losses`);
  return losses.length === 0 ? 0 : 1;
}

const OPTIONS = {
  guests: { type: 'string', default: '' },
  rounds: { type: 'string', default: '3' },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  check: { type: 'boolean', default: false },
  save: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function main(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds: expected 1 or more, got ${values.rounds}`);
  if (values.quick && (values.check || values.save))
    throw new RangeError('--quick says nothing that could be compared');
  if (values.save && values.guests !== '') throw new RangeError('--save takes all guests');
  const guests = chooseGuests(values.guests === '' ? [] : values.guests.split(','), values.quick);
  const { stderr } = process;
  const progress = (text: string): unknown => stderr.isTTY && stderr.write(`\r\x1b[K${text}`);
  const found = runBench({ guests, rounds, quick: values.quick, progress });
  if (stderr.isTTY) stderr.write('\r\x1b[K');
  console.log(textTable(found));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(found, null, 2)}\n`);
  if (values.save) save(found);
  return values.check ? check(found) : 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    console.error(`bench: ${error.message}\n\n${USAGE}`);
    process.exitCode = 64;
  }
}
