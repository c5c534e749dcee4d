// What npm would publish.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import build from './build.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_UNPACKED_BYTES = 1_000_000;
const MAX_PRODUCTION_PACKAGES = 25;
const HOOK_MILLISECONDS = 60_000;

interface Pack {
  readonly files: readonly { readonly path: string }[];
  readonly unpackedSize: number;
}

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json'));

describe('the published package', () => {
  let pack: Pack;
  beforeAll(() => {
    build();
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
      .filter(path => !/^dist\/(src|codegen|runtime)\/.+\.(d\.ts|js)$/.test(path));
    expect(rest.sort()).toEqual(['CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'package.json']);
  });

  test('holds every file that its manifest points to', () => {
    const paths = new Set(pack.files.map(({ path }) => `./${path}`));
    const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap(target =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    for (const target of [...targets, ...Object.values<string>(manifest.bin)]) expect(paths).toContain(target);
  });

  test('is smaller than 1 MB unpacked', () => {
    expect(pack.unpackedSize).toBeLessThan(MAX_UNPACKED_BYTES);
  });
});

describe('the lockfile', () => {
  const lock = JSON.parse(read('package-lock.json'));
  const packages = Object.entries<{ dev?: boolean; resolved?: string; hasInstallScript?: boolean }>(lock.packages);

  test('installs at most 25 packages for production, none with an install script', () => {
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
