// The help text as people read it: a placeholder behind each option that takes a value, no types, one width.

import type { Options } from 'yargs';

const WIDTH = 100;
/** Options that are longer than this stand on a line of their own. */
const MOST_LEFT = 30;
/** Words of descriptions that stand for a value. */
const PLACEHOLDER = /\b(KEYHEX=FILE|FILE|DIR|BYTES|SECONDS|FUNCTION|NAME|PERCENT|PORT|HEX|N)\b/;
const OPTION = /^(?: {2}(-\w), | {2,6})(--[\w-]+(?:, --[\w-]+)*) {2,}(.*)$/;

interface Entry {
  readonly left: string;
  readonly text: string;
}

/** Of the words behind an option: what it takes, and what they say without yargs' notes. */
function entryOf(short: string | undefined, long: string, words: string, isNumber: boolean): Entry {
  const choices = /\[choices: ([^\]]*)\]/.exec(words)?.[1]?.replaceAll('"', '').split(', ');
  const fallback = /\[default: ([^\]]*)\]/.exec(words)?.[1]?.replaceAll('"', '');
  const isFlag = words.includes('[boolean]');
  const text = words.replace(/\s*\[(string|boolean|number|array|choices: [^\]]*|default: [^\]]*)\]/g, '').trim();
  const value = isFlag ? '' : ` ${choices?.join('|') ?? PLACEHOLDER.exec(text)?.[0] ?? (isNumber ? 'N' : 'VALUE')}`;
  const left = `${short === undefined ? '    ' : `${short}, `}${long}${value}`;
  return { left, text: fallback === undefined ? text : `${text} (${fallback} unless given)` };
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function laidOut({ left, text }: Entry, column: number): string[] {
  const lines = wrapped(text, WIDTH - column);
  const indent = ' '.repeat(column);
  const start = `  ${left}`;
  const rest = lines.slice(1).map(line => indent + line);
  if (start.length + 2 > column) return [start, indent + lines[0]!, ...rest];
  return [start.padEnd(column) + lines[0]!, ...rest];
}

/** What yargs wrote of a command with such options, tidied. */
export function tidyHelp(text: string, options: Readonly<Record<string, Options>>): string {
  const lines = text.split('\n');
  const pieces: (string | Entry)[] = [];
  for (let i = 0; i < lines.length; i++) {
    const option = OPTION.exec(lines[i]!);
    if (option === null) {
      pieces.push(lines[i]!);
      continue;
    }
    let words = option[3]!;
    while (/^ {8,}\S/.test(lines[i + 1] ?? '')) words += ` ${lines[++i]!.trim()}`;
    const [name] = option[2]!.slice(2).split(', --');
    const isNumber = options[name!]?.coerce !== undefined;
    pieces.push(entryOf(option[1], option[2]!, words, isNumber));
  }
  const lengths = pieces.flatMap(piece => (typeof piece === 'string' ? [] : [piece.left.length]));
  const column = 4 + Math.max(0, ...lengths.filter(length => length <= MOST_LEFT));
  return pieces.flatMap(piece => (typeof piece === 'string' ? [piece] : laidOut(piece, column))).join('\n');
}
