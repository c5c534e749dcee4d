// Where a hart that runs untrusted code goes on after a system call that traps or returns from a trap handler.

import { CONTROL } from '../../../../runtime/layout.ts';
import type { EcallResult, Hart } from '../../../engine/machine.ts';
import type { SyscallOutcome } from '../syscalls/syscall-host.ts';

/** `clk` is that of the ecall; gives how the run ends where nobody handles the trap. */
export function goElsewhere(
  outcome: Extract<SyscallOutcome, { kind: 'trap' | 'sigReturn' }>,
  hart: Hart,
  clk: number,
): EcallResult {
  if (outcome.kind === 'trap') return hart.user!.trap(outcome.code, clk);
  hart.memory.control.set(outcome.state.subarray(2), CONTROL.registers + 2);
  hart.user!.jump(outcome.state[0]!, outcome.state[1]!);
  return undefined;
}
