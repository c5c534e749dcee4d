// `jit-exec trace` of guests of OpenVM: what is written is upstream's, and `--check` finds what was changed.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readShard } from '../../runtime/columns/shard-file.ts';
import { ERROR_PROGRAMS, elfOf, TINY } from '../machine/openvm/programs.ts';
import { jitExec, scratch } from './command.ts';
import { expectUpstream, inputOptions, limitOptions } from './segments.ts';

const write = scratch();
const folder = mkdtempSync(join(tmpdir(), 'jit-exec-segments-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tinyOps = write('tiny-ops.elf', new Uint8Array(Buffer.from(TINY['tiny-ops'].elf_base64, 'base64')));

describe('trace of an OpenVM guest', () => {
  const out = join(folder, 'tiny-ops');

  it('writes segments whose every column is OpenVM’s, and checks them', () => {
    const { traces } = TINY['tiny-ops'];
    const options = [...inputOptions(TINY['tiny-ops']), ...limitOptions('ctxrows=60')];
    const { status, stdout, stderr } = jitExec([
      ...['trace', tinyOps, '-o', out, '--until', 'traces', '--workers', '2', '--verify', '--json', '--quiet'],
      ...options,
    ]);
    // The guest prints once, though it runs twice.
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'hi\n' });
    const { segments, segmentsComplete, verify, publicValuesProof, gpu } = JSON.parse(stdout);
    expect(gpu).toBe(null);
    for (const { airs } of segments) for (const { device } of airs) expect(device).toBe('cpu');
    expect(segmentsComplete).toBe(true);
    expect(verify).toEqual({ segments: 5, failures: [], failureCount: 0, isWhole: true });
    expectUpstream(segments, traces['ctxrows=60']!.segments);
    const { user_public_values_commit, user_public_values_proof } = TINY['tiny-ops'].pure;
    expect([publicValuesProof.commitment, publicValuesProof.siblings]).toEqual([
      user_public_values_commit,
      user_public_values_proof,
    ]);
    const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'));
    expect(index.segments).toEqual(segments);
    expect(readdirSync(out).sort()).toEqual(['index.json', ...index.segments.map((one: { file: string }) => one.file)]);
    const file = readShard(readFileSync(join(out, 'segment-000001.bin')));
    expect([file.machine, file.field, file.shard]).toEqual(['openvm', 'BabyBear', 1]);
    expect(file.chips.map(({ name, rows }) => [name, rows])).toEqual(
      segments[1].airs.map((air: { name: string; rows: number }) => [air.name, air.rows]),
    );
  });

  it('is found out where a cell, a public value or the program was changed', () => {
    const path = join(out, 'segment-000002.bin');
    const bytes = readFileSync(path);
    const alu = readShard(bytes).chips.find(({ name }) => name === 'BaseAlu')!;
    const start =
      bytes.length - readShard(bytes).chips.reduce((sum, chip) => sum + 4 * chip.rows * chip.columns.length, 0);
    bytes[start + alu.offset + 4 * alu.rows * alu.columns.indexOf('a[0]')]! ^= 1;
    writeFileSync(path, bytes);
    const indexPath = join(out, 'index.json');
    const text = readFileSync(indexPath, 'utf8');
    const index = JSON.parse(text);
    index.segments[4].airs.find((air: { name: string }) => air.name === 'Connector').publicValues[0] += 4;
    index.segments[0].accessRecords.sha256 = index.segments[1].accessRecords.sha256;
    index.segments[1].heights.BaseAlu += 1;
    index.segments[1].finalTimestamp += 1;
    index.segments[3].touched += 1;
    index.segments[3].reason = 'cells';
    index.segments[3].heights.Merkle += 172;
    writeFileSync(indexPath, JSON.stringify(index));
    const { status, stderr } = jitExec(['trace', '--check', out, ...inputOptions(TINY['tiny-ops'])]);
    expect(status).toBe(65);
    for (const told of [
      /segment 0: accessRecords.sha256 \(index.json\) is [\da-f]{64}: got/,
      /segment 1: heights.BaseAlu \(index.json\) is (\d+): got/,
      /segment 1: finalTimestamp \(index.json\) is \d+: got/,
      /segment 3: touched \(index.json\) is \d+: got/,
      /segment 3: reason \(index.json\) is "rows": got "cells"/,
      /segment 3: heights \(index.json\) is \{/,
    ])
      expect(stderr).toMatch(told);
    expect(jitExec(['trace', '--check', out, '--input-hex', '00'])).toMatchObject({
      status: 76,
      stderr: expect.stringMatching(/the inputs besides --check are not those of the run/),
    });
    expect(stderr).toMatch(/segment 2: sha256.main of BaseAlu \(index.json\) is [\da-f]{64}: got/);
    expect(stderr).toMatch(/segment 2, chip BaseAlu, row 0 \(.*\[.*a\[0\]/);
    expect(stderr).toMatch(/segment 4: public values of Connector are/);
    expect(stderr).toMatch(/accepted as one run: InitialPcMismatch/);
    writeFileSync(indexPath, '{"machine":"openvm"}');
    expect(jitExec(['trace', '--check', out])).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(/expected a valid schema/),
    });
    writeFileSync(indexPath, text);
    const other = write('other.elf', elfOf([0x0b]));
    expect(jitExec(['trace', other, '--check', out])).toMatchObject({
      status: 65,
      stderr: expect.stringMatching(/the program with SHA-256/),
    });
  });

  it('refuses by name what OpenVM runs and cannot prove', () => {
    const trace = (name: string): ReturnType<typeof jitExec> => {
      const guest = write(`${name}.elf`, elfOf(ERROR_PROGRAMS[name]!.words));
      const until = ['--until', 'records', '--machine', 'openvm', '--input-hex', '010203', '-q'];
      return jitExec(['trace', guest, '-o', join(folder, name), ...until]);
    };
    expect(trace('lw-misaligned')).toMatchObject({
      status: 75,
      stderr: expect.stringMatching(/misaligned load 0x201002 at pc 0x200804, after 1 instructions/),
    });
  });

  it('says what it has not, and what it needs', () => {
    const trace = (...more: string[]): ReturnType<typeof jitExec> =>
      jitExec(['trace', tinyOps, '-o', join(folder, 'none'), ...inputOptions(TINY['tiny-ops']), ...more]);
    expect(trace('--until', 'traces', '--ram', '1M')).toMatchObject({
      status: 76,
      stderr: expect.stringMatching(/one at a time needs \d+ MiB of memory, the budget is 1 MiB/),
    });
  });
});
