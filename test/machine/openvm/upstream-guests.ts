// OpenVM's own guests, which are not part of this package: JIT_EXEC_OPENVM_GUESTS is a checkout of v1.4.0, _DATA their data.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TinyProgram } from './programs.ts';

const checkout = process.env.JIT_EXEC_OPENVM_GUESTS;
const data = process.env.JIT_EXEC_OPENVM_DATA;
export const isThere: boolean = checkout !== undefined && data !== undefined;
if (!isThere)
  console.warn("skipped: JIT_EXEC_OPENVM_GUESTS and JIT_EXEC_OPENVM_DATA name no folders: OpenVM's own guests");

const FILES = {
  base64_json: 'base64_json/elf/openvm-json-program.elf',
  bubblesort: 'bubblesort/elf/openvm-bubblesort-program.elf',
  'fibonacci-n100': 'fibonacci/elf/openvm-fibonacci-program.elf',
  'fibonacci-n100000': 'fibonacci/elf/openvm-fibonacci-program.elf',
  fibonacci_iterative: 'fibonacci_iterative/elf/openvm-fibonacci-iterative-program.elf',
  revm_snailtracer: 'revm_snailtracer/elf/openvm-revm-snailtracer.elf',
} as const;
type GuestName = keyof typeof FILES;
export const UPSTREAM_GUESTS = Object.keys(FILES) as readonly GuestName[];

/** What upstream makes of it, inputs in hexadecimal, and where its executable is. */
export function upstreamGuest(name: GuestName): TinyProgram & { readonly path: string } {
  const folder = join(checkout!, 'benchmarks/guest');
  const program = JSON.parse(gunzipSync(readFileSync(join(data!, `${name}.json.gz`))).toString());
  const hexOf = ({ hex, file }: { hex?: string; file?: string }): string =>
    hex ?? readFileSync(join(folder, name, file!)).toString('hex');
  const input = program.input.map((one: { hex?: string; file?: string }) => ({ hex: hexOf(one) }));
  return { ...program, input, path: join(folder, FILES[name]) };
}
