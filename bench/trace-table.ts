// Results of bench:trace as text: aligned columns for a terminal, Markdown for the README.

import type { Engine } from '../src/verbs/execute.ts';
import { GROUPS, type Split, total } from './profile.ts';
import { RUNNER_NAMES } from './table.ts';
import {
  type BlockResult,
  meanTraceRatio,
  type RingResult,
  type SteadyResult,
  type TraceResults,
  traceRatio,
} from './trace-results.ts';

type Cells = readonly string[];

function aligned(head: Cells, rows: readonly Cells[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map(cells => cells[i]!.length)));
  const line = (cells: Cells): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]! + 2))).join('');
  return all.map(line).join('\n');
}

const markdown = (head: Cells, rows: readonly Cells[]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');

const number = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '-';
const percent = (part: number, digits = 0): string => `${(100 * part).toFixed(digits)} %`;
const mips = (instructions: number, seconds: number): string =>
  seconds > 0 ? (instructions / seconds / 1e6).toFixed(0) : '-';
const enginesOf = (results: readonly { readonly engine: Engine }[]): readonly Engine[] => [
  ...new Set(results.map(({ engine }) => engine)),
];

function steadyTable(results: readonly SteadyResult[]): string {
  const engines = enginesOf(results);
  const head = ['', ...engines.flatMap(engine => [`${engine} MIPS`, 'traced', 'ratio', 'least cpu'])];
  const guests = [...new Set(results.map(({ guest }) => guest))];
  const rows = guests.map(guest => {
    const cells = engines.flatMap(engine => {
      const found = results.find(result => result.guest === guest && result.engine === engine)!;
      const { instructions, pure, traced } = found;
      const ratios = (['wall', 'cpu'] as const).map(clock => number(traceRatio(found, clock), 2));
      return [mips(instructions, pure.wall), mips(instructions, traced.wall), ...ratios];
    });
    return [guest, ...cells];
  });
  const mean = engines.flatMap(engine => [
    '',
    '',
    ...(['wall', 'cpu'] as const).map(clock => number(meanTraceRatio(results, engine, clock), 2)),
  ]);
  return aligned(head, [...rows, ['mean', ...mean]]);
}

function profileTable(results: readonly SteadyResult[]): string {
  const rows = results.map(({ guest, engine, split }) => {
    const all = total(split);
    return [`${guest} ${engine}`, ...GROUPS.map(group => percent(split[group] / all)), number(all, 2)];
  });
  return aligned(['', ...GROUPS, 'seconds'], rows);
}

/** Milliseconds by group: without a trace, with one, and what the trace adds. */
function blockRows(results: readonly BlockResult[]): readonly Cells[] {
  return results.flatMap(({ engine, splits: { pure, traced } }) => {
    const row = (name: string, milliseconds: (group: (split: Split) => number) => number): Cells => [
      `${RUNNER_NAMES[engine]}, ${name}`,
      ...[...GROUPS.map(group => (split: Split) => split[group]), total].map(group => milliseconds(group).toFixed(0)),
    ];
    const added = row('added by the trace', group => 1000 * (group(traced) - group(pure)));
    return [
      [...row('pure', group => 1000 * group(pure)), percent(pure.precompiles / total(pure))],
      [...row('traced', group => 1000 * group(traced)), percent(traced.precompiles / total(traced))],
      [...added, ''],
    ];
  });
}

const BLOCK_HEAD: Cells = ['ms', ...GROUPS, 'all', 'precompiles of all'];

const RING_HEAD: Cells = [
  '',
  'chunks',
  'executor loses',
  'least cpu',
  'waits',
  'released GB/s',
  'summed GB/s',
  'SHA-256 GB/s',
  'sum alone, of cpu',
  'SHA-256 alone, of cpu',
];

const ringRow = (ring: RingResult): Cells => [
  ring.guest,
  String(ring.chunks),
  percent(ring.loss.wall, 1),
  percent(ring.loss.cpu, 1),
  percent(ring.waited / ring.seconds.released, 1),
  ...(['released', 'summed', 'hashed'] as const).map(consumer => number(ring.gigabytesPerSecond[consumer], 2)),
  ...(['summed', 'hashed'] as const).map(consumer => number(ring.consumerGigabytesPerSecond[consumer], 2)),
];

const title = (text: string, table: string): string => `${text}\n\n${table}\n`;

export function traceTable({ steady, block, ring }: TraceResults): string {
  const { instructions = 0, entries = 0 } = block[0] ?? {};
  const size = `${(instructions / 1e6).toFixed(1)} M instructions, ${(entries / 1e6).toFixed(1)} M entries`;
  const mebibytes = ((ring[0]?.chunkEntries ?? 0) * 16) / 2 ** 20;
  return [
    title(
      'Steady state: time of the second and third of three parts, traced as a multiple of pure',
      steadyTable(steady),
    ),
    title('Self time of the whole traced run of three parts', profileTable(steady)),
    title(`Hashes, curves, sorting and copying, ${size}`, aligned(BLOCK_HEAD, blockRows(block))),
    title(
      `Chunks of ${mebibytes} MiB to a thread (wasm): lost against chunks that nobody takes`,
      aligned(RING_HEAD, ring.map(ringRow)),
    ),
  ].join('\n');
}

/** As the README shows them. */
export function traceSummary({ steady, block, ring, host, rounds }: TraceResults): string {
  const ratios = enginesOf(steady).map(engine => {
    const own = steady.filter(result => result.engine === engine);
    const all = own.flatMap(result => traceRatio(result, 'wall') ?? []);
    const range =
      all.length === own.length ? [Math.min(...all), Math.max(...all)].map(ratio => ratio.toFixed(2)).join(' … ') : '-';
    const mean = (clock: 'wall' | 'cpu'): string => number(meanTraceRatio(steady, engine, clock), 2);
    return [RUNNER_NAMES[engine], mean('wall'), range, mean('cpu')];
  });
  const shown = GROUPS.filter(group => block.some(({ splits }) => splits.traced[group] >= 0.01 * total(splits.traced)));
  const blockCells = block.map(({ engine, splits: { traced } }) => {
    const all = total(traced);
    return [RUNNER_NAMES[engine], number(all, 2), ...shown.map(group => percent(traced[group] / all))];
  });
  const kernels = new Set(steady.map(({ guest }) => guest)).size;
  const taken = rounds === 1 ? 'One round' : `Medians of ${rounds} rounds`;
  return [
    markdown(['traced / pure time', `mean of ${kernels} kernels`, 'range', 'mean, least processor time'], ratios),
    markdown(['100 M instructions with precompiles, traced', 'seconds', ...shown], blockCells),
    markdown(['chunks to a thread', ...RING_HEAD.slice(1)], ring.map(ringRow)),
    `${taken} on ${host.cores} cores of ${host.cpu}, Node ${host.node}.`,
  ].join('\n\n');
}
