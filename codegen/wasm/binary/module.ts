// A WebAssembly module in the binary format (core specification, 5.5), section by section. Function names go into the
// name section, so that profiles and stack traces show them.

import { assert } from '../../../runtime/errors.ts';
import { type BinaryWriter, byteWriter } from './bytes.ts';
import type { CodeWriter } from './code.ts';
import { type ValueType, valueType } from './instructions.ts';

/** Sizes in pages of 64 KiB for a memory, in elements for a table. */
export interface Limits {
  readonly min: number;
  readonly max?: number;
  /** Memories only; needs `max`. */
  readonly shared?: boolean;
  /** Addresses and indices are i64 (the memory64 proposal, where the host has it). */
  readonly index64?: boolean;
}

export interface GlobalType {
  readonly type: ValueType;
  readonly mutable: boolean;
}

const exportKind = { function: 0, table: 1, memory: 2, global: 3 } as const;
export type ExportKind = keyof typeof exportKind;

/** Each method returns the index of what it adds. Imports of a kind come before definitions of that kind. */
export interface ModuleWriter {
  /** A function type; equal types share an index. */
  type(parameters: readonly ValueType[], results: readonly ValueType[]): number;
  importFunction(module: string, name: string, typeIndex: number): number;
  importTable(module: string, name: string, element: ValueType, limits: Limits): number;
  importMemory(module: string, name: string, limits: Limits): number;
  importGlobal(module: string, name: string, type: GlobalType): number;
  table(element: ValueType, limits: Limits): number;
  memory(limits: Limits): number;
  /** A global of an integer type with its initial value. */
  global(type: GlobalType, value: number | bigint): number;
  /** Reserves an index, so that bodies written earlier can call the function. */
  declareFunction(typeIndex: number, name?: string): number;
  defineFunction(index: number, body: CodeWriter): void;
  export(name: string, kind: ExportKind, index: number): void;
  /** Puts functions into a table, from element `offset` on, when the module is instantiated. */
  elements(table: number, offset: number, functions: readonly number[]): void;
  /** The module. Every declared function must be defined. */
  finish(): Uint8Array<ArrayBuffer>;
}

// Section numbers, core specification 5.5.2; they stand in this order, but the custom name section at the end.
const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  element: 9,
  code: 10,
} as const;

/** A section that is a vector: how many items, and their bytes. */
interface Vector {
  count: number;
  readonly out: BinaryWriter;
}

interface DeclaredFunction {
  readonly name: string | undefined;
  body: Uint8Array | undefined;
  unlikely: readonly number[];
}

interface ModuleState {
  readonly sections: Readonly<Record<Exclude<keyof typeof SECTION, 'custom' | 'code'>, Vector>>;
  readonly types: Map<string, number>;
  readonly functions: DeclaredFunction[];
  readonly counts: Record<ExportKind, number>; // imported and defined
  readonly imported: Record<ExportKind, number>;
}

export function moduleWriter(): ModuleWriter {
  const vector = (): Vector => ({ count: 0, out: byteWriter() });
  const state: ModuleState = {
    sections: {
      type: vector(),
      import: vector(),
      function: vector(),
      table: vector(),
      memory: vector(),
      global: vector(),
      export: vector(),
      element: vector(),
    },
    types: new Map(),
    functions: [],
    counts: { function: 0, table: 0, memory: 0, global: 0 },
    imported: { function: 0, table: 0, memory: 0, global: 0 },
  };
  return {
    type: (parameters, results) => addType(state, parameters, results),
    importFunction: (module, name, typeIndex) =>
      addImport(state, 'function', module, name, out => out.unsigned(typeIndex)),
    importTable: (module, name, element, limits) =>
      addImport(state, 'table', module, name, out => writeTableType(out, element, limits)),
    importMemory: (module, name, limits) => addImport(state, 'memory', module, name, out => writeLimits(out, limits)),
    importGlobal: (module, name, type) => addImport(state, 'global', module, name, out => writeGlobalType(out, type)),
    table: (element, limits) => define(state, 'table', out => writeTableType(out, element, limits)),
    memory: limits => define(state, 'memory', out => writeLimits(out, limits)),
    global: (type, value) => define(state, 'global', out => writeGlobal(out, type, value)),
    declareFunction: (typeIndex, name) => {
      state.functions.push({ name, body: undefined, unlikely: [] });
      return define(state, 'function', out => out.unsigned(typeIndex));
    },
    defineFunction: (index, body) => {
      const declared = state.functions[index - state.imported.function];
      assert(declared !== undefined && declared.body === undefined, `wasm: function ${index} cannot be defined`);
      declared.body = body.finish();
      declared.unlikely = body.unlikelyOffsets();
    },
    export: (name, kind, index) => {
      const out = append(state.sections.export);
      out.name(name);
      out.byte(exportKind[kind]);
      out.unsigned(index);
    },
    elements: (table, offset, functions) => writeElements(append(state.sections.element), table, offset, functions),
    finish: () => finishModule(state),
  };
}

function append(vector: Vector): BinaryWriter {
  vector.count++;
  return vector.out;
}

