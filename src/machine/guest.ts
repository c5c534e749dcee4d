// From the bytes of an executable to a program and the machine that runs it.

import { type Elf, parseElf } from '../../codegen/elf/elf.ts';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { loadProgram, type Program } from '../../codegen/program/program.ts';
import type { Machine, MachineInput } from '../engine/machine.ts';
import { BareMachine } from './bare.ts';
import { chooseMachine } from './choose.ts';
import { refuseContainer, refuseForeign } from './foreign.ts';
import { checkSp1Elf } from './sp1/elf.ts';
import { Sp1Machine } from './sp1/machine.ts';

export type MachineName = Machine['name'];

export interface Guest {
  readonly elf: Elf;
  readonly machine: MachineName;
  readonly program: Program;
}

/** The instructions that the machine runs: RV64IM on sp1; on bare compressed ones too where the file says so. */
function isaNameFor(elf: Elf, machine: MachineName): IsaName {
  if (machine === 'sp1') return 'rv64im';
  return `rv${elf.xlen}im${elf.isCompressed ? 'c' : ''}`;
}

/**
 * Reads an executable for the machine that was asked for.
 * @throws JitExecError where it is malformed or the machine does not take it.
 */
export function loadGuest(bytes: Uint8Array, name: string, wanted: 'auto' | MachineName): Guest {
  refuseContainer(bytes, name);
  const elf = parseElf(bytes, name);
  if (wanted !== 'bare') refuseForeign(elf);
  const machine = wanted === 'auto' ? chooseMachine(elf) : wanted;
  if (machine === 'sp1') checkSp1Elf(elf);
  return { elf, machine, program: loadProgram(elf, isa(isaNameFor(elf, machine))) };
}

const DISCARD = (): void => undefined;

/** A machine in its start state; what is not given is empty or without limit. */
export function makeMachine(guest: Guest, input: Partial<Omit<MachineInput, 'elf' | 'program'>>): Machine {
  const full: MachineInput = {
    elf: guest.elf,
    program: guest.program,
    args: input.args ?? [],
    inputs: input.inputs ?? [],
    maxMemory: input.maxMemory ?? Number.POSITIVE_INFINITY,
    realTime: input.realTime ?? false,
    stdin: input.stdin ?? (() => new Uint8Array(0)),
    stdout: input.stdout ?? DISCARD,
    stderr: input.stderr ?? DISCARD,
  };
  return guest.machine === 'sp1' ? new Sp1Machine(full) : new BareMachine(full);
}
