// Functions of a module that follow calls, by the names of the ABI that they stand for.

import type { Followed } from '../region/instrumentation.ts';
import { codeWriter } from './binary/code.ts';
import { valueType } from './binary/instructions.ts';
import type { ModuleWriter } from './binary/module.ts';
import { type Dialect, dialect, type Value } from './binary/values.ts';
import { CallWriter } from './call-writer.ts';
import type { FunctionsOf } from './host-imports.ts';

const { i32 } = valueType;

/** Their indices in the module. */
export interface CallFunctions {
  readonly entered: number;
  readonly returned: number;
  readonly moved: number;
}

type Imports = Pick<FunctionsOf<'wasmInterpreter'>, keyof CallFunctions>;

type Write = (writer: CallWriter, given: readonly Value[], ask: () => void) => void;

const FUNCTIONS: Readonly<Record<keyof CallFunctions, { readonly parameters: number; readonly write: Write }>> = {
  entered: { parameters: 3, write: (writer, [to, back, now], ask) => writer.entered(to!, back!, now!, ask) },
  returned: { parameters: 2, write: (writer, [to, now], ask) => writer.returned(to!, now!, ask) },
  moved: { parameters: 2, write: (writer, [to, now], ask) => writer.moved(to!, now!, ask) },
};

/** Adds one to a module, that asks the import of its name. */
export function declareCallFunction(
  name: keyof CallFunctions,
  module: ModuleWriter,
  imports: Imports,
  followed: Followed,
): number {
  const { parameters, write } = FUNCTIONS[name];
  const code = codeWriter(parameters);
  const v: Dialect = dialect(code, 32);
  const locals = new Map<string, number>();
  const local = (of: string): number => {
    const found = locals.get(of) ?? v.i32.local();
    locals.set(of, found);
    return found;
  };
  const given = Array.from({ length: parameters }, (_, i) => v.i32.get(i));
  const writer = new CallWriter(v, followed, local);
  writer.load();
  write(writer, given, v.call(imports[name], ...given));
  const index = module.declareFunction(module.type(new Array(parameters).fill(i32), []), name);
  module.defineFunction(index, code);
  return index;
}

export const declareCallFunctions = (module: ModuleWriter, imports: Imports, followed: Followed): CallFunctions => ({
  entered: declareCallFunction('entered', module, imports, followed),
  returned: declareCallFunction('returned', module, imports, followed),
  moved: declareCallFunction('moved', module, imports, followed),
});
