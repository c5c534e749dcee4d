// What modules of WebAssembly import and export, beside the table of the ABI.

import { expect, test } from 'vitest';
import { isa } from '../../codegen/isa/index.ts';
import { arithmeticModule } from '../../codegen/kernels/arithmetic.ts';
import { makeText } from '../../codegen/program/text.ts';
import { compilePreflight } from '../../codegen/wasm/preflight/compile.ts';
import { compileBatch, compileCold } from '../../codegen/wasm/region/compile.ts';
import { compileWalk } from '../../codegen/wasm/walk/compile-regions.ts';
import { emitCountingWalk } from '../../codegen/wasm/walk/count-walk.ts';
import { emitRecordingWalk } from '../../codegen/wasm/walk/record-walk.ts';
import { ABI, type AbiUser, type WasmUser } from '../../runtime/abi.ts';
import { abiExports, abiNames } from '../../runtime/contract.ts';
import { instantiate } from '../../runtime/instantiate.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { RECORD_OPERATIONS, recordOperationAt } from '../../src/machine/sp1/records/record-operations.ts';
import { OPERATIONS } from '../../src/machine/sp1/records/walk/operations.ts';
import { guestBytes } from '../machine/sp1/guest-runs.ts';

const { program } = loadGuest(guestBytes('fibonacci'), 'fibonacci', 'sp1');
const text = makeText(isa('rv64im'), program.textBase, program.text, () => false, program.gaps);
const never = (): boolean => false;
const options = {
  ...{ maxInstructions: 100, batchInstructions: 100, wholeInstructions: 0 },
  isFunctionStart: (pc: number) => program.functionBefore(pc) === pc,
  ...{ seenTargets: () => [], isReached: () => true, wanted: never, isBusy: never, strays: never },
  tableIndexOf: () => undefined,
};
const plan = { pages: 64, most: 65_536, tableLength: 0, operationAt: undefined };
const place = { isa: isa('rv64im'), textBase: program.textBase, textBytes: program.text.length, hot: 100 };
const window = { base: 0x8000_0000, bytes: 2 ** 17, storeOrigin: 0, farBase: 0, farBytes: 0, farOffset: 0 };

type Module = readonly [users: readonly WasmUser[], make: () => Uint8Array<ArrayBuffer>];

const MODULES: readonly Module[] = [
  [
    ['wasmRegion'],
    () => {
      const batch = { ...plan, window: { ...window, alignedOnly: false }, instrumentation: { kind: 'pure' } as const };
      return compileBatch(program, text, batch, program.entry, options).bytes;
    },
  ],
  [['wasmWalk', 'countingRegion'], () => compileWalk(program, text, plan, program.entry, options).bytes],
  [
    ['wasmWalk', 'recordingRegion'],
    () => compileWalk(program, text, { ...plan, operationAt: recordOperationAt }, program.entry, options).bytes,
  ],
  [
    ['wasmWalk', 'preflightRegion'],
    () => compilePreflight(program, text, { ...plan, at: () => undefined }, program.entry, options).bytes,
  ],
  [['countingWalk'], () => emitCountingWalk(place, OPERATIONS, 64)],
  [['recordingWalk'], () => emitRecordingWalk(place, RECORD_OPERATIONS, 64, 65_536)],
  [['cold'], compileCold],
  [['arithmetic'], () => arithmeticModule(64)],
];

const { imports, exports } = WebAssembly.Module as unknown as Readonly<
  Record<'imports' | 'exports', (module: object) => readonly { readonly module?: string; readonly name: string }[]>
>;
const named = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name).sort();

test.each(MODULES)('%s: imports are the rows of the table', (users, make) => {
  const taken = imports(new WebAssembly.Module(make()));
  expect(new Set(taken.map(({ module }) => module))).toEqual(new Set(['host']));
  expect(named(taken)).toEqual([...new Set(users.flatMap(user => abiNames(user)))].sort());
});

test.each(MODULES)('%s: exports are those that the table has, or regions', (users, make) => {
  const given = named(exports(new WebAssembly.Module(make())));
  const rows = users.flatMap(user => abiExports(user)).sort();
  if (rows.length > 0) expect(given).toEqual(rows);
  else expect(given.every(name => /_[0-9a-f]{8}$/.test(name))).toBe(true);
});

test('every kind of module is above, but for the interpreter, which has tests of its own', () => {
  const rows: readonly { readonly by: readonly AbiUser[]; readonly from?: readonly AbiUser[] }[] = Object.values(ABI);
  const users = new Set(rows.flatMap(({ by, from = [] }) => [...by, ...from]));
  for (const user of new Set<AbiUser>(MODULES.flatMap(([some]) => some))) expect(users.delete(user)).toBe(true);
  expect([...users].sort()).toEqual(['checked', 'interpreter', 'region', 'wasmInterpreter']);
});

test('a module whose host lacks a name is not linked, one that lacks an export neither', () => {
  const module = new WebAssembly.Module(compileCold());
  expect(() => instantiate('cold', module, {} as never)).toThrow(/coldAt/);
  expect(() => instantiate('arithmetic', module, { coldAt: () => 0 } as never)).toThrow('gives no mulhU64');
  expect(instantiate('cold', module, { coldAt: depth => depth + 7 }).cold(1)).toBe(8);
});
