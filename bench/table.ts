// Bench results as text: aligned columns for a terminal, Markdown for the README.

import type { Runner } from './measure.ts';
import { meanRatio, mips, ourEngines, type Result, type Results, timeRatio } from './results.ts';

export const RUNNER_NAMES: Readonly<Record<Runner, string>> = {
  interpreter: 'interpreter',
  js: 'JavaScript',
  wasm: 'WebAssembly',
  qemu: 'QEMU',
};

interface Column {
  readonly title: string;
  readonly cell: (result: Result) => string;
  readonly mean: (results: readonly Result[], xlen: 32 | 64) => string;
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
    mean: (all, xlen) => number(inverse(meanRatio(all, xlen, runner, 'interpreter')), 1, 'x'),
  });
  const versusQemu = (runner: Runner): Column => ({
    title: `${runner}/qemu`,
    cell: result => number(timeRatio(result, runner, 'qemu'), 2),
    mean: (all, xlen) => number(meanRatio(all, xlen, runner, 'qemu'), 2),
  });
  return [
    ...(['interpreter', ...engines, 'qemu'] as const).filter(present).map(speed),
    ...(present('interpreter') ? engines.map(gain) : []),
    ...(present('qemu') ? engines.map(versusQemu) : []),
  ];
}

const XLENS = [32, 64] as const;

/** Whole processes: `interp/js` is how many times as fast as the interpreter, `js/qemu` the time as a multiple of QEMU's. */
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
    const mean = line([`RV${xlen}, mean`, ...shown.map(column => column.mean(results, xlen))]);
    return [...body, mean].join('');
  });
  return head + sections.filter(section => section !== '').join('\n');
}

/** Geometric means per XLEN, with the machine, as the README shows them. */
export function markdownSummary(found: Results): string {
  const { results, host, rounds } = found;
  const engines = ourEngines(results);
  const header = [
    'guests',
    ...engines.flatMap(e => [`${RUNNER_NAMES[e]} / QEMU time`, `${RUNNER_NAMES[e]} over interpreter`]),
  ];
  const rows = XLENS.filter(xlen => results.some(result => result.xlen === xlen)).map(xlen => {
    const count = results.filter(result => result.xlen === xlen).length;
    const cells = engines.flatMap(engine => [
      number(meanRatio(results, xlen, engine, 'qemu'), 2),
      number(inverse(meanRatio(results, xlen, engine, 'interpreter')), 1, '×'),
    ]);
    return [`${count} × RV${xlen}`, ...cells];
  });
  const table = [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
  const qemu = host.qemu === null ? '' : `, QEMU ${host.qemu} user mode`;
  return `${table}\n\n${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`} on ${host.cores} cores of ${host.cpu}, Node ${host.node}${qemu}.`;
}
