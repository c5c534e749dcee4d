// Builds dist/ before the tests of the command, which run what users run, unless it is newer than every source.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILT = `${root}dist/cli/cli.js`;

export default function build(): void {
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newestSource()) return;
  for (const script of [
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    ['dist/src/build/write-interpreters.js'],
    ['dist/src/build/write-command.js'],
  ]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
    if (status !== 0) console.error(`${script[0]} reported errors; ${BUILT} may be stale\n${stdout}${stderr}`);
  }
  if (!existsSync(BUILT)) throw new Error(`the build made no ${BUILT}`);
}

function newestSource(): number {
  const times = ['src', 'codegen', 'runtime', 'bench'].flatMap(folder =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => statSync(`${root}${folder}/${name}`).mtimeMs),
  );
  return Math.max(...times);
}
