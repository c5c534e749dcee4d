// npm run bench:startup [-- --rounds N]: what a user waits for before the guest's first instruction, and what becomes
// of guests that need only a million of them: those should be no worse off for the JIT.
// The large program is sha256.rv64 with half a million more instructions and 20,000 more symbols, made in a folder of
// its own; it runs its own short task, so that what it takes longer than the small one is the price of its size.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseGuests } from './guests.ts';
import { CLI, runProcess } from './measure.ts';
import { padElf } from './pad-elf.ts';
import { measureShortRuns } from './short-runs.ts';
import { geometricMean, median } from './statistics.ts';

const INSTRUCTIONS = 500_000;
const SYMBOLS = 20_000;
const SHORT = {
  instructions: 1_000_000,
  guests: ['sha256', 'bcinterp', 'regex', 'mixed', 'lift', 'huffman', 'calls', 'bigfunc'],
};

interface Case {
  readonly name: string;
  readonly command: readonly string[];
  readonly status: number;
}

function cases(folder: string): readonly Case[] {
  const guest = chooseGuests(['sha256.rv64'], true)[0]!;
  const large = join(folder, 'large.elf');
  writeFileSync(large, padElf(readFileSync(guest.path), { instructions: INSTRUCTIONS, symbols: SYMBOLS }));
  // A budget of one instruction ends the run where the guest's first instruction has been executed.
  const first = (elf: string): readonly string[] => [process.execPath, CLI, 'run', '-q', '--max-cycles', '1', elf];
  return [
    { name: 'node, empty script', command: [process.execPath, '-e', '0'], status: 0 },
    { name: 'jit-exec --help', command: [process.execPath, CLI, '--help'], status: 0 },
    { name: 'first instruction of a small program', command: first(guest.path), status: 124 },
    { name: 'first instruction of a large program', command: first(large), status: 124 },
  ];
}

function printShortRuns(rounds: number): void {
  const guests = chooseGuests(
    SHORT.guests.map(name => `${name}.rv64`),
    false,
  );
  const runs = measureShortRuns(guests, { instructions: SHORT.instructions, rounds });
  const line = (name: string, ratio: number): void => console.log(`${name.padEnd(40)}${ratio.toFixed(2).padStart(6)}`);
  console.log('\nfirst million instructions of a guest, auto ÷ interpreter');
  for (const { guest, ratio } of runs) line(guest, ratio);
  const worst = Math.max(...runs.map(({ ratio }) => ratio));
  line('geometric mean', geometricMean(runs.map(({ ratio }) => ratio)));
  line('worst', worst);
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'jit-exec-bench-'));
try {
  const all = cases(folder);
  const walls = new Map<string, number[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, command, status } of all) {
      const finished = runProcess(command);
      if (finished.status !== status) throw new Error(`${name}: status ${finished.status}\n${finished.stderr}`);
      walls.get(name)!.push(finished.wall);
    }
  }
  for (const [name, seconds] of walls)
    console.log(`${name.padEnd(40)}${(1000 * median(seconds)).toFixed(0).padStart(6)} ms`);
} finally {
  rmSync(folder, { recursive: true });
}
printShortRuns(rounds);
