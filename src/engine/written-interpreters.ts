// The interpreters that exist as code. A file of its own because the joined command must share it with the module
// `jit-exec/interpreters`, which a user names to Node.

export type LinkInterpreter = (abi: Record<string, unknown>) => (slot: number, stop: number) => number;

const written = new Map<string, LinkInterpreter>();

/** Makes interpreters known that exist as code; called by the module `jit-exec/interpreters`. */
export function registerInterpreters(table: Readonly<Record<string, LinkInterpreter>>): void {
  for (const [name, link] of Object.entries(table)) written.set(name, link);
}

export const writtenInterpreter = (name: string): LinkInterpreter | undefined => written.get(name);
