// The verb: runs a guest to its end.

import { parseElf } from '../codegen/elf.ts';
import { isa } from '../codegen/isa/index.ts';
import { loadProgram } from '../codegen/program.ts';
import type { Exit } from '../runtime/exit.ts';
import { Executor } from './executor.ts';
import { BareMachine } from './machine/bare.ts';
import { chooseMachine } from './machine/choose.ts';
import { Sp1Machine } from './machine/sp1/machine.ts';
import type { Machine, MachineInput } from './machine/machine.ts';

export interface ExecuteOptions {
  /** Name of the program in messages and argv[0]. */
  readonly name?: string;
  readonly machine?: 'auto' | 'bare' | 'sp1';
  readonly engine?: 'auto' | 'js' | 'wasm' | 'interpreter';
  readonly args?: readonly string[];
  /** Input buffers, in order. */
  readonly inputs?: readonly Uint8Array[];
  readonly maxCycles?: number;
  /** Bytes of guest memory beyond the image and the stack. */
  readonly maxMemory?: number;
  /** Wall-clock time for the guest from the host; otherwise its clock follows the instruction count. */
  readonly realTime?: boolean;
  readonly stdin?: (max: number) => Uint8Array;
  readonly stdout?: (bytes: Uint8Array) => void;
  readonly stderr?: (bytes: Uint8Array) => void;
  /** Word 0 of a shared array: 1 stops the run as interrupted, 2 as timed out. */
  readonly interrupt?: Int32Array;
}

export interface RunResult {
  readonly machine: 'bare' | 'sp1';
  readonly engine: 'js' | 'wasm' | 'interpreter';
  readonly exit: Exit;
  readonly instructions: number;
  readonly clk?: number;
  readonly publicValues: Uint8Array;
  readonly syscalls: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly mips: number;
  /** x0 … x31 at the end, 64 bits each, sign-extended on RV32. */
  readonly registers: readonly bigint[];
}

const DISCARD = (): void => undefined;

/**
 * Runs a RISC-V executable to its end.
 * @throws JitExecError for a malformed executable; what the guest does wrong is in `exit`.
 */
export function execute(bytes: Uint8Array, options: ExecuteOptions = {}): RunResult {
  const elf = parseElf(bytes, options.name ?? 'program.elf');
  const chosen = options.machine === undefined || options.machine === 'auto' ? chooseMachine(elf) : options.machine;
  const compressed = (elf.flags & 1) !== 0;
  const program = loadProgram(
    elf,
    isa(elf.xlen === 64 ? (compressed ? 'rv64imc' : 'rv64im') : compressed ? 'rv32imc' : 'rv32im'),
  );
  const input: MachineInput = {
    elf,
    program,
    args: options.args ?? [],
    inputs: options.inputs ?? [],
    maxMemory: options.maxMemory ?? 2 ** 32,
    realTime: options.realTime ?? false,
    stdin: options.stdin ?? (() => new Uint8Array(0)),
    stdout: options.stdout ?? DISCARD,
    stderr: options.stderr ?? DISCARD,
  };
  const machine: Machine = chosen === 'sp1' ? new Sp1Machine(input) : new BareMachine(input);
  const executor = new Executor(program, machine, {
    maxCycles: options.maxCycles ?? Number.POSITIVE_INFINITY,
    engine: options.engine === undefined || options.engine === 'auto' ? 'js' : options.engine,
    interrupt: options.interrupt,
    hot: (options as { hot?: number }).hot,
  });
  const start = performance.now();
  const exit = executor.run();
  const seconds = (performance.now() - start) / 1000;
  return {
    machine: chosen,
    engine: executor.options.engine,
    exit,
    instructions: executor.instructions - (machine.uncounted ?? 0),
    ...(machine.clkOffset === undefined ? {} : { clk: machine.clkOffset + 8 * executor.instructions }),
    publicValues: machine.publicBytes,
    syscalls: machine.syscalls,
    seconds,
    mips: executor.instructions / seconds / 1e6,
    registers: Array.from({ length: 32 }, (_, r) => executor.memory.readRegister(r)),
  };
}
