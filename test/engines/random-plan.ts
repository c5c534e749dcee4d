// Plans of programs, made by fast-check; test/engines/random-program.ts makes programs of them.

import fc from 'fast-check';
import type { IsaName } from '../../codegen/isa/index.ts';
import { LAYOUTS, type Setup } from './test-machine.ts';

/** What a program is made of; numbers choose among possibilities by remainder. */
export type Op =
  | { readonly k: 'compute'; readonly row: number; readonly regs: number; readonly imm: number }
  | { readonly k: 'short'; readonly pick: number }
  | { readonly k: 'access'; readonly row: number; readonly regs: number; readonly imm: number }
  | { readonly k: 'point'; readonly which: number; readonly where: number; readonly by: number }
  | { readonly k: 'constant'; readonly regs: number; readonly value: bigint }
  | { readonly k: 'loop'; readonly count: number; readonly body: readonly Op[] }
  | {
      readonly k: 'if';
      readonly row: number;
      readonly regs: number;
      readonly yes: readonly Op[];
      readonly no: readonly Op[];
    }
  | { readonly k: 'switch'; readonly regs: number; readonly cases: readonly (readonly Op[])[] }
  | { readonly k: 'call'; readonly how: number; readonly callee: number }
  /** A call as the last thing of a function, which returns to its caller's caller. */
  | { readonly k: 'tail'; readonly regs: number; readonly how: number; readonly callee: number }
  | { readonly k: 'recurse'; readonly count: number; readonly callee: number }
  /** A jump through a table to one of many instructions in a row. */
  | { readonly k: 'table'; readonly regs: number; readonly bits: number; readonly rows: readonly number[] }
  /** A jump or call through a register to some other place, mostly ahead, seldom one where a function starts. */
  | { readonly k: 'into'; readonly by: number; readonly links: boolean }
  | { readonly k: 'leave'; readonly row: number; readonly regs: number; readonly by: number }
  | { readonly k: 'ecall'; readonly number: number; readonly regs: number }
  | { readonly k: 'unconstrained'; readonly body: readonly Op[] }
  | { readonly k: 'wild'; readonly what: number };

export interface Plan {
  readonly machine: Setup['machine'];
  readonly isa: IsaName;
  readonly layout: number;
  readonly alignedOnly: boolean;
  readonly protectsText: boolean;
  /** Whether the functions have symbols. */
  readonly named: boolean;
  readonly repeats: number;
  readonly registers: readonly bigint[];
  readonly inputs: readonly Uint8Array[];
  readonly functions: readonly (readonly Op[])[];
}

const u16 = fc.nat(0xffff);
const value = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n, 31n, 32n, 0x7fff_ffffn, 0x8000_0000n, -0x8000_0000n, 2n ** 32n - 1n, 2n ** 32n),
  fc.constantFrom(
    2n ** 32n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 53n,
    -(2n ** 32n),
    -7n,
    10n,
    255n,
    0xffff_ffff_0000_0000n,
  ),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
);

const { op } = fc.letrec<{ ops: readonly Op[]; op: Op }>(tie => ({
  ops: fc.array(tie('op'), { maxLength: 7, depthIdentifier: 'ops', size: 'max' }),
  op: fc.oneof(
    { depthIdentifier: 'ops', maxDepth: 4 },
    {
      weight: 14,
      arbitrary: fc.record({ k: fc.constant('compute' as const), row: u16, regs: u16, imm: fc.integer() }),
    },
    { weight: 3, arbitrary: fc.record({ k: fc.constant('short' as const), pick: u16 }) },
    { weight: 6, arbitrary: fc.record({ k: fc.constant('access' as const), row: u16, regs: u16, imm: u16 }) },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('point' as const), which: u16, where: u16, by: u16 }) },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('constant' as const), regs: u16, value }) },
    { weight: 3, arbitrary: fc.record({ k: fc.constant('loop' as const), count: u16, body: tie('ops') }) },
    {
      weight: 3,
      arbitrary: fc.record({ k: fc.constant('if' as const), row: u16, regs: u16, yes: tie('ops'), no: tie('ops') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('switch' as const),
        regs: u16,
        cases: fc.array(tie('ops'), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('call' as const), how: u16, callee: u16 }) },
    { weight: 1, arbitrary: fc.record({ k: fc.constant('tail' as const), regs: u16, how: u16, callee: u16 }) },
    { weight: 1, arbitrary: fc.record({ k: fc.constant('recurse' as const), count: u16, callee: u16 }) },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('table' as const),
        regs: u16,
        bits: fc.integer({ min: 2, max: 6 }),
        rows: fc.array(u16, { minLength: 1, maxLength: 12 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('into' as const),
        by: fc.integer({ min: -4, max: 40 }),
        links: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('leave' as const),
        row: u16,
        regs: u16,
        by: fc.integer({ min: -6, max: 30 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('ecall' as const),
        number: fc.constantFrom(1, 1, 4, 5, 2, 6, 2, 6, 1, 2, 6, 4, 4, 5, 3, 0),
        regs: u16,
      }),
    },
    { weight: 1, arbitrary: fc.record({ k: fc.constant('unconstrained' as const), body: tie('ops') }) },
  ) as fc.Arbitrary<Op>,
}));

/** The body of a function. */
const ops = fc.array(op, { minLength: 1, maxLength: 24, size: 'max' });

const wild: fc.Arbitrary<readonly Op[]> = fc
  .tuple(ops, fc.nat(24), fc.oneof({ weight: 9, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: u16 }))
  .map(([list, at, what]) =>
    what < 0 ? list : [...list.slice(0, at), { k: 'wild' as const, what }, ...list.slice(at)],
  );

/** Any program of a set; `repeats` bounds how often the whole of it runs. */
export function plans(name: IsaName, repeats: number, machine: Setup['machine'] = 'test'): fc.Arbitrary<Plan> {
  return fc.record({
    machine: fc.constant(machine),
    isa: fc.constant(name),
    layout: fc.nat(LAYOUTS.length - 1),
    alignedOnly: machine === 'sp1' ? fc.constant(true) : fc.boolean(),
    protectsText: machine === 'sp1' ? fc.constant(false) : fc.boolean(),
    named: fc.boolean(),
    // Unbiased: most programs would be of a few instructions otherwise.
    repeats: fc.noBias(fc.nat(repeats)),
    registers: fc.array(value, { minLength: 32, maxLength: 32 }),
    inputs:
      machine === 'sp1' ? fc.noBias(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 })) : fc.constant([]),
    functions: fc.noBias(fc.tuple(wild, wild, ops, ops)),
  });
}
