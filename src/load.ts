// From a path on the command line to a program.

import { type Elf, parseElf } from '../codegen/elf.ts';
import { type IsaName, isa } from '../codegen/isa/index.ts';
import { loadProgram, type Program } from '../codegen/program.ts';
import { readBytes } from './input.ts';
import { chooseMachine } from './machine/choose.ts';
import { checkSp1Elf } from './machine/sp1/elf.ts';

export type MachineName = 'bare' | 'sp1';

/** The machine that was asked for; throws where it does not take the program. */
export function machineFor(elf: Elf, wanted: 'auto' | MachineName): MachineName {
  const machine = wanted === 'auto' ? chooseMachine(elf) : wanted;
  if (machine === 'sp1') checkSp1Elf(elf);
  return machine;
}

/** The instructions that the machine runs: RV64IM on sp1; on bare compressed ones too where the file says so. */
export function isaNameFor(elf: Elf, machine: MachineName): IsaName {
  if (machine === 'sp1') return 'rv64im';
  return `rv${elf.xlen}im${elf.isCompressed ? 'c' : ''}`;
}

export function loadFile(
  path: string,
  wanted: 'auto' | MachineName,
): { elf: Elf; machine: MachineName; program: Program } {
  const elf = parseElf(readBytes(path), path);
  const machine = machineFor(elf, wanted);
  return { elf, machine, program: loadProgram(elf, isa(isaNameFor(elf, machine))) };
}
