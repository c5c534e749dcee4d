// Run by the build: joins the command's modules into few files, because loading a hundred takes longer than what is in
// them. The library stays as it is, and what the library depends on stays an import. Of packages
// yargs comes along, which nothing but the command uses: a file of its own, minified because it is not ours to debug; and
// what the thread of a plain run needs; with their licences.

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
  // Names stay, for the stack of a bug; what else is for readers of the source is a third of the text.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
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

/** Help has no characters wider than a column; to look for them takes a quarter of `--help`. */
const NARROW: Plugin = {
  name: 'string-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path }) => ({ path, namespace: 'narrow' }));
    onLoad({ filter: /^/, namespace: 'narrow' }, () => ({ contents: 'export default text => [...text].length;' }));
  },
};

const yargs = await build({ ...COMMON, entryPoints: { yargs: 'yargs' }, minify: true, plugins: [NARROW] });

const JOINED = {
  ...COMMON,
  entryNames: '[name]',
  chunkNames: '[name]-[hash]',
  splitting: true,
  packages: 'external',
  plugins: [keepImport(/^yargs$/, './yargs.js'), keepImport(/^\.\/command\/main\.js$/, './main.js')],
} as const satisfies BuildOptions;

// Threads are started by the path of their file, so each is an entry; all lie in one folder. What a plain run loads is joined
// by itself: what it shares with the rest would be some thirty files more to wait for.
const command = await Promise.all(
  [
    [
      'src/command/main',
      'src/command/threads/plan-worker',
      'src/command/threads/prove-worker',
      'src/command/threads/profile-worker',
      'src/command/threads/work-worker',
      'src/command/threads/job-worker',
      'src/command/threads/batch-worker',
      'src/command/threads/check-guest',
      'src/command/threads/check-worker',
      'src/command/threads/segment-guest',
      'src/command/threads/segment-worker',
      'src/command/threads/shard-guest',
      'src/command/threads/shard-worker',
      'src/command/threads/trace-worker',
      'src/command/threads/trace-writer',
      'src/proof/prover/lanes/prover-thread.node',
      'runtime/gpu/webgpu-thread.node',
    ],
    ['src/cli'],
  ].map(names => build({ ...JOINED, entryPoints: names.map(name => `dist/${name}.js`) })),
);

// The thread of a plain run in one file, its packages with it. CommonJS: nothing of Node's loader of modules is needed then.
const guest = await build({
  ...COMMON,
  entryPoints: { 'run-worker': 'dist/src/command/threads/run-worker.js' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  banner: { js: "const fileUrl = require('node:url').pathToFileURL(__filename).href;" },
  define: { 'import.meta.url': 'fileUrl' },
});

const licences = new Set([yargs, guest].flatMap(({ metafile }) => packagesOf(metafile)).map(licenceOf));
writeFileSync(
  join(out, LICENCES),
  `yargs.js and run-worker.cjs are made with these packages:\n\n${[...licences].join('\n')}`,
);

const made = [yargs, guest, ...command].flatMap(({ metafile }) =>
  Object.keys(metafile.outputs).map(path => basename(path)),
);
// Of an earlier build; another that runs at the same time makes the same files.
for (const name of readdirSync(out)) if (![...made, LICENCES].includes(name)) rmSync(join(out, name), { force: true });
