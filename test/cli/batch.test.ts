import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBatchList } from '../../src/command/batch/batch-list.ts';
import { tinyElf } from '../codegen/elf/elf-builder.ts';
import { guest, jitExec, scratch } from './command.ts';

const write = scratch();
const line = (value: object): string => `${JSON.stringify(value)}\n`;
const linesOf = (stdout: string): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text));

describe('jit-exec batch', () => {
  it('runs each line, with panics, faults, limits and missing files as results, and sums up', () => {
    const fibonacci = guest('fibonacci.sp1');
    write('three.elf', tinyElf(64, 3));
    const input = write('input.bin', new Uint8Array(BigUint64Array.of(20n).buffer));
    const list = write(
      'list.jsonl',
      [
        line({ name: 'twenty', inputs: [{ u64: 20 }] }),
        line({ name: 'from a file', inputs: [input] }),
        line({ name: 'relative, and hex', program: fibonacci, inputs: [{ hex: '0a00000000000000' }] }),
        line({ name: 'panic', inputs: [] }),
        '\n',
        line({ name: 'three', program: 'three.elf' }),
        line({ name: 'fault', program: guest('faults.rv64'), args: ['wild-store'] }),
        line({ name: 'endless', program: guest('faults.rv64'), args: ['endless'] }),
        line({ name: 'missing', program: 'nowhere.elf' }),
      ].join(''),
    );
    const { status, stdout, stderr } = jitExec([
      'batch',
      list,
      '--program',
      fibonacci,
      '--max-cycles',
      '100k',
      '--workers',
      '2',
    ]);
    expect(status).toBe(1);
    const runs = linesOf(stdout);
    const told = runs.map(({ name, exit, error }) => [name, { ...(exit as object), ...(error as object) }]);
    expect(told).toMatchObject([
      ['twenty', { kind: 'halted', code: 0 }],
      ['from a file', { kind: 'halted', code: 0 }],
      ['relative, and hex', { kind: 'halted', code: 0 }],
      ['panic', { kind: 'halted', code: 1 }],
      ['three', { kind: 'halted', code: 3 }],
      ['fault', { kind: 'fault', cause: 'store-address' }],
      ['endless', { kind: 'limit', limit: 'cycles' }],
      ['missing', { code: 'FILE_UNREADABLE' }],
      [undefined, {}],
    ]);
    expect(runs[0]).toMatchObject({ schema: 1, instructions: 6849 });
    expect(runs[1]).toEqual({ ...runs[0], name: 'from a file', seconds: expect.anything(), mips: expect.anything() });
    expect(runs[3]!).toHaveProperty('stderrTail');
    expect(runs[0]!).not.toHaveProperty('stderrTail');
    expect(runs[8]!.summary).toMatchObject({
      runs: 8,
      ends: { 'halted 0': 3, 'halted 1': 1, 'halted 3': 1, fault: 1, 'limit cycles': 1, error: 1 },
      instructions: { min: 6799, median: 6849, max: 6849, sum: 6849 + 6849 + 6799 },
    });
    expect(stderr).toContain('jit-exec: 8 runs: 3 halted 0, 1 halted 1');
    expect(stderr).toContain('jit-exec: instructions: min 6799, median 6849, max 6849');
  });

  it('stops a run at --timeout, and goes on with the next', () => {
    const program = guest('faults.rv64');
    const list = line({ name: 'a', args: ['endless'] }) + line({ name: 'b', args: ['exit'] });
    const { stdout } = jitExec(['batch', '-', '--program', program, '--timeout', '300ms', '--workers', '1', '-q'], {
      stdin: list,
    });
    const [a, b] = linesOf(stdout);
    expect(a!.exit).toMatchObject({ kind: 'limit', limit: 'timeout' });
    expect(b!.exit).toMatchObject({ kind: 'halted' });
  });

  it.each([
    ['{"name":"a"}\n', 'list.jsonl:1: which program?'],
    ['\n{"nam":"a"}\n', 'list.jsonl:2: there is no field nam'],
    ['{"program":"x","inputs":[{"u64":1.5}]}', 'list.jsonl:1: expected each input as'],
    ['{"program":"x","name":"a"}\n{"program":"x","name":"a"}', 'the name a stands twice'],
    ['', 'no runs in it'],
    ['[', 'list.jsonl:1: '],
  ])('refuses the list %j', (text, message) => {
    const where = { name: 'list.jsonl', folder: '.', fallback: undefined };
    expect(() => readBatchList(text, where)).toThrow(message);
  });
});

describe('jit-exec diff', () => {
  const json = (name: string, n: number): string => {
    const path = write(name, '');
    writeFileSync(path, jitExec(['--json', '-q', guest('fibonacci.sp1'), '--input-u64', String(n)]).stdout);
    return path;
  };

  it('prints nothing of equal results, and each change of others; the threshold decides the status', () => {
    const [a, b] = [json('a.json', 20), json('b.json', 40)];
    expect(jitExec(['diff', a, a])).toEqual({ status: 0, stdout: '', stderr: '' });
    const { status, stdout } = jitExec(['diff', a, b]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^instructions +6849 +6949 +\+100 +\+1\.46 %$/m);
    const worse = jitExec(['diff', a, b, '--threshold', '1%', '--markdown']);
    expect(worse.status).toBe(1);
    expect(worse.stderr).toContain('instructions grew by 100 (1.46 %), the threshold is 1 %');
    expect(worse.stdout).toContain('| instructions | 6849 | 6949 | +100 | +1.46 % |');
  });

  it('refuses what it cannot read', () => {
    expect(jitExec(['diff', write('y.json', '{}'), write('z.json', '{}')]).status).toBe(65);
    expect(jitExec(['diff', 'a']).stderr).toContain('diff: which two results?');
  });
});
