// What is known of where a jump out of the text came from: the return address that the last call left. The same on every engine.

import type { Program } from '../../codegen/program/program.ts';
import type { FaultCause } from '../../runtime/exit.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';

const RA = 1;

/** For a fault of a jump whose return address lies in the text. */
export function returnAddress(cause: FaultCause, program: Program, memory: GuestMemory): string | undefined {
  if (cause !== 'fetch-address' && cause !== 'fetch-misaligned') return undefined;
  const ra = Number(memory.readRegister(RA));
  const offset = ra - program.textBase;
  if (offset < 0 || offset >= program.text.length) return undefined;
  const symbol = program.symbolAt(ra) === undefined ? '' : `${program.describeAddress(ra)}, `;
  return `the return address is ${symbol}0x${ra.toString(16)}`;
}
