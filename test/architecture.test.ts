// Which folder may import what: ARCHITECTURE.md. Imports are read as text. Those of types count: they are gone when the
// program runs, but not when it is read.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A folder and those that it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  codegen: ['runtime'],
  src: ['codegen', 'runtime'],
};
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  runtime: ['@noble/curves', '@noble/hashes'],
  codegen: ['acorn', 'astring', 'estree'],
};

/** Rooms that may not know each other, each by the start of its paths. */
const NEVER: readonly (readonly [from: string, to: readonly string[]])[] = [
  ['codegen/isa/', ['codegen/program/', 'codegen/region/', 'codegen/javascript/', 'codegen/wasm/']],
  ['codegen/program/', ['codegen/region/', 'codegen/javascript/', 'codegen/wasm/']],
  ['codegen/region/', ['codegen/javascript/', 'codegen/wasm/', 'astring']],
  ['codegen/wasm/', ['codegen/javascript/', 'astring']],
  ['codegen/javascript/', ['codegen/wasm/']],
  ['codegen/chips/', ['src/machine/']],
  ['src/engine/', ['src/machine/']],
  ['src/planner/batch/', ['src/machine/', 'src/engine/', 'codegen/']],
  ['src/planner/fold/', ['src/machine/', 'src/engine/', 'codegen/']],
];
/** Threads that write what another one made, and must start fast: nothing that they reach may be of these. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  'src/command/threads/trace-writer.ts': ['src/engine/', 'codegen/'],
};
/** Bytes of sources that such a thread may load. */
const WRITER_BYTES = 70_000;
/** What breaks a rule above and is known; whoever mends it takes it out. */
const EXCEPTIONS: readonly string[] = [];

interface Import {
  readonly from: string;
  /** A path from the root, or a package. */
  readonly to: string;
  readonly isType: boolean;
  /** Loaded when it is asked for. */
  readonly isDynamic: boolean;
}

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile() && /\.ts$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map(entry => join(entry.parentPath, entry.name).slice(ROOT.length).replaceAll('\\', '/'));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const lines = text.matchAll(
    /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm,
  );
  return [...lines].map(([, type, first, second]) => {
    const specifier = (first ?? second)!;
    const to = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)).replaceAll('\\', '/') : specifier;
    return { from: file, to, isType: type !== undefined, isDynamic: first === undefined };
  });
}

const FOLDERS = Object.keys(MAY_IMPORT);
const files = FOLDERS.flatMap(filesOf);
const imports = new Map(files.map(file => [file, importsOf(file)]));
const all = [...imports.values()].flat();
const folderOf = (file: string): string => file.split('/')[0]!;
const isFile = ({ to }: Import): boolean => to.endsWith('.ts');
const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
const show = ({ from, to }: Import): string => `${from} imports ${to}`;

/** Files that are loaded with one, itself included; `later`: those too that it may ask for. */
function reachedFrom(start: string, later: boolean): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const one of imports.get(file) ?? [])
      if (!one.isType && isFile(one) && (later || !one.isDynamic)) visit(one.to);
  };
  visit(start);
  return reached;
}

