// SP1's own guests, which are not part of this package: the folder JIT_EXEC_SP1_GUESTS has them under the names of
// test/vectors/sp1-golden.json, with their input files.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TraceChunk } from '../../../runtime/trace/chunk.ts';
import { loadGuest } from '../../../src/machine/guest.ts';
import { Splicer } from '../../../src/machine/sp1/records/cut/splicer.ts';
import { TraceChecker } from '../../../src/machine/sp1/replay/check.ts';
import { trace } from '../../../src/verbs/trace.ts';
import cuts from '../../vectors/sp1-traces.json' with { type: 'json' };
import { asRecorded, inputBytes, recordedRuns, sha256, traceAll } from './guest-runs.ts';

const folder = process.env.JIT_EXEC_SP1_GUESTS;
const runs = recordedRuns('sp1-golden.json');

if (folder === undefined) {
  console.warn("JIT_EXEC_SP1_GUESTS names no folder: SP1's own guests are not traced");
  test('are skipped where there are none', () => expect(runs.length).toBeGreaterThan(0));
} else {
  describe("SP1's own guests", () => {
    const isThere = (input: string): boolean => !input.startsWith('file:') || existsSync(join(folder, input.slice(5)));
    test.each(runs.filter(run => run.cycles < 1e7).map(run => [`${run.elf} by ${run.chunkEntries}`, run] as const))(
      'have the chunks that its executor made, on every engine: %s',
      (_title, run) => {
        const bytes = readFileSync(join(folder, run.elf!));
        const inputs = run.inputs.map(text => inputBytes(text, folder));
        for (const engine of ['interpreter', 'js', 'wasm'] as const) {
          const traced = traceAll(bytes, { engine, inputs, chunkEntries: run.chunkEntries });
          expect(asRecorded(run, traced)).toEqual(run);
        }
      },
    );

    const cut = cuts.runs.filter(run => existsSync(join(folder, run.elf)) && run.inputs.every(isThere));
    test.each(cut.map(run => [run.name, run] as const))(
      'are cut where its splicer cut them, whole blocks too: %s',
      (_name, run) => {
        const bytes = readFileSync(join(folder, run.elf));
        const { program } = loadGuest(bytes, run.elf, 'sp1');
        const splicer = new Splicer(program, { elements: run.elementThreshold, height: run.heightThreshold });
        const splices: unknown[] = [];
        trace(bytes, {
          inputs: run.inputs.map(text => inputBytes(text, folder)),
          chunkEntries: run.chunkEntries,
          onChunk: ({ raw, index }) => {
            const chunk = TraceChunk.fromRaw(raw);
            for (const s of splicer.splice(chunk).splices) {
              const digest = sha256(chunk.slice(s).encode());
              splices.push([index, s.clkStart, s.clkEnd, s.pcStart, s.entriesEnd, digest]);
            }
          },
        });
        expect(splices).toEqual(run.splices);
      },
      600_000,
    );

    const long = runs.filter(run => run.cycles >= 1e7 && run.inputs.every(isThere));
    test.each(long.map(run => [`${run.elf} ${run.inputs}`, run] as const))(
      'have the chunks that its executor made, and these replay: %s',
      (_title, run) => {
        const bytes = readFileSync(join(folder, run.elf!));
        const inputs = run.inputs.map(text => inputBytes(text, folder));
        const checker = new TraceChecker(loadGuest(bytes, run.elf!, 'sp1'), '6.4');
        const hashes: string[] = [];
        trace(bytes, {
          inputs,
          chunkEntries: run.chunkEntries,
          onChunk: ({ raw, index }) => {
            hashes.push(sha256(raw));
            checker.check(raw, `chunk ${index}`, false);
          },
        });
        expect(hashes).toEqual(run.chunks!.map(chunk => chunk[3]));
        expect(checker.end).toMatchObject({ clk: run.clk, exitCode: run.exitCode });
      },
      600_000,
    );
  });
}
