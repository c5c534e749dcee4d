// The declarations that npm would publish, as a project sees them that checks what it depends on.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import build from './build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');
const folder = mkdtempSync(join(tmpdir(), 'jit-exec-types-'));
const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const entries = Object.keys(exports).filter(name => typeof exports[name] === 'object');

beforeAll(async () => {
  await build();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/jit-exec'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const names = entries.map((name, i) => `export * as e${i} from 'jit-exec${name.slice(1)}';`);
  writeFileSync(join(folder, 'all.ts'), names.join('\n'));
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function errorsOf(options: object): string {
  const compilerOptions = { noEmit: true, strict: true, skipLibCheck: false, types: [], ...options };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['all.ts'] }));
  try {
    execFileSync(process.execPath, [COMPILER, '-p', folder], { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test.each([
  [
    'of Node, without the DOM',
    {
      target: 'es2020',
      lib: ['es2020'],
      module: 'node16',
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
  ],
  ['of a bundler', { target: 'es2022', lib: ['es2022', 'dom'], module: 'esnext', moduleResolution: 'bundler' }],
])(
  'check in a project %s',
  (_, options) => {
    expect(errorsOf(options)).toBe('');
  },
  60_000,
);

test('are found broken where they name what nobody declares', () => {
  writeFileSync(join(folder, 'all.ts'), 'export const memory: WebAssembly.Memory | undefined = undefined;');
  expect(errorsOf({ target: 'es2022', lib: ['es2022'], module: 'node16' })).toContain(
    "Cannot find namespace 'WebAssembly'",
  );
}, 240_000);
