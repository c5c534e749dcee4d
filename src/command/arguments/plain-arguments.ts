// A plain command line of `run` as yargs would read it, without yargs: loading that takes as long as starting Node.
// Whatever is not plain (a mistake, help, an option in another spelling) is left to yargs, which has the words for it; a test
// compares both.

import type { Options } from 'yargs';
import type { Arguments } from '../command.ts';
import { fromEnvironment } from './environment.ts';

type OptionTable = Readonly<Record<string, Options>>;

/** Options that may be given several times. */
type Repeats = (name: string) => boolean;

const optionOf = (word: string, options: OptionTable): string | undefined => {
  if (word.startsWith('--')) return word.slice(2);
  return Object.keys(options).find(name => options[name]!.alias === word.slice(1));
};

/** The value as its option has it; undefined where that refuses it. */
function accepted({ choices, coerce }: Options, text: string): unknown {
  if (choices !== undefined && !choices.includes(text)) return undefined;
  try {
    return coerce === undefined ? text : coerce(text);
  } catch {
    return undefined;
  }
}

/** Names and texts of options, `true` for flags, and the other words; undefined where a word is not plain. */
function read(
  words: readonly string[],
  options: OptionTable,
): { readonly given: readonly (readonly [string, string | true])[]; readonly others: readonly string[] } | undefined {
  const given: (readonly [string, string | true])[] = [];
  const others: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-') || word === '-') {
      others.push(word);
      continue;
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = optionOf(equals < 0 ? word : word.slice(0, equals), options);
    const option = name === undefined || !Object.hasOwn(options, name) ? undefined : options[name];
    if (option === undefined || option.conflicts !== undefined) return undefined;
    const isFlag = option.type === 'boolean';
    const text = isFlag ? true : equals < 0 ? words[++i] : word.slice(equals + 1);
    // Values that look like options or are empty, and flags with one.
    if (text === undefined || text === '' || (isFlag && equals >= 0)) return undefined;
    if (text !== true && ((text !== '-' && text.startsWith('-')) || /^["']/.test(text))) return undefined;
    given.push([name!, text]);
  }
  return { given, others };
}

/** What options are where they are not typed: from the environment, then their defaults; as texts, flags as they are. */
const defaultsOf = (options: OptionTable): readonly (readonly [string, unknown])[] => [
  ...Object.entries(fromEnvironment(options)),
  ...Object.entries(options).flatMap(([name, option]) =>
    option.default === undefined ? [] : [[name, String(option.default)] as const],
  ),
];

/** The arguments of `run`, or undefined where yargs must look. */
export function plainArguments(argv: readonly string[], options: OptionTable, repeats: Repeats): Arguments | undefined {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const words = read(own[0] === 'run' ? own.slice(1) : own, options);
  const [program, ...more] = words?.others ?? [];
  if (words === undefined || program === undefined || program === '' || more.length > 0) return undefined;
  const args: Record<string, unknown> = { program, argv };
  for (const [name, text] of words.given) {
    const value = text === true ? true : accepted(options[name]!, text);
    if (value === undefined || (name in args && !repeats(name))) return undefined;
    args[name] = name in args ? [args[name], value].flat() : value;
  }
  for (const [name, value] of defaultsOf(options)) {
    if (name in args) continue;
    args[name] = typeof value === 'string' ? accepted(options[name]!, value) : value;
    if (args[name] === undefined) return undefined;
  }
  const rest = end < 0 ? [] : argv.slice(end + 1);
  if (rest.length > 0) args['--'] = rest;
  return args as Arguments;
}
