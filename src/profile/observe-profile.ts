// What a profile by each weight asks of a guest's run, or why there is none.

import type { GuestText } from '../../codegen/program/text.ts';
import { JitExecError } from '../../runtime/errors.ts';
import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import type { Observation } from '../engine/observation.ts';
import type { Guest } from '../machine/guest.ts';
import { isPrecompile, T0 } from '../machine/sp1/abi.ts';
import { sp1UserMode } from '../machine/sp1/elf.ts';
import { opcodeOf } from '../machine/sp1/records/opcode-chips.ts';
import { GAS_TENTHS } from '../machine/sp1/report/gas.ts';
import type { ProfileWeight } from './call-tree.ts';
import { profiling } from './profiler.ts';

const codeIn = ({ control }: GuestMemory): number => control[CONTROL.registers + 2 * T0]! >>> 0;

const kindAt = (slot: number, text: GuestText): string | undefined => text.instructionAt(slot)?.row.effect.kind;

/** @throws JitExecError for what has no such profile. */
export function observeProfile({ program, machine, elf }: Guest, weight: ProfileWeight): Observation {
  const refuse = (text: string): never => {
    throw new JitExecError('ELF_UNSUPPORTED', `profile: ${text}`);
  };
  if (machine === 'sp1' && sp1UserMode(elf) !== undefined) {
    refuse('programs that run untrusted code are not supported yet');
  }
  if (weight === 'precompiles' && machine !== 'sp1') refuse(`machine ${machine} has no precompiles`);
  if (weight === 'gas' && machine !== 'sp1') refuse(`machine ${machine} has no gas`);
  switch (weight) {
    case 'instructions':
      return profiling({ program });
    case 'precompiles':
      return profiling({ program, callWeight: memory => (isPrecompile(codeIn(memory)) ? 1 : 0) });
    case 'reads':
      return profiling({ program, weightOf: (slot, text) => (kindAt(slot, text) === 'load' ? 1 : 0) });
    case 'gas':
      return profiling({
        program,
        weightOf: (slot, text) => {
          const instruction = text.instructionAt(slot);
          return instruction === undefined ? 0 : GAS_TENTHS.opcode(opcodeOf(instruction.row.mnemonic));
        },
        mostWeight: GAS_TENTHS.most,
        callWeight: memory => GAS_TENTHS.call(codeIn(memory)),
      });
  }
}
