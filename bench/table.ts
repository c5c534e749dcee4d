// Bench results as text: aligned columns for a terminal, Markdown for the README.

import type { Runner } from './measure.ts';
import {
  type Measure,
  meanRatio,
  mips,
  ourEngines,
  processSeconds,
  type Result,
  type Results,
  runSeconds,
  timeRatio,
} from './results.ts';

export const RUNNER_NAMES: Readonly<Record<Runner, string>> = {
  interpreter: 'interpreter',
  js: 'JavaScript',
  wasm: 'WebAssembly',
  qemu: 'QEMU',
};

interface Column {
  readonly title: string;
  readonly cell: (result: Result) => string;
  readonly mean: (results: readonly Result[], xlen: 32 | 64, measure: Measure) => string;
}

const number = (value: number | undefined, digits: number, suffix = ''): string =>
  value === undefined ? '-' : `${value.toFixed(digits)}${suffix}`;
const inverse = (value: number | undefined): number | undefined => (value === undefined ? undefined : 1 / value);

function columns(results: readonly Result[]): readonly Column[] {
  const present = (runner: Runner): boolean => results.some(({ times }) => times[runner]);
  const engines = ourEngines(results);
  const speed = (runner: Runner): Column => ({
    title: `${runner} MIPS`,
    cell: result => number(mips(result, runner), 0),
    mean: () => '',
  });
  const gain = (runner: Runner): Column => ({
    title: `interp/${runner}`,
    cell: result => number(inverse(timeRatio(result, runner, 'interpreter')), 1, 'x'),
    mean: (all, xlen, measure) => number(inverse(meanRatio(all, xlen, runner, 'interpreter', measure)), 1, 'x'),
  });
  const versusQemu = (runner: Runner): Column => ({
    title: `${runner}/qemu`,
    cell: result => number(timeRatio(result, runner, 'qemu'), 2),
    mean: (all, xlen, measure) => number(meanRatio(all, xlen, runner, 'qemu', measure), 2),
  });
  return [
    ...(['interpreter', ...engines, 'qemu'] as const).filter(present).map(speed),
    ...(present('interpreter') ? engines.map(gain) : []),
    ...(present('qemu') ? engines.map(versusQemu) : []),
  ];
}

const XLENS = [32, 64] as const;

/**
 * `interp/js` is how many times as fast as the interpreter, `js/qemu` the time as a multiple of QEMU's: of runs without the
 * start of Node, and in the last line of whole processes.
 */
export function textTable({ results }: Pick<Results, 'results'>): string {
  const shown = columns(results);
  const width = 2 + Math.max(...shown.map(column => column.title.length));
  const line = (cells: readonly string[]): string =>
    `${cells[0]!.padEnd(16)}${cells
      .slice(1)
      .map(cell => cell.padStart(width))
      .join('')}\n`;
  const head = line(['', ...shown.map(column => column.title)]);
  const sections = XLENS.map(xlen => {
    const rows = results.filter(result => result.xlen === xlen);
    if (rows.length === 0) return '';
    const body = rows.map(result => line([result.guest, ...shown.map(column => column.cell(result))]));
    const mean = (title: string, measure: Measure): string =>
      line([`RV${xlen}, ${title}`, ...shown.map(column => column.mean(results, xlen, measure))]);
    return [...body, mean('mean', runSeconds), mean('process', processSeconds)].join('');
  });
  return head + sections.filter(section => section !== '').join('\n');
}

/** Geometric means per XLEN, with the machine, as the README shows them. */
export function markdownSummary(found: Results): string {
  const { results, host, rounds } = found;
  const engines = ourEngines(results);
  const header = ['guests', ...engines.flatMap(e => [`${RUNNER_NAMES[e]} ÷ QEMU`, `interpreter ÷ ${RUNNER_NAMES[e]}`])];
  const row = (xlen: 32 | 64, what: string, measure: Measure): readonly string[] => {
    const cells = engines.flatMap(engine => [
      number(meanRatio(results, xlen, engine, 'qemu', measure), 2),
      number(inverse(meanRatio(results, xlen, engine, 'interpreter', measure)), 1),
    ]);
    return [`${results.filter(result => result.xlen === xlen).length} × RV${xlen}${what}`, ...cells];
  };
  const present = XLENS.filter(xlen => results.some(result => result.xlen === xlen));
  const rows = present.flatMap(xlen => [row(xlen, '', runSeconds), row(xlen, ', whole process', processSeconds)]);
  const table = [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
  const qemu = host.qemu === null ? '' : `, QEMU ${host.qemu} user mode`;
  return `${table}\n\n${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`} on ${host.cores} cores of ${host.cpu}, Node ${host.node}${qemu}.`;
}
