// The library without Node: bundled for a page and run where only what a browser has exists.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_BYTES = 396_000;

let text: string;
let imports: readonly string[];

beforeAll(async () => {
  const result = await build({
    entryPoints: ['src/index.ts'],
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    format: 'iife',
    globalName: 'jitExec',
    platform: 'browser',
    external: ['node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  text = result.outputFiles[0]!.text;
  imports = Object.values(result.metafile.inputs).flatMap(input => input.imports.map(({ path }) => path));
});

test('the bundle imports nothing of Node and stays small', () => {
  expect(imports.filter(path => path.startsWith('node:') || path === 'yargs')).toEqual([]);
  expect(text.length).toBeLessThan(MAX_BYTES);
});

interface PageResult {
  readonly text: string;
  readonly kind: string;
  readonly engine: string;
  readonly instructions: number;
  readonly compiled: number;
}

/** Runs a guest in a context with the language's own globals and three of the web's, counting compiled functions. */
function runInPage(elf: Uint8Array, args: readonly string[], engine: string): PageResult {
  const context = vm.createContext({ TextEncoder, TextDecoder, performance, elf: [...elf], args: [...args], engine });
  expect(vm.runInContext('typeof process + typeof require + typeof Buffer', context)).toBe('undefined'.repeat(3));
  const script = `
    let compiled = 0;
    globalThis.Function = new Proxy(Function, { construct: (F, args) => (compiled++, Reflect.construct(F, args)) });
    const { Module } = WebAssembly;
    WebAssembly.Module = new Proxy(Module, { construct: (F, args) => (compiled++, Reflect.construct(F, args)) });
    ${text}
    let text = '';
    const stdout = bytes => { text += new TextDecoder().decode(bytes); };
    const result = jitExec.execute(new Uint8Array(elf), { args, engine, stdout });
    JSON.stringify({ text, compiled, kind: result.exit.kind, engine: result.engine, instructions: result.instructions });`;
  return JSON.parse(vm.runInContext(script, context));
}

const guest = (name: string): Uint8Array => readFileSync(`${ROOT}examples/guests/bin/${name}.elf`);

test('fibonacci gives in a page what it gives under Node', () => {
  expect(runInPage(guest('fibonacci.rv64'), ['50'], 'auto')).toMatchObject({
    text: 'fibonacci(50) = 12586269025\n',
    kind: 'halted',
    instructions: 1586,
  });
});

test.each(['js', 'wasm'])('hot code is compiled in a page: %s', engine => {
  const cold = runInPage(guest('fibonacci.rv64'), ['1'], engine);
  const hot = runInPage(guest('sort.rv64'), ['20000'], engine);
  expect(hot).toMatchObject({ kind: 'halted', engine });
  expect(hot.compiled).toBeGreaterThan(cold.compiled);
});
