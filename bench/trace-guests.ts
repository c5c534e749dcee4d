// The guests of bench:trace, and what each run of them must come to according to sp1-guests/expected.json.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './guests.ts';

export interface TraceRun {
  /** Input buffers in hex. */
  readonly inputs: readonly string[];
  readonly stdout: string;
  /** Hex. */
  readonly publicValues: string;
  readonly exit: number;
}

/** A run of n passes and one of 3 n. */
export type RunPair = readonly [once: TraceRun, thrice: TraceRun];

export interface TraceGuest {
  readonly name: string;
  readonly path: string;
  readonly runs: readonly TraceRun[];
}

/** Where a kernel's pairs are among its runs. */
const PAIRS = { quick: 0, interpreter: 2, js: 4, wasm: 6 } as const;

const BLOCK = 'block.sp1';

function readGuests(): readonly TraceGuest[] {
  const folder = join(ROOT, 'bench/sp1-guests');
  const expected: Record<string, { runs: readonly TraceRun[] }> = JSON.parse(
    readFileSync(join(folder, 'expected.json'), 'utf8'),
  );
  return Object.entries(expected).map(([name, { runs }]) => ({ name, path: join(folder, `bin/${name}.elf`), runs }));
}

/** Kernels by name, `sha256` for short; none named means all of them. Throws RangeError on a name that there is not. */
export function chooseKernels(wanted: readonly string[]): readonly TraceGuest[] {
  const kernels = readGuests().filter(({ name }) => name !== BLOCK);
  if (wanted.length === 0) return kernels;
  return wanted.map(name => {
    const found = kernels.find(kernel => kernel.name === name || kernel.name === `${name}.sp1`);
    if (found !== undefined) return found;
    throw new RangeError(`--guests: no guest ${name}; there are ${kernels.map(kernel => kernel.name).join(', ')}`);
  });
}

export const pairOf = ({ runs }: TraceGuest, kind: keyof typeof PAIRS): RunPair => [
  runs[PAIRS[kind]]!,
  runs[PAIRS[kind] + 1]!,
];

/** The guest of hashes, curves, sorting and copying; some 100 M instructions, or less than one where `quick`. */
export function blockGuest(quick: boolean): { readonly guest: TraceGuest; readonly run: TraceRun } {
  const guest = readGuests().find(({ name }) => name === BLOCK)!;
  return { guest, run: guest.runs.at(quick ? 0 : -1)! };
}
