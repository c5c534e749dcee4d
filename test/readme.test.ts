// The README is run: what its console blocks show is what the command prints, its JavaScript prints what follows it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSummary } from '../bench/run.ts';
import { STATUS, STATUS_OF_ERROR } from '../src/command/status.ts';
import build from './build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const benchReadme = readFileSync(join(ROOT, 'bench/README.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));

/** Commands of a console block, each with the output shown below it. */
const sessions = blocks
  .filter(({ language }) => language === 'console')
  .flatMap(({ text }) => text.split(/^\$ /m).slice(1))
  .map(session => {
    const end = session.indexOf('\n');
    return { command: session.slice(0, end), shown: session.slice(end + 1) };
  });

/** Times and the choice of `auto` are the machine's affair. */
const steady = (text: string): string =>
  text
    .replace(/"(seconds|mips)":[\d.e-]+/g, '"$1":0')
    .replace(/, of which \S+ s waiting for writers/g, '')
    .replace(/\d+\.\d+ (s|MIPS|M entries|M instructions)\b/g, '0 $1')
    .replace(/("engine":"|\b(?:bare|sp1), )(?:js|wasm|interpreter)\b/g, '$1engine');

const folder = mkdtempSync(join(tmpdir(), 'jit-exec-readme-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await build();
  const script = `#!/bin/sh\nexec "${process.execPath}" "${ROOT}dist/cli/cli.js" "$@"\n`;
  writeFileSync(join(folder, 'jit-exec'), script, { mode: 0o755 });
  // What a command writes is not written into the repository.
  symlinkSync(join(ROOT, 'examples'), join(folder, 'examples'), 'junction');
}, 300_000);

const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };

function shell(command: string): { status: number | null; output: string } {
  const { status, stdout } = spawnSync('sh', ['-c', `{ ${command}\n} 2>&1`], { cwd: folder, env, encoding: 'utf8' });
  return { status, output: stdout };
}

describe.runIf(process.platform !== 'win32')('a command in the README', () => {
  test.each(sessions)('prints what is shown: $command', ({ command, shown }) => {
    expect(steady(shell(command).output)).toBe(steady(shown));
  });

  test('starts with one that works', () => {
    expect(shell(sessions[0]!.command).status).toBe(0);
  });
});

test('JavaScript in the README prints what is shown below it', () => {
  const programs = blocks.flatMap(({ language, text }, i) =>
    language === 'js' ? [{ text, shown: blocks[i + 1]!.text }] : [],
  );
  expect(programs.length).toBeGreaterThan(0);
  for (const { text, shown } of programs) {
    const args = ['--input-type=module', '-e', text];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe(shown);
  }
});

/** Long names, as the command's help has them. */
function optionsOf(command: string): string[] {
  const { output } = shell(`jit-exec ${command} --help`);
  const listed = [...output.matchAll(/^ +(?:-\w, )?(--[\w-]+) /gm)].map(([, option]) => option!);
  return listed.filter(option => option !== '--help' && option !== '--version');
}

test('the README names every option of run, and no other', () => {
  const table = /\| option of `run`[\s\S]*?\n\n/.exec(readme)![0];
  const described = [...table.matchAll(/`(--[\w-]+)/g)].map(([, option]) => option!);
  expect(described.sort()).toEqual(optionsOf('run').sort());
});

test('the README names every option of trace', () => {
  const listed = optionsOf('trace');
  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter(option => !readme.includes(`\`${option}`))).toEqual([]);
});

test('the README names every command', () => {
  const { output } = shell('jit-exec --help');
  const listed = [...output.matchAll(/^ {2}jit-exec (\w+) /gm)].map(([, command]) => command!);
  const usage = blocks.find(({ text }) => text.startsWith('jit-exec [run]'))!.text;
  const named = [...usage.matchAll(/^jit-exec \[?(\w+)/gm)].map(([, command]) => command!);
  expect(new Set(named)).toEqual(new Set(listed));
});

test('the README names every exit status', () => {
  const table = /\| exit status[\s\S]*?\n\n/.exec(readme)![0];
  const described = [...table.matchAll(/^\| (\d+) \|/gm)].map(([, status]) => Number(status));
  expect(described).toEqual(
    [...new Set([...Object.values(STATUS_OF_ERROR), ...Object.values(STATUS)])].sort((a, b) => a - b),
  );
});

test('scripts that the documents mention exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of ['README.md', 'CONTRIBUTING.md', '.ci/run']) {
    const text = readFileSync(join(ROOT, name), 'utf8');
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script]) => script!);
    expect(named.filter(script => !(script in scripts))).toEqual([]);
  }
});

test('CI runs the test command of the README', () => {
  expect(readme).toContain('\nnpm ci && npm test\n');
  expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toMatch(/^npm ci .*\n(npm run check\n)?npm test$/m);
});

test('the table of performance is that of the last saved bench', () => {
  const results = join(ROOT, 'bench/results/results.json');
  expect(existsSync(results)).toBe(true);
  expect(withSummary(benchReadme, JSON.parse(readFileSync(results, 'utf8')))).toBe(benchReadme);
});
