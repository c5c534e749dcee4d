// What a shell may complete: commands, options, their values, and functions of the program. Files are the shell's affair.

import { demangle } from '../../../codegen/demangle/demangle.ts';
import { type CommandTable, commandOf } from './usage.ts';

/** Options whose value is a function of the program. */
const FUNCTION_OPTIONS = ['function', 'dump-js'];

async function functionsOf(words: readonly string[]): Promise<readonly string[]> {
  const { loadFile } = await import('../load.ts');
  for (const word of words) {
    if (word.startsWith('-')) continue;
    try {
      const { elf } = loadFile(word, 'auto');
      return elf.symbols.filter(({ kind }) => kind === 'function').map(({ name }) => demangle(name));
    } catch {
      // Not a program: the value of an option, or a name that is not there yet.
    }
  }
  return [];
}

/** Completions of the last of the words behind `jit-exec`, which may be empty. */
export async function completions(words: readonly string[], commands: CommandTable): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return [];
  const command = commandOf(before, commands);
  const options = commands[command]!;
  const asked = /^--([\w-]+)$/.exec(before.at(-1) ?? '')?.[1];
  const option = asked === undefined ? undefined : options[asked];
  if (option !== undefined && option.type !== 'boolean') {
    const values = FUNCTION_OPTIONS.includes(asked!) ? await functionsOf(before) : ((option.choices ?? []) as string[]);
    return values.filter(value => value.startsWith(current));
  }
  const names = current.startsWith('-') ? Object.keys(options).map(name => `--${name}`) : [];
  const verbs = before.length === 0 && !current.startsWith('-') ? Object.keys(commands) : [];
  return [...names, ...verbs].filter(name => name.startsWith(current));
}
