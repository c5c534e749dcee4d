// What a wrong command line is answered: yargs' words, made specific, with what may have been meant.

import { existsSync } from 'node:fs';
import type { Options } from 'yargs';
import { nearest } from './nearest.ts';

/** Options by command. */
export type CommandTable = Readonly<Record<string, Readonly<Record<string, Options>>>>;

const EVERYWHERE = ['help', 'version'];

/** What a command is asked where it was given too little. */
const WANTED: Readonly<Record<string, string>> = {
  batch: 'which list of runs?',
  diff: 'which two results?',
  verify: 'which proof?',
  store: 'which folder?',
};

const didYouMean = (name: string | undefined): string => (name === undefined ? '' : `; did you mean ${name}?`);

/** The command that a line is for: its first word, where that names one. */
export function commandOf(argv: readonly string[], commands: CommandTable): string {
  return argv[0] !== undefined && Object.hasOwn(commands, argv[0]) ? argv[0] : 'run';
}

/** Options are told once, though yargs lists them as typed and in camel case. */
function unknownOptions(names: readonly string[], argv: readonly string[], known: readonly string[]): string[] {
  const typed = names.filter(name =>
    argv.some(word => word.replace(/=.*/s, '').replace(/^-+/, '') === name && word.startsWith('-')),
  );
  return typed.map(name => {
    const dashes = name.length === 1 ? '-' : '--';
    const meant = nearest(name, known);
    return `unknown option ${dashes}${name}${meant === undefined ? '' : ` (did you mean --${meant}?)`}`;
  });
}

/** A message for what yargs refused with `message`. */
export function usageText(message: string, argv: readonly string[], commands: CommandTable): string {
  const name = commandOf(argv, commands);
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  const [, unknown] = /^Unknown arguments?: (.*)$/s.exec(message) ?? [];
  if (unknown !== undefined) {
    const names = unknown.split(', ');
    const options = unknownOptions(names, words, [...Object.keys(commands[name]!), ...EVERYWHERE]);
    if (options.length > 0) return options.join(', ');
    const [first] = words;
    if (first !== undefined && name === 'run' && first !== 'run' && !existsSync(first)) {
      return `no command ${first} and no such file${didYouMean(nearest(first, Object.keys(commands)))}`;
    }
    const hint = name === 'run' ? '; arguments of the guest follow --' : '';
    return `unexpected ${names.join(' ')}${hint}`;
  }
  if (/^(Not enough non-option arguments|Missing required argument: program)/.test(message)) {
    return `${name}: ${WANTED[name] ?? 'which program?'}`;
  }
  const [, option] = /^Not enough arguments following: (\S+)$/.exec(message) ?? [];
  if (option !== undefined) return `--${option} wants a value`;
  const [, argument, given, choices] =
    /^Invalid values:\s+Argument: (\S+), Given: (.*), Choices: (.*)$/s.exec(message) ?? [];
  if (argument === undefined) return message;
  const values = choices!.replaceAll('"', '').split(', ');
  const value = given!.replaceAll('"', '');
  return `--${argument}: expected ${values.join(', ')}, got ${value}${didYouMean(nearest(value, values))}`;
}
