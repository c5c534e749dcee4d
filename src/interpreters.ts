// Where interpreters come from: text made at run time or, where the host forbids generated code (a page's content
// security policy, node --disallow-code-generation-from-strings), functions that the build wrote and somebody imported.

import { emitCheckedInterpreter } from '../codegen/checked-interpreter.ts';
import { emitInterpreter, type InterpreterOptions } from '../codegen/interpreter.ts';
import type { Isa } from '../codegen/isa/index.ts';
import { JitExecError } from '../runtime/errors.ts';
import { type LinkInterpreter, writtenInterpreter } from './written-interpreters.ts';

/** Runs from a slot until something needs the dispatcher; gives the slot to go on at. */
export type Interpret = (slot: number, stop: number) => number;

const NEVER_HOT = 0x7fff_ffff;

/** Name of a written interpreter. They all count entries; `hot: false` is the same with a threshold out of reach. */
export const interpreterName = (isa: Isa, { traced, counted }: Omit<InterpreterOptions, 'hot'>): string =>
  `${isa.name}${traced ? '-traced' : ''}${counted ? '-counted' : ''}`;

export const checkedInterpreterName = (isa: Isa): string => `${isa.name}-checked`;

let allowed: boolean | undefined;

/** Whether the host lets text become functions. */
export function canGenerate(): boolean {
  if (allowed === undefined) {
    try {
      allowed = new Function('return true')() as boolean;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}

function findWritten(name: string): LinkInterpreter {
  const link = writtenInterpreter(name);
  if (link !== undefined) return link;
  throw new JitExecError(
    'ENVIRONMENT',
    "interpreter: the host forbids generated code; import 'jit-exec/interpreters' once to run without",
  );
}

export function makeInterpreter(isa: Isa, options: InterpreterOptions, abi: Record<string, unknown>): Interpret {
  if (canGenerate()) return new Function('abi', emitInterpreter(isa, options))(abi) as Interpret;
  const link = findWritten(interpreterName(isa, options));
  return link(options.hot ? abi : { ...abi, HOT: NEVER_HOT });
}

/** The interpreter of codegen/checked-interpreter.ts: runs from the pc in the control page. */
export function makeCheckedInterpreter(isa: Isa, abi: Record<string, unknown>): () => void {
  if (canGenerate()) return new Function('abi', emitCheckedInterpreter(isa))(abi) as () => void;
  const interpret = findWritten(checkedInterpreterName(isa))(abi);
  return () => void interpret(0, -1);
}