describe('imports', () => {
  it('are found', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(
      all.filter(one => isFile(one) && !imports.has(one.to) && !one.to.endsWith('package.json')).map(show),
    ).toEqual([]);
  });

  it.each(FOLDERS)('from %s point to itself or to the right', folder => {
    const allowed = [folder, ...MAY_IMPORT[folder]!];
    const wrong = all.filter(
      one => folderOf(one.from) === folder && isFile(one) && !allowed.includes(folderOf(one.to)),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it.each(Object.keys(PACKAGES))('of packages in %s are those it is known for', folder => {
    const outside = all.filter(one => folderOf(one.from) === folder && !isFile(one) && !one.from.endsWith('.node.ts'));
    expect(outside.filter(one => !PACKAGES[folder]!.includes(packageOf(one.to))).map(show)).toEqual([]);
  });

  it('make no cycle', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const one of imports.get(file) ?? []) if (isFile(one)) visit(one.to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('are never those that rooms and writers forbid', () => {
    const isIn = (path: string, room: string): boolean => path.startsWith(room);
    const imported = NEVER.flatMap(([from, rooms]) =>
      all.filter(one => isIn(one.from, from) && rooms.some(room => isIn(one.to, room))).map(show),
    );
    const reached = Object.entries(WRITERS).flatMap(([writer, rooms]) => {
      expect(imports.has(writer)).toBe(true);
      const files = [...reachedFrom(writer, false)];
      const bytes = files.reduce((sum, file) => sum + readFileSync(join(ROOT, file)).length, 0);
      expect(bytes, `${writer} loads ${files}`).toBeLessThan(WRITER_BYTES);
      return rooms.filter(room => files.some(file => isIn(file, room))).map(room => `${writer} reaches ${room}`);
    });
    expect([...imported, ...reached]).toEqual(EXCEPTIONS);
  });

  it('of Node are not behind the public names, so that a page can have them', () => {
    const reached = reachedFrom('src/index.ts', true);
    expect(reached.size).toBeGreaterThan(20);
    const wrong = [...reached].flatMap(file =>
      imports.get(file)!.filter(one => !one.isType && one.to.startsWith('node:')),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it('by examples are of the package by its public name', () => {
    const wrong = filesOf('examples')
      .flatMap(importsOf)
      .filter(one => isFile(one) && folderOf(one.to) !== 'examples');
    expect(wrong.map(show)).toEqual([]);
  });

  it('of tests are made by tests only', () => {
    const others = [...all, ...['bench', 'examples'].flatMap(filesOf).flatMap(importsOf)];
    expect(others.filter(one => one.to.startsWith('test/')).map(show)).toEqual([]);
  });
});

/**
 * Rooms with the same names by right: what one has is in another language or on lanes, of another machine, another algebra or curve, or for
 * another user, what its namesake is.
 */
const TWINS: readonly (readonly RegExp[])[] = [
  [
    /^codegen\/javascript\//,
    /^codegen\/wasm\//,
    /^codegen\/wgsl\//,
    /^codegen\/kernels\/(?!lanes\/)/,
    /^codegen\/kernels\/lanes\//,
  ],
  [/\/sp1\//, /\/openvm\//],
  [
    /^codegen\/isa\/expr\.ts$/,
    /^codegen\/region\/halves\.ts$/,
    /^runtime\/curves\/limbs\.ts$/,
    /^runtime\/fields\/baby-bear\.ts$/,
    /^runtime\/fields\/baby-bear-extension\.ts$/,
  ],
  [/^runtime\/curves\/septic\.ts$/, /^runtime\/curves\/weierstrass\.ts$/],
  [/^src\/(verbs\/|options\.ts$)/, /^src\/command\//],
];
/** What both printers have: a part of one does in JavaScript what its namesake does in WebAssembly. */
const PRINTERS = /^codegen\/(javascript|wasm\/region|wasm\/interpreter)\//;

const areTwins = (a: string, b: string): boolean =>
  TWINS.some(rooms => rooms.some(one => one.test(a) && rooms.some(other => other !== one && other.test(b))));

/** Names that files export, by a pattern of their declarations, where more than one file does. */
function namesakes(declaration: RegExp, areAlike: (a: string, b: string) => boolean): string[] {
  const places = new Map<string, Set<string>>();
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, name] of text.matchAll(declaration)) places.set(name!, (places.get(name!) ?? new Set()).add(file));
  }
  expect(places.size).toBeGreaterThan(500);
  const shared = [...places].filter(([, at]) => [...at].some(a => [...at].some(b => a !== b && !areAlike(a, b))));
  return shared.map(([name, at]) => `${name}: ${[...at].join(', ')}`);
}

test('a name of a type has one meaning, wherever it is exported', () => {
  const declaration = /^export (?:abstract )?(?:interface|type|class) (\w+)\b(?!\s*,)/gm;
  expect(namesakes(declaration, (a, b) => PRINTERS.test(a) && PRINTERS.test(b))).toEqual([]);
});

test('a name of a function or a constant has one meaning, but for those of twins', () => {
  const declaration = /^export (?:async )?(?:function\*?|const) (\w+)\b/gm;
  const areAlike = (a: string, b: string): boolean => areTwins(a, b) || (PRINTERS.test(a) && PRINTERS.test(b));
  expect(namesakes(declaration, areAlike)).toEqual([]);
});
