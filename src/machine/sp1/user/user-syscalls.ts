// The system calls of programs that run untrusted code.
// Reference: sp1:crates/core/executor/src/minimal/precompiles/{mprotect,sig_return}.rs.

import { fault, type PageHost, refuseRange, type SyscallHost, type SyscallOutcome } from '../syscalls/syscall-host.ts';
import { PERMISSION_PAGE_BYTES, PERMITTED } from './page-permissions.ts';

export type UserSyscall = (host: SyscallHost, pages: PageHost) => SyscallOutcome;

export const MPROTECT = 0x00000132;
const ADDRESS_LIMIT = 2n ** 40n;
const CHANGED: SyscallOutcome = { kind: 'value', t0: BigInt(MPROTECT) };

/** Gives the page at a0 the permission a1. */
export const mprotect: UserSyscall = (host, pages) => {
  const address = host.arg(0);
  const permission = host.arg(1);
  const { start, end } = pages.untrusted;
  if (address % BigInt(PERMISSION_PAGE_BYTES) !== 0n) return fault('MPROTECT: address is not that of a page', address);
  if (address >= ADDRESS_LIMIT) return fault('MPROTECT: memory ends at 2^40', address);
  if (!PERMITTED.some(value => BigInt(value) === permission)) {
    return fault(`MPROTECT: permission is ${permission}, expected ${PERMITTED.join(', ')}`, address);
  }
  if (address < start || address >= end)
    return fault('MPROTECT: page is outside the memory of untrusted programs', address);
  pages.set(Number(address), Number(permission));
  return CHANGED;
};

const DOUBLEWORDS = 32;
const state = new Int32Array(2 * DOUBLEWORDS);

/** Takes pc and x1 … x31 from the 32 doublewords at a0. */
export const sigReturn: UserSyscall = host => {
  const pointer = host.arg(0);
  const refused = refuseRange('SIG_RETURN', pointer, 8 * DOUBLEWORDS);
  if (refused !== undefined) return refused;
  if (host.arg(1) !== 0n) return fault(`SIG_RETURN: a1 is ${host.arg(1)}, expected 0`);
  host.read(Number(pointer), DOUBLEWORDS, 0, state);
  return { kind: 'sigReturn', state };
};
