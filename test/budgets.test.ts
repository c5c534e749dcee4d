// Sizes that keep files readable in one go: CONTRIBUTING.md. Length is counted in lines as formatted.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;
const MAX_EXPORTS = 12;

/** What is over a budget, with the reason: tables, and files that are lists of short names. */
const EXEMPT: Readonly<Record<string, string>> = {
  'lines of parse in src/command/main.ts': 'the command line in the form of yargs: a table of options and examples',
  'lines of arithmetic64 in runtime/arithmetic.ts': 'a list of short functions over one control page',
  'lines of slowAccess in runtime/memory/slow-access.ts': 'a list of short functions over one memory',
  'lines of products in codegen/stark/lane-products.ts': 'a list of short functions over one writer',
  'lines of values in codegen/wasm/binary/values.ts': 'a list of short functions over one writer',
  'exports of runtime/trace/walk-layout.ts': 'a layout, constant by constant',
  'exports of src/machine/sp1/records/shards.ts': 'kinds of shards with the rules that cut each',
  'exports of codegen/region/known.ts': 'pairs of masks come with their operations, a line each',
  'exports of runtime/abi.ts': 'one table, and the types that are derived from it',
  'exports of runtime/gpu/device.ts': 'one interface with the nouns that it speaks of',
  'exports of src/verbs/execute.ts': 'a verb in steps that the command and tests take one by one, with its types',
  'exports of src/result.ts': 'the types of a result and of its JSON, field by field',
  'exports of codegen/region/liveness.ts': 'pairs of masks come with their operations, a line each',
  'exports of runtime/curves/limbs.ts': 'a field comes with its operations',
  'exports of codegen/javascript/estree.ts': 'one short constructor per node type',
  'exports of codegen/isa/expr.ts': 'the vocabulary that meanings are written in',
  'exports of src/options.ts': 'a table of options per verb of the library, and who checks them',
  'exports of src/command/arguments/options.ts': 'a table of options per command, and the forms of their values',
  'exports of src/index.ts': 'the public names, one by one',
  'exports of src/shards.ts': 'the public names, one by one',
  'exports of src/gpu.ts': 'the public names, one by one',
  'exports of src/openvm.ts': 'the public names, one by one',
  'exports of src/planner.ts': 'the public names, one by one',
  'exports of src/verify.ts': 'the public names, one by one',
  'exports of codegen/index.ts': 'the public names, one by one',
  'exports of runtime/index.ts': 'the public names, one by one',
};

interface Measured {
  readonly what: string;
  readonly size: number;
}

function measure(file: string): { lines: number; functions: Measured[]; exports: number } {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const lineOf = (at: number): number => source.getLineAndCharacterOfPosition(at).line;
  const functions: Measured[] = [];
  let exports = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const name =
        node.name?.getText() ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : 'function');
      functions.push({ what: `${name} in ${file}`, size: lineOf(node.end) - lineOf(node.getStart()) + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      exports +=
        statement.exportClause && ts.isNamedExports(statement.exportClause)
          ? statement.exportClause.elements.length
          : 1;
    } else if (ts.canHaveModifiers(statement)) {
      const isExported = ts.getModifiers(statement)?.some(modifier => modifier.kind === ts.SyntaxKind.ExportKeyword);
      if (isExported) exports += ts.isVariableStatement(statement) ? statement.declarationList.declarations.length : 1;
    }
  }
  return { lines: text.split('\n').length - 1, functions, exports };
}

const files = ['src', 'codegen', 'runtime'].flatMap(folder =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`),
);
const measured = files.map(file => [file, measure(file)] as const);

const over = (limit: number, kind: string, all: readonly Measured[]): string[] =>
  all
    .filter(({ what, size }) => size > limit && EXEMPT[`${kind} of ${what}`] === undefined)
    .map(({ what, size }) => `${what}: ${size} ${kind}`);

describe('budgets', () => {
  it(`no file has more than ${MAX_FILE_LINES} lines`, () => {
    expect(
      over(
        MAX_FILE_LINES,
        'lines',
        measured.map(([what, { lines }]) => ({ what, size: lines })),
      ),
    ).toEqual([]);
  });

  it(`no function has more than ${MAX_FUNCTION_LINES} lines`, () => {
    expect(
      over(
        MAX_FUNCTION_LINES,
        'lines',
        measured.flatMap(([, { functions }]) => functions),
      ),
    ).toEqual([]);
  });

  it(`no module exports more than ${MAX_EXPORTS} names`, () => {
    expect(
      over(
        MAX_EXPORTS,
        'exports',
        measured.map(([what, { exports }]) => ({ what, size: exports })),
      ),
    ).toEqual([]);
  });

  it('exempts nothing that is within them', () => {
    const isOver = measured.flatMap(([file, { lines, functions, exports }]) => [
      ...(lines > MAX_FILE_LINES ? [`lines of ${file}`] : []),
      ...(exports > MAX_EXPORTS ? [`exports of ${file}`] : []),
      ...functions.filter(({ size }) => size > MAX_FUNCTION_LINES).map(({ what }) => `lines of ${what}`),
    ]);
    expect(Object.keys(EXEMPT).filter(name => !isOver.includes(name))).toEqual([]);
  });
});
