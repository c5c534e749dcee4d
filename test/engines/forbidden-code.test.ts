// Where the host lets no text become a function, WebAssembly still runs; else interpreters that the build wrote take over.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { isa } from '../../codegen/isa/index.ts';
import { emitInterpreter } from '../../codegen/javascript/interpreter.ts';
import build from '../build.ts';
import { HEAP, halt, i, mprotect, plant, run, userElf } from '../machine/sp1/user-programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a module in a Node that lets no text become a function. */
function runForbidden(script: string): string {
  const args = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
}

const program = (imports: string, engine: string): string => `
  ${imports}
  import { execute } from './dist/src/index.js';
  import { readFileSync } from 'node:fs';
  const decoder = new TextDecoder();
  try {
    for (const name of ['fibonacci.rv32', 'fibonacci.rv64', 'fibonacci.rv64c', 'sort.rv64']) {
      let out = '';
      const bytes = readFileSync('examples/guests/bin/' + name + '.elf');
      const result = execute(bytes, { engine: '${engine}', stdout: b => { out += decoder.decode(b); } });
      console.log(result.engine, result.exit.kind, result.instructions, out.split('\\n')[0]);
    }
  } catch (error) {
    console.log(error.code, error.message);
  }`;

describe('a host that forbids generated code', () => {
  beforeAll(build, 300_000);

  test('is told about, with what to import', () => {
    expect(runForbidden(program('', 'interpreter'))).toMatch(/^ENVIRONMENT .*jit-exec\/interpreters/);
    expect(runForbidden(program('', 'js'))).toMatch(/^ENVIRONMENT engine js/);
  });

  const isAsEverywhere = (output: string, engine: string): void => {
    const lines = output.trim().split('\n');
    const expected = [2678, 2238, 2238, 289170].map(n => `${engine} halted ${n}`);
    expect(lines.map(line => line.split(' ').slice(0, 3).join(' '))).toEqual(expected);
    expect(lines[0]).toContain('fibonacci(90) = 2880067194370816120');
  };

  test.each(['wasm', 'auto'])('runs guests without that on engine %s, whose interpreter is WebAssembly', engine => {
    isAsEverywhere(runForbidden(program('', engine)), 'wasm');
  });

  test('runs guests with the written interpreters on engine interpreter', () => {
    const imports = "import './dist/src/engine/prebuilt-interpreters.js';";
    isAsEverywhere(runForbidden(program(imports, 'interpreter')), 'interpreter');
  });

  test('makes the same traces, unconstrained execution included', () => {
    const script = (imports: string, engine: string): string => `
      ${imports}
      import { trace } from './dist/src/index.js';
      import { createHash } from 'node:crypto';
      import { readFileSync } from 'node:fs';
      for (const name of ['fibonacci', 'unconstrained']) {
        const hash = createHash('sha256');
        const bytes = readFileSync('examples/guests/bin/' + name + '.sp1.elf');
        const { exit } = trace(bytes, { engine: '${engine}', onChunk: ({ raw }) => void hash.update(raw) });
        console.log(exit.kind, hash.digest('hex'));
      }`;
    const [asked, cold] = [
      runForbidden(script('', 'wasm')),
      runForbidden(script("import './dist/src/engine/prebuilt-interpreters.js';", 'interpreter')),
    ];
    expect(asked).toMatch(/^halted/);
    expect(asked).toBe(cold);
  });

  test.each([
    ['', []],
    [' on engine interpreter, told to import the written interpreters', ['--engine', 'interpreter']],
  ])('runs guests by the command%s', (_, engine) => {
    const imports = engine.length > 0 ? ['--import', './dist/src/engine/prebuilt-interpreters.js'] : [];
    const guest = 'examples/guests/bin/fibonacci.rv64.elf';
    const args = ['--disallow-code-generation-from-strings', ...imports, 'dist/cli/cli.js', '-q', ...engine, guest];
    expect(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })).toBe(
      'fibonacci(90) = 2880067194370816120\n',
    );
  });

  test('runs programs with untrusted code', () => {
    const elf = userElf([...plant(HEAP, [i('jalr', { rs1: 1 })]), ...mprotect(HEAP, 5), ...run(HEAP), ...halt(7)]);
    const script = `
      import './dist/src/engine/prebuilt-interpreters.js';
      import { execute } from './dist/src/index.js';
      const { engine, exit } = execute(Buffer.from('${Buffer.from(elf).toString('base64')}', 'base64'));
      console.log(engine, exit.kind, exit.code);`;
    expect(runForbidden(script)).toBe('interpreter halted 7\n');
  });

  test('gets the text that the emitter makes', () => {
    const text = readFileSync(`${ROOT}dist/src/engine/prebuilt-interpreters.js`, 'utf8');
    expect(text).toContain(emitInterpreter(isa('rv64im'), { hot: true, kind: 'pure' }));
    expect(text).toContain(emitInterpreter(isa('rv64im'), { hot: true, kind: 'traced' }));
  });
});
