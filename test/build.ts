// Builds dist/ unless it is newer than every source; of several processes one builds, and the others wait for it.

import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILT = `${root}dist/cli/cli.js`;
/** There while somebody builds, whose number is in it. */
const BUILDING = `${root}dist/.building`;

const SCRIPTS: readonly (readonly string[])[] = [
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  ['dist/src/build/write-interpreters.js'],
  ['dist/src/build/write-command.js'],
  ['dist/src/build/write-man.js'],
];

export default async function build(): Promise<void> {
  while (isHeld()) await new Promise(resolve => setTimeout(resolve, 50));
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newestSource()) return;
  if (!hold()) return build();
  try {
    for (const script of SCRIPTS) await run(script);
  } finally {
    rmSync(BUILDING, { force: true });
  }
  if (!existsSync(BUILT)) throw new Error(`the build made no ${BUILT}`);
}

/** Whether somebody builds who has not gone away since. */
function isHeld(): boolean {
  try {
    process.kill(Number(readFileSync(BUILDING, 'utf8')) || process.pid, 0);
    return true;
  } catch {
    rmSync(BUILDING, { force: true });
    return false;
  }
}

function hold(): boolean {
  mkdirSync(`${root}dist`, { recursive: true });
  try {
    const file = openSync(BUILDING, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    return false;
  }
}

function run(script: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, script, { cwd: root });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text;
    });
  }
  return new Promise(resolve => {
    child.on('close', status => {
      if (status !== 0) console.error(`${script[0]} reported errors; ${BUILT} may be stale\n${output}`);
      resolve();
    });
  });
}

function newestSource(): number {
  const times = ['src', 'codegen', 'runtime', 'bench'].flatMap(folder =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .map(name => statSync(`${root}${folder}/${name}`).mtimeMs),
  );
  return Math.max(...times);
}
