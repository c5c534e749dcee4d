// The interpreters that exist as code. Kept with the process and not in this module, because the joined command has a copy of
// it while a user names the module `jit-exec/interpreters` to Node.

import { VERSION } from '../version.ts';

/** Takes an ABI that was looked through. */
export type LinkInterpreter = (abi: object) => (slot: number, stop: number) => number;

/** Another version has other interpreters. */
const KEY = Symbol.for(`jit-exec ${VERSION} interpreters`);
const holder = globalThis as { [KEY]?: Map<string, LinkInterpreter> };

/** Makes interpreters known that exist as code; called by the module `jit-exec/interpreters`. */
export function registerInterpreters(table: Readonly<Record<string, LinkInterpreter>>): void {
  holder[KEY] ??= new Map();
  for (const [name, link] of Object.entries(table)) holder[KEY].set(name, link);
}

export const writtenInterpreter = (name: string): LinkInterpreter | undefined => holder[KEY]?.get(name);
