// The manual page that the build writes: every command and option of the help, in a form that man takes.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { manPage } from '../../src/command/arguments/man-page.ts';
import { COMMAND_OPTIONS } from '../../src/command/arguments/options.ts';
import build from '../build.ts';

const PAGE = fileURLToPath(new URL('../../dist/man/jit-exec.1', import.meta.url));
const hasGroff = spawnSync('groff', ['--version']).status === 0;
if (!hasGroff) console.warn('man-page.test.ts: groff is not here, its warnings are not looked at');

describe('the manual page', () => {
  let page = '';
  beforeAll(async () => {
    await build();
    page = readFileSync(PAGE, 'utf8');
  }, 240_000);

  it.each(Object.keys(COMMAND_OPTIONS))('has each option of %s, with what it is for', command => {
    const heading = command === 'run' ? '.SH SYNOPSIS' : `.SH jit\\-exec ${command}`;
    const from = page.split('\n').findIndex(line => line === heading || line.startsWith(`${heading} `));
    expect(from).toBeGreaterThan(0);
    const rest = page.split('\n').slice(from + 1);
    const section = rest.slice(0, rest.findIndex(line => /^\.SH (?!DESCRIPTION)/.test(line)) >>> 0).join('\n');
    for (const [option, { describe: text }] of Object.entries(COMMAND_OPTIONS[command]!)) {
      expect(section).toMatch(new RegExp(`^\\.B .*\\\\-\\\\-${option.replaceAll('-', '\\\\-')}(,| |$)`, 'm'));
      expect(section.replaceAll('\\-', '-')).toContain(text!.replaceAll('\\', '\\e'));
    }
  });

  it.runIf(hasGroff)('is taken by groff without a warning, and shows what the help shows', () => {
    const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tascii', '-P-cbou', '-ww', PAGE], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('--profile-weight instructions|precompiles|reads|gas');
    expect(stdout).toMatch(/^NAME\n\s+jit-exec - runs RISC-V programs/m);
    expect(stdout).toContain('Exit status: that of the guest');
  });

  it('escapes what roff would read', () => {
    const page = manPage('1', [{ command: '', text: "x\n\n.a line\n'b \\c\n\nOptions:\n      --d  \\e" }]);
    expect(page).toContain('\n\\&.a line\n');
    expect(page).toContain("\n\\&'b \\ec\n");
    expect(page).toContain('.TP\n.B \\-\\-d\n\\ee\n');
  });

  it('is there where package.json says', () => {
    const { man } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(existsSync(new URL(`../../${man}`, import.meta.url))).toBe(true);
  });
});
