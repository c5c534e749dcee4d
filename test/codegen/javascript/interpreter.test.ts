// The interpreter's text; what it computes is compared with the evaluator and with QEMU in test/engines.

import { parse } from 'acorn';
import type { FunctionDeclaration, Node, Program, SwitchStatement } from 'estree';
import { describe, expect, it } from 'vitest';
import { isa } from '../../../codegen/isa/index.ts';
import { emitInterpreter } from '../../../codegen/javascript/interpreter.ts';
import { ROW_BASE } from '../../../codegen/program/slots.ts';
import { abiNames } from '../../../runtime/contract.ts';

const SETS = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'] as const;

const parsed = (text: string): Program =>
  parse(`function make(abi) {${text}\n}`, { ecmaVersion: 2022, sourceType: 'script' }) as unknown as Program;

/** Every node under one, itself included. */
function* nodesOf(node: unknown): Generator<Node> {
  if (Array.isArray(node)) {
    for (const child of node) yield* nodesOf(child);
  } else if (typeof node === 'object' && node !== null) {
    if ('type' in node) yield node as Node;
    for (const child of Object.values(node)) yield* nodesOf(child);
  }
}

describe.each(SETS)('the interpreter of %s', name => {
  const modes = [true, false].flatMap(hot =>
    (['pure', 'traced', 'counted', 'metered', 'profiled'] as const).map(kind => ({ hot, kind })),
  );

  it.each(modes)('has one case per row of the table ($hot, $kind)', options => {
    const program = parsed(emitInterpreter(isa(name), options));
    const choices = [...nodesOf(program)].filter((node): node is SwitchStatement => node.type === 'SwitchStatement');
    const tests = choices[0]!.cases.map(({ test }) => (test?.type === 'Literal' ? test.value : undefined));
    expect(choices.length).toBe(1);
    expect(tests).toEqual(Array.from({ length: ROW_BASE + isa(name).rows.length }, (_, i) => i));
  });

  it.each(modes)('uses no name that is neither its own nor in its ABI ($hot, $kind)', options => {
    const program = parsed(emitInterpreter(isa(name), options));
    const make = program.body[0] as FunctionDeclaration;
    const nodes = [...nodesOf(make.body)];
    const used = nodes.flatMap(node => (node.type === 'Identifier' ? [node.name] : []));
    const declared = nodes.flatMap(node =>
      node.type === 'VariableDeclarator' && node.id.type === 'Identifier' ? [node.id.name] : [],
    );
    const known = new Set([
      ...declared,
      ...abiNames('interpreter', { xlen: isa(name).xlen, counted: true, metered: true, profiled: true }),
      'abi',
      'interpret',
      'k',
      'stop',
    ]);
    expect([...new Set(used)].filter(one => !known.has(one))).toEqual([]);
  });
});
