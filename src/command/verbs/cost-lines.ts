// Lines on costs, for people.

import { exitJson, type RunData } from '../../result.ts';
import { exitLine } from './run/run-report.ts';

/** Functions that are listed. */
export const MOST_FUNCTIONS = 15;

export const shownNumber = (n: number): string => n.toLocaleString('en');

/** Columns aligned, names on the left. */
export function costTable(head: readonly string[], rows: readonly (readonly [string, ...number[]])[]): string[] {
  const cells = [head, ...rows.map(([name, ...numbers]) => [name, ...numbers.map(shownNumber)])];
  const widths = head.map((_, i) => Math.max(...cells.map(row => row[i]!.length)));
  return cells.map(row =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
}

/** How a run ended that did not end well. */
export const costExit = ({ exit, symbol, instructions }: RunData): string | undefined =>
  exitLine(exit, exitJson(exit, symbol), instructions);
