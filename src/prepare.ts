// The noun that verbs take: a program that was read once and is run often.

import { JitExecError } from '../runtime/errors.ts';
import { sha256Hex } from '../runtime/hashes/sha256.ts';
import { KeptCode, type PortableCode } from './engine/code/kept-code.ts';
import type { CodeStore } from './engine/code/saved-plan.ts';
import type { Guest, MachineName } from './machine/guest.ts';
import { checkDecodable } from './machine/sp1/decodable.ts';
import { checkCall, checkOptions, GUEST_RUN_OPTIONS, GUEST_TRACE_OPTIONS, PREPARE_OPTIONS } from './options.ts';
import { asResult, type RunResult } from './result.ts';
import { type ExecuteOptions, executeGuest, guestOf, jsonOf } from './verbs/execute.ts';
import { chunkSink, type TraceOptions, type TraceResult, traceGuest, traceResult } from './verbs/trace.ts';
import { VERSION } from './version.ts';

/** What is said of a program once. */
export interface PrepareOptions extends Pick<ExecuteOptions, 'name' | 'machine' | 'lenient'> {
  /**
   * Where runs leave WebAssembly of what became hot, and later processes take it from. Bytes of other programs, or of other
   * versions of jit-exec, have other names; what `load` gives is run: it must be what `save` was given.
   */
  readonly codeStore?: CodeStore;
}
/** What is said of each run. */
export type GuestRunOptions = Omit<ExecuteOptions, keyof PrepareOptions>;
export type GuestTraceOptions = Omit<TraceOptions, keyof PrepareOptions>;

/** A prepared guest as data that can be sent to another thread, for `prepare` there: the program and what was compiled. */
export interface PortableGuest {
  /** Of jit-exec: another version prepares the program anew. */
  readonly version: string;
  readonly program: Uint8Array;
  readonly options: Omit<PrepareOptions, 'codeStore'>;
  readonly code: PortableCode;
}

export class PreparedGuest {
  readonly #program: Uint8Array;
  readonly #options: PortableGuest['options'];
  readonly #guest: Guest;
  readonly #kept: KeptCode;

  constructor(program: Uint8Array, options: PortableGuest['options'], kept: KeptCode) {
    this.#program = program;
    this.#options = options;
    this.#guest = guestOf(program, options);
    this.#kept = kept;
  }

  /** What messages call it. */
  get name(): string {
    return this.#guest.program.name;
  }

  /** The machine that runs it. */
  get machine(): MachineName {
    return this.#guest.machine;
  }

  /** Runs it from its start to its end, as `execute` does. What was decoded and compiled in earlier runs is used again. */
  run(options: GuestRunOptions = {}): RunResult {
    checkOptions('run', options, GUEST_RUN_OPTIONS);
    const result = executeGuest(this.#guest, { ...options, kept: this.#kept });
    return asResult(result, () => jsonOf(result, this.#program, options.inputs));
  }

  /** The same with its minimal trace, as `trace` does. */
  trace(options: GuestTraceOptions): TraceResult {
    checkOptions('trace', options, GUEST_TRACE_OPTIONS, ['onChunk']);
    if (this.#options.lenient === true && this.machine === 'sp1') checkDecodable(this.#guest.elf);
    const { onChunk, layout, ...rest } = options;
    const result = traceGuest(this.#guest, { ...rest, kept: this.#kept }, chunkSink(onChunk, layout), 1);
    return traceResult(result, this.#program, options.inputs);
  }

  /** For another thread. What is compiled to JavaScript stays here, WebAssembly goes along. */
  get portable(): PortableGuest {
    return { version: VERSION, program: this.#program, options: this.#options, code: this.#kept.portable };
  }
}

/** A store in which this program's names are no other's. */
function ownNames(store: CodeStore, program: Uint8Array): CodeStore {
  const prefix = `${VERSION} ${sha256Hex(program)} `;
  return { load: name => store.load(prefix + name), save: (name, bytes) => store.save(prefix + name, bytes) };
}

const isPortable = (value: Uint8Array | PortableGuest): value is PortableGuest =>
  !(value instanceof Uint8Array) && typeof value === 'object' && value !== null && 'program' in value;

/**
 * Reads an executable, to be run as often as wanted; leave the bytes alone meanwhile. Also takes what `portable` of a
 * prepared guest gave in another thread.
 * @throws JitExecError where it is malformed or the machine does not take it.
 */
export function prepare(program: Uint8Array | PortableGuest, options: PrepareOptions = {}): PreparedGuest {
  if (!isPortable(program)) {
    checkCall('prepare', program, options, PREPARE_OPTIONS);
    const { codeStore, ...rest } = options;
    return new PreparedGuest(
      program,
      rest,
      new KeptCode(undefined, codeStore && { store: ownNames(codeStore, program) }),
    );
  }
  if (Object.keys(options).length > 0) {
    throw new JitExecError('USAGE', 'prepare: a guest from another thread brings its options with it');
  }
  checkCall('prepare', program.program, program.options, PREPARE_OPTIONS);
  const kept = new KeptCode(program.version === VERSION ? program.code : undefined);
  return new PreparedGuest(program.program, program.options, kept);
}
