// Where interpreters come from: text made at run time or, where the host forbids generated code (a page's content
// security policy, node --disallow-code-generation-from-strings), functions that the build wrote and somebody imported.

import type { Isa } from '../../codegen/isa/index.ts';
import { emitCheckedInterpreter } from '../../codegen/javascript/checked-interpreter.ts';
import { INTERPRETER_INSTRUMENTS, type InterpreterKind } from '../../codegen/javascript/instruments/interpreter.ts';
import { emitInterpreter, type InterpreterOptions } from '../../codegen/javascript/interpreter.ts';
import type { GuestText } from '../../codegen/program/text.ts';
import { type Followed, followedBy, type Instrumentation, type Metered } from '../../codegen/region/instrumentation.ts';
import { windowsOf } from '../../codegen/wasm/access.ts';
import type { Touch } from '../../codegen/wasm/interpreter/frame.ts';
import { emitWasmInterpreter } from '../../codegen/wasm/interpreter/interpreter.ts';
import { type Abi, checkedAbi } from '../../runtime/contract.ts';
import { JitExecError } from '../../runtime/errors.ts';
import { instantiate } from '../../runtime/instantiate.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { KeptCode } from './code/kept-code.ts';
import type { SlotTables } from './slot-tables.ts';
import { type LinkInterpreter, writtenInterpreter } from './written-interpreters.ts';

/** Runs from a slot until something needs the dispatcher; gives the slot to go on at. */
export type Interpret = (slot: number, stop: number) => number;

const NEVER_HOT = 0x7fff_ffff;

/** Name of a written interpreter. They all count entries; `hot: false` is the same with a threshold out of reach. */
export const interpreterName = (isa: Isa, kind: InterpreterKind): string =>
  kind === 'pure' ? isa.name : `${isa.name}-${kind}`;

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

export function makeInterpreter(isa: Isa, options: InterpreterOptions, given: Abi<'interpreter'>): Interpret {
  const abi = checkedAbi('interpreter', { xlen: isa.xlen, ...INTERPRETER_INSTRUMENTS[options.kind].mode }, given);
  if (canGenerate()) return new Function('abi', emitInterpreter(isa, options))(abi) as Interpret;
  const link = findWritten(interpreterName(isa, options.kind));
  return link(options.hot ? abi : { ...abi, HOT: NEVER_HOT });
}

/** The interpreter of codegen/javascript/checked-interpreter.ts: runs from the pc in the control page. */
export function makeCheckedInterpreter(isa: Isa, given: Abi<'checked'>): () => void {
  const abi = checkedAbi('checked', { xlen: 64 }, given);
  if (canGenerate()) return new Function('abi', emitCheckedInterpreter(isa))(abi) as () => void;
  const interpret = findWritten(checkedInterpreterName(isa))(abi);
  return () => void interpret(0, -1);
}

export interface InterpreterPlace {
  readonly text: GuestText;
  readonly memory: GuestMemory;
  readonly tables: SlotTables;
  /** Entries at which code is hot. */
  readonly hot: number;
  /** What earlier runs of the program have left. */
  readonly kept?: KeptCode | undefined;
}

/** What an interpreter of either language takes but the memory. */
export type InterpretersAbi = Omit<Abi<'interpreter' | 'wasmInterpreter'>, 'memory'>;

/** The interpreter as WebAssembly. */
export function makeWasmInterpreter(
  { text, memory, tables, hot, kept }: InterpreterPlace,
  { hot: counts }: Pick<InterpreterOptions, 'hot'>,
  touch: Touch,
  abi: Omit<Abi<'wasmInterpreter'>, 'memory'>,
  metered?: Metered,
  followed?: Followed,
): Interpret {
  const place = {
    hot: counts ? hot : undefined,
    touch,
    metered,
    followed,
    textBase: text.base,
    textBytes: text.bytes.length,
    windows: windowsOf(memory),
    slots: tables.slots.byteOffset,
    entries: tables.entries.byteOffset,
    stamps: memory.arena.stamps.offset,
    pages: memory.arena.pages,
  };
  const emit = (): Uint8Array<ArrayBuffer> => emitWasmInterpreter({ isa: text.isa, ...place });
  const module = kept?.interpreter({ isa: text.isa.name, ...place }, emit) ?? new WebAssembly.Module(emit());
  return instantiate('wasmInterpreter', module, { ...abi, memory: memory.wasm! }).interpret;
}

/**
 * The interpreters of one run, each made when it is first needed: WebAssembly where the engine may compile and the host
 * has it, else JavaScript.
 */
export class Interpreters {
  readonly #make: (options: InterpreterOptions, touch: Touch, metered?: Metered, followed?: Followed) => Interpret;
  readonly #kind: InterpreterKind;
  readonly #metered: Metered | undefined;
  readonly #followed: Followed | undefined;
  #plain: Interpret | undefined;
  #logging: Interpret | undefined;
  /** Counts entries of what may be compiled, and leaves where that is hot. */
  readonly counting: Interpret;

  constructor(
    engine: 'js' | 'wasm' | 'interpreter',
    place: InterpreterPlace,
    kind: InterpreterKind,
    instrumentation: Instrumentation,
    abi: InterpretersAbi,
  ) {
    const isJavaScript = engine === 'interpreter' || place.memory.wasm === undefined;
    this.#make = (options, touch, metered, followed) =>
      isJavaScript
        ? makeInterpreter(place.text.isa, options, abi)
        : makeWasmInterpreter(place, options, touch, abi, metered, followed);
    this.#metered = instrumentation.kind === 'metered' ? instrumentation : undefined;
    this.#followed = followedBy(instrumentation);
    this.#kind = kind;
    this.counting = this.#observing(engine !== 'interpreter');
  }

  #observing(hot: boolean): Interpret {
    const touch = this.#kind === 'traced' ? 'trace' : 'none';
    return this.#make({ hot, kind: this.#kind }, touch, this.#metered, this.#followed);
  }

  /** Goes on past hot code. */
  get plain(): Interpret {
    this.#plain ??= this.#observing(false);
    return this.#plain;
  }

  /** Of unconstrained execution: tells the host what it changes. */
  get logging(): Interpret {
    this.#logging ??= this.#make({ hot: false, kind: 'traced' }, 'host');
    return this.#logging;
  }
}
