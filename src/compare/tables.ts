// Changes as a table for people, and as Markdown for a pull request.

import type { Change, Comparison } from './changes.ts';

const TITLES: Readonly<Record<string, string>> = {
  total: 'Totals',
  function: 'Functions',
  span: 'Spans',
  opcode: 'Opcodes',
  call: 'System calls',
  precompile: 'Precompiles',
  chip: 'Chips',
  memory: 'Memory',
};

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));
const percentOf = ({ percent }: Change): string =>
  percent === null ? 'new' : `${signed(Number(percent.toFixed(2)))} %`;
/** A unit that is not what the group counts anyway. */
const labelOf = ({ name, unit }: Change): string =>
  name === unit || unit === 'calls' || unit === 'bytes' ? name : `${name} (${unit})`;

const cellsOf = (change: Change): readonly string[] => [
  labelOf(change),
  String(change.before),
  String(change.after),
  signed(change.change),
  percentOf(change),
];

function byGroup(changes: readonly Change[]): readonly (readonly [title: string, changes: readonly Change[]])[] {
  const groups = [...new Set(changes.map(({ group }) => group))];
  return groups.map(group => [TITLES[group] ?? group, changes.filter(one => one.group === group)] as const);
}

/** Columns of equal width, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map(row => row[i]!.length)));
  return rows.map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** At most `most` changes of a group; the rest is counted. */
export function textLines({ changes, facts }: Comparison, most: number): string[] {
  const ends = facts.map(({ name, before, after }) => `${name}: ${before ?? 'none'} -> ${after ?? 'none'}`);
  const tables = byGroup(changes).flatMap(([title, all]) => {
    const rest = all.length - most;
    return ['', title, ...aligned(all.slice(0, most).map(cellsOf)), ...(rest > 0 ? [`... and ${rest} more`] : [])];
  });
  return [...ends, ...(ends.length === 0 ? tables.slice(1) : tables)];
}

const escaped = (text: string): string => text.replace(/[|\\`<>]/g, sign => `\\${sign}`).replaceAll('\n', ' ');

/** The totals in sight, the other groups folded. */
export function markdown({ changes, facts }: Comparison, most: number): string {
  if (changes.length + facts.length === 0) return 'No difference.\n';
  const head = '| | before | after | change | % |\n| --- | ---: | ---: | ---: | ---: |\n';
  const ends = facts.map(
    ({ name, before, after }) => `**${escaped(name)}**: ${escaped(before ?? 'none')} → ${escaped(after ?? 'none')}\n\n`,
  );
  const tables = byGroup(changes).map(([title, all]) => {
    const rows = all.slice(0, most).map(change => `| ${cellsOf(change).map(escaped).join(' | ')} |\n`);
    const rest = all.length > most ? `\n… and ${all.length - most} more\n` : '';
    const table = `${head}${rows.join('')}${rest}`;
    return title === TITLES.total
      ? `${table}\n`
      : `<details><summary>${title}: ${all.length} changed</summary>\n\n${table}\n</details>\n\n`;
  });
  return ends.join('') + tables.join('');
}
