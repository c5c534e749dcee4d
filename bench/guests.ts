// The benchmark guests, and what each must print and count according to guests/expected.json.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The package's folder, the same from bench/ and from dist/bench/. */
export const ROOT: string = dirname(createRequire(import.meta.url).resolve('jit-exec/package.json'));

export interface Guest {
  /** `sha256.rv64` */
  readonly name: string;
  readonly xlen: 32 | 64;
  readonly path: string;
  readonly args: readonly string[];
  readonly instructions: number;
  readonly stdoutSha256: string;
  readonly exit: number;
}

interface Expected {
  readonly runs: readonly Pick<Guest, 'args' | 'instructions' | 'stdoutSha256' | 'exit'>[];
}

/**
 * Guests by name: `sha256` is its RV32 and its RV64 build, `sha256.rv64` one of them; none named means all of these
 * without the compressed builds. `quick` takes the short run of each, which is for tests of the harness.
 */
export function chooseGuests(wanted: readonly string[], quick: boolean): readonly Guest[] {
  const file = join(ROOT, 'bench/guests/expected.json');
  const expected: Record<string, Expected> = JSON.parse(readFileSync(file, 'utf8'));
  const plain = Object.keys(expected).filter(name => /\.rv(32|64)$/.test(name));
  const names = wanted.length === 0 ? plain : wanted.flatMap(name => named(name, expected, plain));
  return names.map(name => {
    const { runs } = expected[name]!;
    const { args, instructions, stdoutSha256, exit } = (quick ? runs[0] : runs.at(-1))!;
    const path = join(ROOT, `bench/guests/bin/${name}.elf`);
    return { name, xlen: name.includes('rv32') ? 32 : 64, path, args, instructions, stdoutSha256, exit };
  });
}

function named(
  name: string,
  expected: Readonly<Record<string, Expected>>,
  plain: readonly string[],
): readonly string[] {
  if (Object.hasOwn(expected, name)) return [name];
  const builds = plain.filter(build => build.startsWith(`${name}.`));
  if (builds.length === 0) throw new RangeError(`--guests: no guest ${name}; there are ${plain.join(', ')}`);
  return builds;
}
