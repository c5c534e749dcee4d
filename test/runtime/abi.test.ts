// The table of what generated text may name: lists, imports and checks follow from it.

import { parse } from 'acorn';
import type { Node } from 'estree';
import { describe, expect, it } from 'vitest';
import { isa } from '../../codegen/isa/index.ts';
import { emitCheckedInterpreter } from '../../codegen/javascript/checked-interpreter.ts';
import { call, num } from '../../codegen/javascript/estree.ts';
import { emitInterpreter } from '../../codegen/javascript/interpreter.ts';
import { ABI, type AbiUser } from '../../runtime/abi.ts';
import { type Abi, type AbiMode, abiExports, abiNames, abiSignature, checkedAbi } from '../../runtime/contract.ts';

/** Names that a text uses and does not declare itself, `abi` left out. */
function freeNames(text: string): readonly string[] {
  const declared = new Set(['abi']);
  const used = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const child of node) visit(child);
    else if (typeof node === 'object' && node !== null) {
      const { type } = node as Node;
      if (type === 'Identifier') used.add((node as { name: string }).name);
      if (type === 'VariableDeclarator') {
        const { id } = node as { id: Node };
        // The first declaration takes names out of the ABI; every other is of the text's own.
        if (id.type === 'Identifier') declared.add(id.name);
        else return;
      }
      if (type === 'FunctionDeclaration' || type === 'FunctionExpression') {
        const { id, params } = node as { id: { name: string } | null; params: { name: string }[] };
        for (const one of [id, ...params]) if (one) declared.add(one.name);
      }
      for (const child of Object.values(node)) visit(child);
    }
  };
  visit(parse(`(function (abi) {${text}\n})`, { ecmaVersion: 2022 }));
  return [...used].filter(name => !declared.has(name) && name !== 'undefined').sort();
}

/** What a text takes out of its ABI object. */
const taken = (text: string): readonly string[] => /const \{([^}]*)\} = abi;/.exec(text)![1]!.split(', ').sort();

const TEXTS: readonly { readonly user: AbiUser; readonly mode: AbiMode; readonly text: string }[] = [
  ...(['rv32im', 'rv64im'] as const).flatMap(name =>
    (['traced', 'counted', 'metered'] as const).map(kind => ({
      user: 'interpreter' as const,
      mode: { xlen: isa(name).xlen, [kind]: true } satisfies AbiMode,
      text: emitInterpreter(isa(name), { hot: true, kind }),
    })),
  ),
  { user: 'checked', mode: { xlen: 64 }, text: emitCheckedInterpreter(isa('rv64im')) },
];

describe('the table of the ABI', () => {
  it.each(TEXTS)('has every name that the text of $user ($mode) uses, and none that it does not', ({ text }) => {
    expect(freeNames(text)).toEqual(taken(text));
  });

  it.each(TEXTS)('says what the text of $user ($mode) takes', ({ user, mode, text }) => {
    expect(taken(text)).toEqual([...abiNames(user, mode)].sort());
  });

  it('lets nobody name what is only of another kind of text', () => {
    expect(abiNames('region', { xlen: 64 })).not.toContain('T');
    expect(abiNames('region', { xlen: 64, traced: true })).toContain('T');
    expect(abiNames('region', { xlen: 32, traced: true })).not.toContain('divU64');
  });

  it('has only rows that somebody uses', () => {
    const users = Object.values(ABI).flatMap((row: { by: readonly AbiUser[]; from?: readonly AbiUser[] }) => [
      ...row.by,
      ...(row.from ?? []),
    ]);
    const all = new Set(
      users.flatMap(user =>
        ([32, 64] as const).flatMap(xlen => [
          ...abiExports(user),
          ...abiNames(user, {
            xlen,
            traced: true,
            counted: true,
            profiled: true,
            metered: true,
            touching: true,
            paged: true,
          }),
        ]),
      ),
    );
    expect([...all].sort()).toEqual(Object.keys(ABI).sort());
  });

  it('tells how many words a function takes', () => {
    expect(abiSignature('loadOrFault')).toMatchObject({ least: 6, most: 7, gives: true });
    expect(abiSignature('decode')).toEqual({ least: 1, most: 1, types: ['i32'], gives: false });
    expect(abiSignature('resolve')).toEqual({ least: 2, most: 2, types: ['i64', 'i64'], gives: true });
  });
});

describe('a name of the ABI', () => {
  it('that the host lacks is noticed before any text runs', () => {
    const whole = Object.fromEntries(abiNames('checked', { xlen: 64 }).map(name => [name, 0]));
    const link = (abi: object): unknown => checkedAbi('checked', { xlen: 64 }, abi as Abi<'checked'>);
    expect(link(whole)).toBe(whole);
    const { stepLoad: _left, ...rest } = whole;
    expect(() => link(rest)).toThrow('the host of checked text gives no stepLoad');
  });

  it('is called with as many words as it takes, or the text is not made', () => {
    expect(() => call('placeOfLoad', num(0), num(0), num(0))).toThrow('placeOfLoad takes 4 to 4 words, not 3');
    expect(call('placeOfLoad', num(0), num(0), num(0), num(1)).type).toBe('CallExpression');
  });
});
