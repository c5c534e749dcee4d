// Signs of life on stderr while a guest runs: a line that is rewritten on a terminal, otherwise one now and then.

import { beginLine, printable } from './output.ts';

const TERMINAL_MILLISECONDS = 1000;
const LOG_MILLISECONDS = 30_000;

/** What is going on, given how many seconds it has taken. */
export type Progress = (seconds: number) => string;

/** Starts showing what is going on and how long it takes; the returned function ends that and cleans the line up. */
export function startProgress(what: Progress): () => void {
  const { stderr } = process;
  const rewrites = stderr.isTTY && !process.env.CI;
  // Node loads what `performance` is made of when that is first named: milliseconds before every run.
  const started = process.uptime();
  let shown = false;
  const show = (): void => {
    const seconds = process.uptime() - started;
    const text = printable(`jit-exec: ${what(seconds)}, ${Math.round(seconds)} s`);
    stderr.write(rewrites ? `${beginLine()}\r${text}\x1b[K` : `${beginLine()}${text}\n`);
    shown = true;
  };
  const timer = setInterval(show, rewrites ? TERMINAL_MILLISECONDS : LOG_MILLISECONDS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (shown && rewrites) stderr.write('\r\x1b[K');
  };
}

/** `running x.elf, 141.2 M instructions, 98.1 MIPS` and, of a budget, how much of it: for progress lines. */
export function runningLine(what: string, count: () => number, budget: number | undefined): Progress {
  return seconds => {
    const instructions = count();
    const millions = (instructions / 1e6).toFixed(1);
    const rate = (instructions / seconds / 1e6).toFixed(1);
    const share =
      budget === undefined || budget === 0 ? '' : `, ${((100 * instructions) / budget).toFixed(0)} % of --max-cycles`;
    return `${what}, ${millions} M instructions, ${rate} MIPS${share}`;
  };
}
