// Run by the build: joins the command's modules into few files, because loading a hundred takes longer than what is in
// them. The library stays as it is, and what the library depends on stays an import. Only yargs, which nothing but the
// command uses, comes along: a file of its own, minified because it is not ours to debug, with its licences.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const out = join(root, 'dist/cli');
const LICENCES = 'LICENSES.txt';

const COMMON = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Folders of the packages whose files went into a bundle, from the root. */
function packagesOf({ inputs }: Metafile): string[] {
  const folders = Object.keys(inputs).map(path => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter(folder => folder !== undefined))].sort();
}

/** Name, version and licence text of a package. */
function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find(entry => /^licen[cs]e\b/i.test(entry));
  if (file === undefined) throw new Error(`${folder}: no licence to pass on`);
  return `${name} ${version}, ${license}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
}

/** Makes what is imported by names like these an import of `path`. */
function keepImport(filter: RegExp, path: string): Plugin {
  return { name: path, setup: ({ onResolve }) => onResolve({ filter }, () => ({ path, external: true })) };
}

const yargs = await build({ ...COMMON, entryPoints: { yargs: 'yargs' }, minify: true, legalComments: 'none' });
const licences = new Set(packagesOf(yargs.metafile).map(licenceOf));
writeFileSync(join(out, LICENCES), `yargs.js is made of these packages:\n\n${[...licences].join('\n')}`);

const JOINED = {
  ...COMMON,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  splitting: true,
  packages: 'external',
  plugins: [
    keepImport(/^yargs$/, './yargs.js'),
    keepImport(/\/written-interpreters\.js$/, '../src/engine/written-interpreters.js'),
  ],
} as const satisfies BuildOptions;

// Threads are started by the path of their file, so each is an entry; all lie in one folder. That of a plain run is joined
// by itself: what it shares with the rest would be some twenty files more to wait for.
const command = await Promise.all(
  [
    [
      'src/cli',
      'src/command/threads/plan-worker',
      'src/command/threads/profile-worker',
      'src/command/threads/work-worker',
      'src/command/threads/job-worker',
      'src/command/threads/batch-worker',
      'src/command/threads/segment-guest',
      'src/command/threads/segment-worker',
      'src/command/threads/shard-guest',
      'src/command/threads/shard-worker',
      'src/command/threads/trace-worker',
      'src/command/threads/trace-writer',
      'runtime/gpu/webgpu-thread.node',
    ],
    ['src/command/threads/run-worker'],
  ].map(names => build({ ...JOINED, entryPoints: names.map(name => `dist/${name}.js`) })),
);

const made = [yargs, ...command].flatMap(({ metafile }) => Object.keys(metafile.outputs).map(path => basename(path)));
// Of an earlier build; another that runs at the same time makes the same files.
for (const name of readdirSync(out)) if (![...made, LICENCES].includes(name)) rmSync(join(out, name), { force: true });
