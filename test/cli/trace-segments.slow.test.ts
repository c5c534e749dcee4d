// Segments of guests of OpenVM under all limits of the data, for any number of workers, and where a run is cut short.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ERROR_PROGRAMS, elfOf, TINY, type TinyProgram } from '../machine/openvm/programs.ts';
import { isThere, UPSTREAM_GUESTS, upstreamGuest } from '../machine/openvm/upstream-guests.ts';
import { jitExec, scratch, startJitExec } from './command.ts';
import { expectUpstream, inputOptions, limitOptions } from './segments.ts';

const write = scratch();
const folder = mkdtempSync(join(tmpdir(), 'jit-exec-segments-'));
afterAll(() => rmSync(folder, { recursive: true }));

const guestOf = (name: keyof typeof TINY): string =>
  write(`${name}.elf`, new Uint8Array(Buffer.from(TINY[name].elf_base64, 'base64')));

/** Every file of a folder, without what differs from run to run. */
function filesOf(path: string): Record<string, string> {
  const entries = readdirSync(path).map((name): [string, string] => {
    const bytes = readFileSync(join(path, name));
    if (name !== 'index.json') return [name, bytes.toString('latin1')];
    const { seconds: _seconds, mips: _mips, peaks: _peaks, ...index } = JSON.parse(bytes.toString());
    return [name, JSON.stringify(index)];
  });
  return Object.fromEntries(entries);
}

describe.each(Object.entries(TINY) as [keyof typeof TINY, TinyProgram][])('%s', (name, program) => {
  it.each(Object.keys(program.traces))(
    'has the traces of upstream under limits %s',
    key => {
      const out = join(folder, `${name}-${key}`);
      const { status, stdout } = jitExec([
        ...['trace', guestOf(name), '-o', out, '--until', 'traces', '--digests-only', '--json', '-q'],
        ...[...inputOptions(program), ...limitOptions(key)],
      ]);
      expect(status).toBe(0);
      expectUpstream(JSON.parse(stdout).segments, program.traces[key]!.segments);
      if (key !== 'default') return;
      // Of digests another run is what there is to compare with.
      const check = jitExec(['trace', '--check', out, ...inputOptions(program)]);
      expect(check).toMatchObject({ status: 0, stderr: expect.stringMatching(/compared with another run/) });
    },
    120_000,
  );
});

describe('segments', () => {
  const guest = guestOf('tiny-loop');
  const trace = (out: string, ...more: string[]): ReturnType<typeof jitExec> =>
    jitExec(['trace', guest, '-o', join(folder, out), '--until', 'traces', '-q', '--max-rows', '1000', ...more]);

  it('are the same bytes whatever the number of workers', () => {
    for (const workers of ['1', '2', '4']) expect(trace(`w${workers}`, '--workers', workers).status).toBe(0);
    const [one, ...others] = ['w1', 'w2', 'w4'].map(name => filesOf(join(folder, name)));
    for (const other of others) expect(other).toEqual(one);
  }, 120_000);

  it('can be one alone, which another trace of the folder replaces', () => {
    expect(trace('only', '--only-segment', '2').status).toBe(0);
    const { segments } = JSON.parse(readFileSync(join(folder, 'only/index.json'), 'utf8'));
    expectUpstream(segments, [TINY['tiny-loop'].traces['rows=1000']!.segments[2]!]);
    expect(readdirSync(join(folder, 'only')).sort()).toEqual(['index.json', 'segment-000002.bin']);
    expect(jitExec(['trace', '--check', join(folder, 'only')])).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/1 segment checked/),
    });
    const records = ['trace', guest, '-o', join(folder, 'only'), '--until', 'records', '-q'];
    expect(jitExec(records).status).toBe(0);
    expect(readdirSync(join(folder, 'only'))).toEqual(['index.json']);
  }, 120_000);

  it('that are complete are listed where a run is interrupted, and no file besides', async () => {
    const out = join(folder, 'interrupted');
    const endless = ['trace', guest, '-o', out, '--until', 'traces', '--max-rows', '600', '--check-every', '20'];
    const running = startJitExec(endless);
    const first = setInterval(() => {
      if (!existsSync(join(out, 'segment-000000.bin'))) return;
      clearInterval(first);
      running.signal('SIGINT');
    }, 20);
    const { status } = await running.outcome;
    expect(status).toBe(130);
    const { segments, segmentsComplete } = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8'));
    expect(segmentsComplete).toBe(false);
    expect(readdirSync(out).sort()).toEqual(['index.json', ...segments.map((one: { file: string }) => one.file)]);
    expect(segments.length).toBeGreaterThan(0);
    expect(jitExec(['trace', '--check', out])).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/one run was not looked at/),
    });
  }, 120_000);

  it('end at a budget with those that were cut before', () => {
    expect(trace('budget', '--max-cycles', '3500').status).toBe(124);
    const { segments, complete } = JSON.parse(readFileSync(join(folder, 'budget/index.json'), 'utf8'));
    expect(complete).toBe(false);
    expectUpstream(segments, TINY['tiny-loop'].traces['rows=1000']!.segments.slice(0, 3));
  }, 60_000);

  it('end before what OpenVM runs and cannot prove', () => {
    const program = write('hints.elf', elfOf(ERROR_PROGRAMS['hintbuffer-0']!.words));
    const args = ['trace', program, '-o', join(folder, 'hints'), '--until', 'traces', '--input-hex', '010203', '-q'];
    expect(jitExec(args)).toMatchObject({
      status: 75,
      stderr: expect.stringMatching(/HINT_BUFFER of 0 words, which OpenVM runs but no proof can be of/),
    });
    const { exit, segments } = JSON.parse(readFileSync(join(folder, 'hints/index.json'), 'utf8'));
    expect([exit.cause, exit.pc, segments]).toEqual(['Fail', '0x200808', []]);
  }, 60_000);

  it('are not written where there is no room', () => {
    if (!existsSync('/dev/full')) return;
    writeFileSync(join(folder, 'a-file'), '');
    expect(trace('a-file').status).toBe(74);
  });
});

describe.skipIf(!isThere)('guests of OpenVM', () => {
  it.each(UPSTREAM_GUESTS)(
    '%s has its traces',
    name => {
      const program = upstreamGuest(name);
      for (const key of Object.keys(program.traces)) {
        const { status, stdout } = jitExec([
          ...['trace', program.path, '-o', join(folder, `${name}-${key}`), '--until', 'traces'],
          ...['--digests-only', '--json', '-q', ...inputOptions(program), ...limitOptions(key)],
        ]);
        expect(status).toBe(0);
        expectUpstream(JSON.parse(stdout).segments, program.traces[key]!.segments);
      }
    },
    600_000,
  );
});
