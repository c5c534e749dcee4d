// What npm would publish.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import build from './build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/**
 * The command's modules are there twice: as the library's, and joined for the command with what it needs of yargs, those of a
 * plain run once more in one file. Chips and kernels of two machines come to 2 MB, a planner with cost tables to 0.5, a key to 0.2.
 */
const MAX_UNPACKED_BYTES = 8_000_000;
const MAX_PRODUCTION_PACKAGES = 5;
const HOOK_MILLISECONDS = 240_000;

interface Pack {
  readonly files: readonly { readonly path: string }[];
  readonly unpackedSize: number;
}

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json'));
/** Loaded only where they are asked for; an error says what to install. */
const OPTIONAL = Object.keys(manifest.peerDependencies);

/** Paths of a module's imports, static and dynamic, as the build writes them. */
const importsOf = (text: string): string[] =>
  [...text.matchAll(/(?:^|[;}\s])(?:import|export)\b(?:[\w\s{},*$]*\bfrom)?\s*\(?\s*["']([^"'\n]+)["']/g)].map(
    ([, path]) => path!,
  );

const packageOf = (path: string): string => path.split('/', path.startsWith('@') ? 2 : 1).join('/');

describe('the published package', () => {
  let pack: Pack;
  beforeAll(async () => {
    await build();
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const listing = execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      shell: process.platform === 'win32',
    });
    pack = JSON.parse(listing)[0];
  }, HOOK_MILLISECONDS);

  test('holds the built code with its types, documents and licences, and nothing else', () => {
    const rest = pack.files
      .map(({ path }) => path)
      .filter(path => !/^dist\/((src|codegen|runtime)\/.+\.(d\.ts|js)|cli\/[^/]+\.c?js)$/.test(path));
    expect(rest.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE-APACHE',
      'LICENSE-MIT',
      'README.md',
      'dist/cli/LICENSES.txt',
      'dist/man/jit-exec.1',
      'package.json',
      'src/proof/keys/openvm-1.4.0-rv32im.json',
    ]);
  });

  test('imports what it holds, what it installs and Node', () => {
    const paths = new Set(pack.files.map(({ path }) => path));
    const scripts = [...paths].filter(path => path.endsWith('.js'));
    const imports = scripts.flatMap(from => importsOf(read(from)).map(to => ({ from, to })));
    expect(imports.length).toBeGreaterThan(300);
    const wrong = imports.filter(({ from, to }) => {
      if (to.startsWith('.')) return !paths.has(posix.join(dirname(from), to));
      return (
        !builtinModules.includes(to.replace(/^node:/, '')) &&
        ![manifest.name, ...Object.keys(manifest.dependencies), ...OPTIONAL].includes(packageOf(to))
      );
    });
    expect(wrong).toEqual([]);
  });

  test('passes on the licence of every package that is part of it', () => {
    const text = read('dist/cli/LICENSES.txt');
    // Of the thread of a plain run, whose packages the library imports.
    const joined = [
      // The build has a stand-in for this one.
      ...closure('yargs', 'string-width'),
      ...['@noble/curves', '@noble/hashes', 'astring'].flatMap(name => closure(name)),
    ];
    const missing = joined.filter(({ name, version }) => !text.includes(`${name} ${version}, `));
    expect(missing).toEqual([]);
  });

  test('holds every file that its manifest points to', () => {
    const paths = new Set(pack.files.map(({ path }) => `./${path}`));
    const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap(target =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of [...targets, ...Object.values<string>(manifest.bin)]) expect(paths).toContain(target);
  });

  test('is smaller than 8 MB unpacked', () => {
    expect(pack.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  describe('installed in an empty folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'jit-exec-package-'));
    const modules = join(folder, 'node_modules');
    afterAll(() => rmSync(folder, { recursive: true }));
    beforeAll(() => {
      writeFileSync(join(folder, 'package.json'), '{}');
      for (const { path } of pack.files) cpSync(join(ROOT, path), join(modules, 'jit-exec', path));
      for (const name of Object.keys(manifest.dependencies))
        cpSync(realpathSync(join(ROOT, 'node_modules', name)), join(modules, name), { recursive: true });
    });
    const node = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    const command = (...args: string[]): string => node(join(modules, 'jit-exec', manifest.bin['jit-exec']), ...args);
    const guest = (name: string): string => join(ROOT, `examples/guests/bin/${name}.elf`);

    test('runs and traces programs and tells its version', () => {
      expect(command('--version')).toContain(`jit-exec ${manifest.version},`);
      expect(command('run', '--json', '--quiet', guest('sort.rv32'), '--', '100')).toContain('"exit"');
      command('trace', '--quiet', guest('fibonacci.sp1'), '--input-u64', '20', '-o', 'chunks');
      expect(command('trace', '--check', 'chunks', '--json')).toContain('"chunks"');
    });

    test('is a library under each of its names', () => {
      const names = Object.keys(manifest.exports).filter(name => !name.endsWith('.json'));
      const lines = names.map(name => `await import('${posix.join('jit-exec', name)}');`);
      const text = `${lines.join('\n')}\nconsole.log(typeof (await import('jit-exec')).execute);`;
      expect(node('--input-type=module', '-e', text)).toBe('function\n');
    });
  });
});

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const lock: { packages: Readonly<Record<string, Locked>> } = JSON.parse(read('package-lock.json'));

/** A package with all that it depends on, but for one and what only that needs. */
function closure(start: string, without?: string): { name: string; version: string }[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = [`${from}/node_modules/${name}`, `node_modules/${name}`].find(one => one in lock.packages)!;
    if (found.has(path) || name === without) return;
    found.add(path);
    for (const other of Object.keys(lock.packages[path]!.dependencies ?? {})) visit(other, path);
  };
  visit(start, '');
  return [...found].map(path => ({
    name: path.split('node_modules/').at(-1)!,
    version: lock.packages[path]!.version!,
  }));
}

describe('the lockfile', () => {
  const packages = Object.entries(lock.packages);

  test('installs at most 5 packages for production, none with an install script', () => {
    const production = packages.filter(([path, { dev }]) => path !== '' && dev !== true);
    expect(production.length).toBeLessThanOrEqual(MAX_PRODUCTION_PACKAGES);
    expect(production.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  });

  test('names no registry, so that it installs from any', () => {
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

test('versions of dependencies are exact', () => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    expect({ name, version }).toEqual({ name, version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  }
});

test('the changelog starts with the version of the manifest', () => {
  expect(read('CHANGELOG.md')).toMatch(
    new RegExp(`^# Changelog\\n[^#]*## ${manifest.version.replaceAll('.', '\\.')}\\b`),
  );
});

test('no document points to a file that is not there', () => {
  for (const name of ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CHANGELOG.md']) {
    for (const [, target] of read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect({ name, target, exists: existsSync(join(ROOT, target!)) }).toEqual({ name, target, exists: true });
    }
  }
});
