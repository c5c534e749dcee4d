// gdb itself on the built command: a recorded session with what it shows. Skipped aloud where there is no gdb-multiarch.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import build from '../build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const hasGdb = spawnSync('gdb-multiarch', ['--version']).status === 0;
if (!hasGdb) console.warn('gdb.slow.test.ts: skipped, there is no gdb-multiarch');

/** What gdb shows of some commands, the guest's output included. */
function session(guest: string, args: readonly string[], commands: readonly string[]): string {
  const script = join(mkdtempSync(join(tmpdir(), 'gdb-')), 'script');
  const elf = `examples/guests/bin/${guest}.elf`;
  const target = `node dist/cli/cli.js --gdb stdio --quiet ${elf} ${args.join(' ')}`;
  const text = [
    'set pagination off',
    'set confirm off',
    'set remotetimeout 60',
    `target remote | ${target}`,
    ...commands,
  ];
  writeFileSync(script, `${text.join('\n')}\n`);
  // gdb shows what the guest writes, and monitor commands, on its standard error.
  const { stdout, stderr } = spawnSync('gdb-multiarch', ['-nx', '-batch', '-x', script, elf], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe.skipIf(!hasGdb)('gdb', () => {
  beforeAll(build, 300_000);

  it('stops at breakpoints, shows who called, goes back and on to the end', () => {
    const shown = session(
      'rec.rv64',
      ['--', '4'],
      [
        'break *0x117a8',
        'continue',
        'backtrace',
        'continue',
        'print $a0',
        'reverse-continue',
        'print $a0',
        'stepi',
        'reverse-stepi',
        'print $pc',
        'delete',
        'continue',
      ],
    );
    expect(shown).toMatch(/\$1 = 3\s[\s\S]*\$2 = 4\s/);
    expect(shown).toMatch(/#0 +0x0*117a8 in descend \(\)\s+#1 +0x[\da-f]+ in main \(\)/);
    expect(shown).toContain('$3 = (void (*)()) 0x117a8 <descend>');
    expect(shown).toContain('depth 4 result faade58a root 00786e92');
    expect(shown).toContain('exited normally');
  });

  it('stops where a watched place is written, on a machine of SP1 too', () => {
    const shown = session(
      'fibonacci.sp1',
      ['--input-u64', '20'],
      ['break main', 'continue', 'set $place = $sp - 16', 'watch *(long *)$place', 'continue', 'monitor where', 'kill'],
    );
    expect(shown).toMatch(/Hardware watchpoint 2: \*\(long \*\)\$place|Watchpoint 2/);
    expect(shown).toMatch(/New value = /);
    expect(shown).toMatch(/after \d+ instructions/);
  });
});