function addType(state: ModuleState, parameters: readonly ValueType[], results: readonly ValueType[]): number {
  const key = `${parameters.join()}>${results.join()}`;
  const known = state.types.get(key);
  if (known !== undefined) return known;
  const index = state.types.size;
  state.types.set(key, index);
  const out = append(state.sections.type);
  out.byte(0x60);
  for (const types of [parameters, results]) {
    out.unsigned(types.length);
    for (const type of types) out.byte(type);
  }
  return index;
}

function addImport(
  state: ModuleState,
  kind: ExportKind,
  module: string,
  name: string,
  type: (out: BinaryWriter) => void,
): number {
  assert(
    state.counts[kind] === state.imported[kind],
    `wasm: import of ${module}.${name} after a definition of its kind`,
  );
  const out = append(state.sections.import);
  out.name(module);
  out.name(name);
  out.byte(exportKind[kind]);
  type(out);
  state.imported[kind]++;
  return state.counts[kind]++;
}

function define(state: ModuleState, kind: ExportKind, content: (out: BinaryWriter) => void): number {
  content(append(state.sections[kind]));
  return state.counts[kind]++;
}

function writeLimits(out: BinaryWriter, { min, max, shared, index64 }: Limits): void {
  out.byte((max === undefined ? 0 : 1) | (shared ? 2 : 0) | (index64 ? 4 : 0));
  out.unsigned(min);
  if (max !== undefined) out.unsigned(max);
}

function writeTableType(out: BinaryWriter, element: ValueType, limits: Limits): void {
  out.byte(element);
  writeLimits(out, limits);
}

function writeGlobalType(out: BinaryWriter, { type, mutable }: GlobalType): void {
  out.byte(type);
  out.byte(mutable ? 1 : 0);
}

function writeGlobal(out: BinaryWriter, type: GlobalType, value: number | bigint): void {
  assert(type.type === valueType.i32 || type.type === valueType.i64, 'wasm: a global is not of an integer type');
  writeGlobalType(out, type);
  out.byte(type.type === valueType.i32 ? 0x41 : 0x42);
  out.signed(value);
  out.byte(0x0b);
}

function writeElements(out: BinaryWriter, table: number, offset: number, functions: readonly number[]): void {
  out.byte(2); // active, of an explicit table, function indices
  out.unsigned(table);
  out.byte(0x41);
  out.signed(offset);
  out.byte(0x0b);
  out.byte(0); // funcref
  out.unsigned(functions.length);
  for (const index of functions) out.unsigned(index);
}

function finishModule({ sections, functions, imported }: ModuleState): Uint8Array<ArrayBuffer> {
  const out = byteWriter(4096);
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
  for (const kind of ['type', 'import', 'function', 'table', 'memory', 'global', 'export', 'element'] as const) {
    writeVector(out, SECTION[kind], sections[kind]);
  }
  writeBranchHints(out, functions, imported.function);
  const code: Vector = { count: 0, out: byteWriter(4096) };
  functions.forEach(({ body, name }, i) => {
    assert(body !== undefined, `wasm: function ${name ?? imported.function + i} is declared but not defined`);
    append(code).unsigned(body.length);
    code.out.bytes(body);
  });
  writeVector(out, SECTION.code, code);
  writeNames(out, functions, imported.function);
  return out.view();
}

function writeVector(out: BinaryWriter, section: number, { count, out: items }: Vector): void {
  if (count === 0) return;
  const size = byteWriter(8);
  size.unsigned(count);
  out.byte(section);
  out.unsigned(size.length() + items.length());
  out.bytes(size.view());
  out.bytes(items.view());
}

/** Which branches are hardly ever taken: "Branch Hinting", a custom section that stands before the code. */
function writeBranchHints(out: BinaryWriter, functions: readonly DeclaredFunction[], firstIndex: number): void {
  const hinted = functions.flatMap(({ unlikely }, i) =>
    unlikely.length === 0 ? [] : [{ unlikely, index: firstIndex + i }],
  );
  if (hinted.length === 0) return;
  const content = byteWriter();
  content.name('metadata.code.branch_hint');
  content.unsigned(hinted.length);
  for (const { unlikely, index } of hinted) {
    content.unsigned(index);
    content.unsigned(unlikely.length);
    for (const offset of unlikely) {
      content.unsigned(offset);
      content.byte(1); // bytes of the hint
      content.byte(0); // not taken
    }
  }
  out.byte(SECTION.custom);
  out.unsigned(content.length());
  out.bytes(content.view());
}

/** The name section's function names, core specification appendix 7.4.1. */
function writeNames(out: BinaryWriter, functions: readonly DeclaredFunction[], firstIndex: number): void {
  const names: Vector = { count: 0, out: byteWriter() };
  functions.forEach(({ name }, i) => {
    if (name === undefined) return;
    append(names).unsigned(firstIndex + i);
    names.out.name(name);
  });
  if (names.count === 0) return;
  const content = byteWriter();
  content.name('name');
  writeVector(content, 1, names);
  out.byte(SECTION.custom);
  out.unsigned(content.length());
  out.bytes(content.view());
}
