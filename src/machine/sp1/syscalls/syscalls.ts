// All system calls of SP1 6.4 by code (spec/sp1/syscalls.md). The code is the low word of t0; t0 then takes the result.

import { MPROTECT, mprotect, sigReturn, type UserSyscall } from '../user/user-syscalls.ts';
import { runHook } from './hooks.ts';
import { PRECOMPILES, precompileRunner, SHA_EXTEND, shaExtend } from './precompiles.ts';
import { type CycleTrackerAction, fault, refuseRange, type SyscallHost, type SyscallOutcome } from './syscall-host.ts';

export type { ArgumentIndex, CycleTrackerAction, SyscallHost, SyscallOutcome } from './syscall-host.ts';

export type SyscallKind = 'system' | 'precompile' | 'user-mode' | 'debug' | 'removed';

export interface Sp1Syscall {
  readonly code: number;
  readonly name: string;
  readonly kind: SyscallKind;
  readonly execute: (host: SyscallHost) => SyscallOutcome;
}

const U64_MAX = 2n ** 64n - 1n;
const ADDRESS_LIMIT = 2n ** 40n;
const WRITE = 0x02;
const EXIT_UNCONSTRAINED = 0x04;
const HINT_LEN = 0xf0;

const done = (code: number): SyscallOutcome => ({ kind: 'value', t0: BigInt(code) });

function halt(host: SyscallHost): SyscallOutcome {
  return { kind: 'halt', code: Number(BigInt.asUintN(32, host.arg(0))) };
}

function enterUnconstrained(): SyscallOutcome {
  return { kind: 'enterUnconstrained' };
}

function exitUnconstrained(host: SyscallHost): SyscallOutcome {
  return host.isUnconstrained
    ? { kind: 'exitUnconstrained' }
    : fault('EXIT_UNCONSTRAINED: the guest is not in unconstrained mode');
}

const COMMITTED = done(0x10);

function commit(host: SyscallHost): SyscallOutcome {
  const index = host.arg(0);
  const word = host.arg(1);
  if (index >= 8n) return fault(`COMMIT: index is ${index}, expected 0 to 7`);
  if (word >= 2n ** 32n) return fault(`COMMIT: word is ${word}, expected 32 bits`);
  host.commitWords[Number(index)] = Number(word);
  return COMMITTED;
}

const DEFERRED = done(0x1a);

/** Upstream's executor looks at neither argument. */
function commitDeferred(host: SyscallHost): SyscallOutcome {
  const index = host.arg(0);
  if (index < 8n) host.deferredWords[Number(index)] = Number(BigInt.asUintN(32, host.arg(1)));
  return DEFERRED;
}

function hintLen(host: SyscallHost): SyscallOutcome {
  const front = host.inputs[0];
  const length = front === undefined ? U64_MAX : BigInt(front.length);
  host.traceValue(U64_MAX, length);
  return { kind: 'value', t0: length };
}

const HINTED = done(0xf1);

function hintRead(host: SyscallHost): SyscallOutcome {
  const front = host.inputs[0];
  if (front === undefined) return fault('HINT_READ: the input is exhausted');
  const pointer = host.arg(0);
  const length = host.arg(1);
  if (length !== BigInt(front.length)) return fault(`HINT_READ: length is ${length}, the buffer has ${front.length}`);
  const refused = refuseRange('HINT_READ', pointer, 8 * (Math.floor(front.length / 8) + 1));
  if (refused !== undefined) return refused;
  host.inputs.shift();
  host.writeHint(Number(pointer), front);
  return HINTED;
}

const WRITTEN = done(WRITE);

/** The most bytes of one WRITE that a host can hold. */
const WRITE_LIMIT = 2n ** 31n;

function write(host: SyscallHost): SyscallOutcome {
  const fd = host.arg(0);
  const pointer = host.arg(1);
  const length = host.arg(2);
  if (length > WRITE_LIMIT) return fault(`WRITE: length is ${length}`, pointer);
  if (pointer + length > ADDRESS_LIMIT) return fault('WRITE: memory ends at 2^40', pointer);
  const bytes = host.readBytes(Number(pointer), Number(length));
  // Upstream compares 1 and 2 with the whole register and the others with its low word.
  if (fd === 1n) writeStdout(host, bytes);
  else if (fd === 2n) host.stderr(bytes);
  else return writeDescriptor(host, Number(BigInt.asUintN(32, fd)), bytes);
  return WRITTEN;
}

