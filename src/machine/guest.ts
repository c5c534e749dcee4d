// From the bytes of an executable to a program and the machine that runs it.

import type { Elf } from '../../codegen/elf/elf.ts';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { loadProgram, type Program } from '../../codegen/program/program.ts';
import { type Machine, type MachineInput, noInput } from '../engine/machine.ts';
import { BareMachine } from './bare.ts';
import { chooseMachine } from './choose.ts';
import { elfOf } from './elf-of.ts';
import { refuseContainer, refuseForeign } from './foreign.ts';
import { checkOpenVmElf } from './openvm/elf.ts';
import { OpenVmMachine } from './openvm/machine.ts';
import { checkDecodable } from './sp1/decodable.ts';
import { checkSp1Elf } from './sp1/elf.ts';
import { type Sp1Guest, Sp1Machine } from './sp1/machine.ts';

export type MachineName = Machine['name'];

interface GuestOf<M extends MachineName> {
  readonly elf: Elf;
  readonly machine: M;
  readonly program: Program;
}

export type Guest = Sp1Guest | GuestOf<Exclude<MachineName, 'sp1'>>;

/** The instructions that the machine runs: RV64IM on sp1, RV32IM and more on openvm; on bare compressed ones too where the file has some. */
function isaNameFor(elf: Elf, machine: MachineName): IsaName {
  if (machine === 'sp1') return 'rv64im';
  if (machine === 'openvm') return 'openvm';
  return `rv${elf.xlen}im${isCompressed(elf) ? 'c' : ''}`;
}

/**
 * Whether the flag says so, or the attributes, or an instruction could be nothing else. Symbols are looked at only where
 * there are no attributes: a file may have tens of thousands, and attributes are what every linker of today writes.
 */
function isCompressed(elf: Elf): boolean {
  if (elf.isCompressed || startsCompressed(elf, elf.entry)) return true;
  if (elf.arch !== undefined) return /_c\d|^rv\d+[a-z]*c/.test(elf.arch);
  return elf.symbols.some(({ kind, address }) => kind === 'function' && startsCompressed(elf, address));
}

/** An instruction at an odd multiple of 2, or one whose two low bits are not those of a word. */
function startsCompressed(elf: Elf, address: number): boolean {
  const segment = elf.segments.find(
    ({ executable, address: start, fileBytes }) => executable && address >= start && address < start + fileBytes.length,
  );
  if (segment === undefined) return false;
  const low = segment.fileBytes[address - segment.address]!;
  const high = segment.fileBytes[address - segment.address + 1] ?? 0;
  // Zero is no instruction in any set.
  return address % 4 === 2 || ((low & 3) !== 3 && (low | high) !== 0);
}

export interface LoadOptions {
  /** Takes words in the text that SP1 does not decode. */
  readonly lenient?: boolean | undefined;
}

/**
 * Reads an executable for the machine that was asked for.
 * @throws JitExecError where it is malformed or the machine does not take it.
 */
export function loadGuest(bytes: Uint8Array, name: string, wanted: 'sp1', options?: LoadOptions): Sp1Guest;
export function loadGuest(bytes: Uint8Array, name: string, wanted: 'auto' | MachineName, options?: LoadOptions): Guest;
export function loadGuest(
  bytes: Uint8Array,
  name: string,
  wanted: 'auto' | MachineName,
  { lenient = false }: LoadOptions = {},
): Guest {
  refuseContainer(bytes, name);
  const elf = elfOf(bytes, name);
  if (wanted !== 'bare') refuseForeign(elf);
  const machine = wanted === 'auto' ? chooseMachine(elf) : wanted;
  if (machine === 'sp1') {
    checkSp1Elf(elf);
    if (!lenient) checkDecodable(elf);
  }
  if (machine === 'openvm') checkOpenVmElf(elf);
  return { elf, machine, program: loadProgram(elf, isa(isaNameFor(elf, machine))) };
}

const MACHINES: Readonly<Record<MachineName, new (input: MachineInput) => Machine>> = {
  bare: BareMachine,
  sp1: Sp1Machine,
  openvm: OpenVmMachine,
};

/** A machine in its start state; what is not given is as in `noInput`. */
export function makeMachine(guest: Guest, input: Partial<Omit<MachineInput, 'elf' | 'program'>>): Machine {
  const none = noInput(guest.elf, guest.program);
  const full: MachineInput = {
    ...none,
    args: input.args ?? none.args,
    inputs: input.inputs ?? none.inputs,
    maxMemory: input.maxMemory,
    realTime: input.realTime ?? none.realTime,
    sp1Version: input.sp1Version,
    keyValues: input.keyValues ?? none.keyValues,
    stdin: input.stdin ?? none.stdin,
    stdout: input.stdout ?? none.stdout,
    stderr: input.stderr ?? none.stderr,
    onSpan: input.onSpan,
  };
  return new MACHINES[guest.machine](full);
}
