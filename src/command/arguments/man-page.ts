// The manual page: what --help says of each command, as roff.

export interface HelpOf {
  /** Of the command; empty for what is said of all. */
  readonly command: string;
  readonly text: string;
}

/** Two columns, as options, commands and examples have them; the second may be on lines of its own. */
const ENTRY = /^(?: {2}| {6})(\S.*?)(?: {2,}(\S.*))?$/;
const MORE = /^ {8,}(\S.*)$/;
const HEADING = /^(\S.*):$/;
/** yargs' notes on positionals. */
const NOTES = /\s*\[(?:string|array|required|default|choices: [^\]]*)\]/g;

const escaped = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&');

function entry(left: string, words: readonly string[]): string[] {
  const text = words.join(' ').replace(NOTES, '').trim();
  return ['.TP', `.B ${escaped(left)}`, text === '' ? '\\&' : escaped(text)];
}

/** The first line says how it is called, and stands under the name. */
function section({ command, text }: HelpOf): string[] {
  const [usage = '', ...lines] = text.trim().split('\n');
  const out = command === '' ? ['.SH SYNOPSIS', `.B ${escaped(usage)}`, '.SH DESCRIPTION'] : [`.SH ${escaped(usage)}`];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const heading = HEADING.exec(line);
    const found = ENTRY.exec(line);
    if (heading !== null) out.push(`.SS ${escaped(heading[1]!)}`);
    else if (found !== null) {
      const words = [found[2] ?? ''];
      while (MORE.test(lines[i + 1] ?? '')) words.push(MORE.exec(lines[++i]!)![1]!);
      out.push(...entry(found[1]!, words));
    } else if (line !== '') out.push('.PP', escaped(line));
  }
  return out;
}

/** `pages`: of the command as a whole, then of each. */
export function manPage(version: string, pages: readonly HelpOf[]): string {
  const [whole, ...commands] = pages;
  return [
    `.TH JIT\\-EXEC 1 "" "jit\\-exec ${version}" "User Commands"`,
    // No hyphens in words that are typed, no space stretched between them.
    '.nh',
    '.ad l',
    '.SH NAME',
    'jit\\-exec \\- runs RISC\\-V programs for zero\\-knowledge virtual machines',
    ...section(whole!),
    ...commands.flatMap(section),
    '',
  ].join('\n');
}