function writeDescriptor(host: SyscallHost, fd: number, bytes: Uint8Array): SyscallOutcome {
  if (fd === 13) {
    host.publicValues(bytes);
    return WRITTEN;
  }
  const answer = fd === 14 ? [bytes] : runHook(fd, bytes);
  if (answer === undefined) host.ignoredWrite?.(fd);
  else if (typeof answer === 'string') return fault(`WRITE to hook ${fd}: ${answer}`);
  else host.inputs.unshift(...answer);
  return WRITTEN;
}

const TRACKER_LINE = /^cycle-tracker-(report-start|report-end|start|end):(.*)$/;

function writeStdout(host: SyscallHost, bytes: Uint8Array): void {
  if (host.cycleTracker === undefined) {
    host.stdout(bytes);
    return;
  }
  const text = new TextDecoder().decode(bytes);
  if (!text.includes('cycle-tracker-')) {
    host.stdout(bytes);
    return;
  }
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const match = TRACKER_LINE.exec(line.trimEnd());
    if (match === null) host.stdout(new TextEncoder().encode(line));
    else host.cycleTracker(match[1] as CycleTrackerAction, match[2]!.trim());
  }
}

const system = (code: number, name: string, execute: (host: SyscallHost) => SyscallOutcome): Sp1Syscall => ({
  code,
  name,
  kind: 'system',
  execute,
});
const ignored = (code: number, name: string, kind: SyscallKind): Sp1Syscall => {
  const outcome = done(code);
  return { code, name, kind, execute: () => outcome };
};
const userMode = (code: number, name: string, execute: UserSyscall): Sp1Syscall => ({
  code,
  name,
  kind: 'user-mode',
  execute: host =>
    host.pages === undefined
      ? { kind: 'unsupported', feature: `system call ${name} in a program without the note for untrusted programs` }
      : execute(host, host.pages),
});
const removed = (code: number, name: string): Sp1Syscall => ({
  code,
  name,
  kind: 'removed',
  execute: () => fault(`${name}: SP1 has removed this system call`),
});

export const SYSCALLS: ReadonlyMap<number, Sp1Syscall> = new Map(
  [
    system(0x00, 'HALT', halt),
    system(WRITE, 'WRITE', write),
    system(0x03, 'ENTER_UNCONSTRAINED', enterUnconstrained),
    system(EXIT_UNCONSTRAINED, 'EXIT_UNCONSTRAINED', exitUnconstrained),
    system(0x10, 'COMMIT', commit),
    system(0x1a, 'COMMIT_DEFERRED_PROOFS', commitDeferred),
    ignored(0x1b, 'VERIFY_SP1_PROOF', 'system'),
    system(HINT_LEN, 'HINT_LEN', hintLen),
    system(0xf1, 'HINT_READ', hintRead),
    ignored(0x35, 'HINT_MPROTECT_FLUSH', 'system'),
    ignored(0x40, 'DUMP_ELF', 'debug'),
    ignored(0x41, 'INSERT_PROFILER_SYMBOLS', 'debug'),
    ignored(0x42, 'DELETE_PROFILER_SYMBOLS', 'debug'),
    { code: SHA_EXTEND, name: 'SHA_EXTEND', kind: 'precompile', execute: shaExtend } satisfies Sp1Syscall,
    ...PRECOMPILES.map(
      (p): Sp1Syscall => ({ code: p.code, name: p.name, kind: 'precompile', execute: precompileRunner(p) }),
    ),
    userMode(MPROTECT, 'MPROTECT', mprotect),
    userMode(0x00000134, 'SIG_RETURN', sigReturn),
    removed(0x0000010c, 'SECP256K1_DECOMPRESS'),
    removed(0x0000012e, 'SECP256R1_DECOMPRESS'),
    removed(0x0000011c, 'BLS12381_DECOMPRESS'),
    removed(0x0001012f, 'U256XU2048_MUL'),
  ].map(s => [s.code, s]),
);

/** Names for statistics and messages, by code. */
export const SYSCALL_NAMES: ReadonlyMap<number, string> = new Map([...SYSCALLS].map(([code, s]) => [code, s.name]));

/** Runs the system call `code` (the low word of t0, unsigned). Never throws for what a guest does. */
export function sp1Syscall(host: SyscallHost, code: number): SyscallOutcome {
  const syscall = SYSCALLS.get(code);
  if (syscall === undefined) return fault(`unknown system call 0x${code.toString(16)}`);
  if (host.isUnconstrained && code !== WRITE && code !== EXIT_UNCONSTRAINED) {
    return fault(`${syscall.name}: not allowed in unconstrained mode`);
  }
  return syscall.execute(host);
}
