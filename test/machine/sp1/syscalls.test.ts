import { describe, expect, it } from 'vitest';
import { runHook } from '../../../src/machine/sp1/syscalls/hooks.ts';
import { PRECOMPILES } from '../../../src/machine/sp1/syscalls/precompiles.ts';
import {
  SYSCALL_NAMES,
  SYSCALLS,
  type SyscallOutcome,
  sp1Syscall,
} from '../../../src/machine/sp1/syscalls/syscalls.ts';
import { MemoryHost } from './memory-host.ts';

const codes = new Map([...SYSCALL_NAMES].map(([code, name]) => [name, code]));
const text = (bytes: readonly number[]): string => Buffer.from(bytes).toString();

function call(host: MemoryHost, name: string, ...args: (number | bigint)[]): SyscallOutcome {
  for (const [i, arg] of args.entries()) host.args[i] = BigInt(arg);
  return sp1Syscall(host, codes.get(name)!);
}

function writeText(host: MemoryHost, fd: number | bigint, content: string): SyscallOutcome {
  host.setBytes(0x1003, Buffer.from(content));
  return call(host, 'WRITE', fd, 0x1003, content.length);
}

describe('the table', () => {
  it('has each code once, under a name of its own', () => {
    expect(SYSCALLS.size).toBe(48);
    expect(new Set(SYSCALL_NAMES.values()).size).toBe(SYSCALLS.size);
  });

  it('sets byte 1 of the code exactly for calls with a table', () => {
    for (const { code, kind } of SYSCALLS.values()) {
      expect(((code >>> 8) & 0xff) === 1).toBe(kind !== 'system' && kind !== 'debug');
    }
  });

  // spec/sp1/minimal-trace.md, section 2: n entries for a read, 2 n for a write.
  it.each([
    ['SHA_COMPRESS', 8 + 64 + 16],
    ['KECCAK_PERMUTE', 75],
    ['SECP256K1_ADD', 32],
    ['SECP256K1_DOUBLE', 24],
    ['BLS12381_ADD', 48],
    ['BLS12381_DOUBLE', 36],
    ['ED_ADD', 32],
    ['ED_DECOMPRESS', 12],
    ['UINT256_MUL', 20],
    ['UINT256_ADD_CARRY', 28],
    ['BLS12381_FP_MUL', 24],
    ['BN254_FP_MUL', 16],
    ['BLS12381_FP2_MUL', 48],
    ['BN254_FP2_SUB', 32],
    ['POSEIDON2', 24],
  ])('gives %s %i entries', (name, entries) => {
    const { accesses } = PRECOMPILES.find(p => p.name === name)!;
    expect(accesses.reduce((n, a) => n + a.granules * (a.kind === 'write' ? 2 : 1), 0)).toBe(entries);
  });
});

describe('faults', () => {
  it.each([...PRECOMPILES.map(p => p.name), 'SHA_EXTEND'])('%s refuses misaligned and unreachable pointers', name => {
    const pointers = name === 'SHA_EXTEND' ? [0] : PRECOMPILES.find(p => p.name === name)!.accesses.map(a => a.pointer);
    for (const pointer of pointers) {
      for (const [bad, detail] of [
        [0x1001n, 'multiple of 8'],
        [2n ** 40n - 8n, '2^40'],
        [2n ** 64n - 8n, '2^40'],
      ] as const) {
        const host = new MemoryHost();
        const args: bigint[] = [0x1000n, 0x2000n, 0x3000n, 0x4000n, 0x5000n];
        args[pointer] = bad;
        const outcome = call(host, name, ...args);
        expect(outcome).toMatchObject({ kind: 'fault', address: bad });
        expect((outcome as { detail: string }).detail).toContain(detail);
        expect(host.entries).toEqual([]);
      }
    }
  });

  it('refuse unknown and removed codes', () => {
    expect(sp1Syscall(new MemoryHost(), 0x99)).toEqual({ kind: 'fault', detail: 'unknown system call 0x99' });
    expect(call(new MemoryHost(), 'SECP256K1_DECOMPRESS')).toMatchObject({ kind: 'fault' });
    expect(call(new MemoryHost(), 'U256XU2048_MUL')).toMatchObject({ kind: 'fault' });
  });

  it('refuse a COMMIT of more than 32 bits', () => {
    expect(call(new MemoryHost(), 'COMMIT', 0, 2n ** 32n)).toMatchObject({ kind: 'fault' });
  });

  it('refuse to write from beyond the memory', () => {
    expect(call(new MemoryHost(), 'WRITE', 1, 2n ** 40n - 1n, 2)).toMatchObject({ kind: 'fault' });
    expect(call(new MemoryHost(), 'WRITE', 1, 0, 2n ** 64n - 1n)).toMatchObject({ kind: 'fault' });
  });

  it('leave a hint in the queue that does not fit', () => {
    const host = new MemoryHost();
    host.inputs.push(new Uint8Array(8));
    expect(call(host, 'HINT_READ', 2n ** 40n - 8n, 8)).toMatchObject({ kind: 'fault' });
    expect(host.inputs).toHaveLength(1);
  });
});

describe('outcomes', () => {
  it('HALT keeps the low word of a0', () => {
    expect(call(new MemoryHost(), 'HALT', 2n ** 32n + 7n)).toEqual({ kind: 'halt', code: 7 });
  });

  it('untrusted programs are named as unsupported', () => {
    for (const name of ['MPROTECT', 'SIG_RETURN']) {
      expect(call(new MemoryHost(), name)).toMatchObject({
        kind: 'unsupported',
        feature: expect.stringContaining(name),
      });
    }
  });

  it('debugging calls answer their code', () => {
    for (const code of [0x1b, 0x35, 0x40, 0x41, 0x42]) {
      expect(sp1Syscall(new MemoryHost(), code)).toEqual({ kind: 'value', t0: BigInt(code) });
    }
  });

  it('unconstrained mode allows WRITE and its exit only', () => {
    for (const { code, name } of SYSCALLS.values()) {
      const host = new MemoryHost();
      host.isUnconstrained = true;
      const allowed = name === 'WRITE' || name === 'EXIT_UNCONSTRAINED';
      expect(sp1Syscall(host, code).kind === 'fault').toBe(!allowed);
    }
    expect(call(new MemoryHost(), 'ENTER_UNCONSTRAINED')).toEqual({ kind: 'enterUnconstrained' });
    expect(call(new MemoryHost(), 'EXIT_UNCONSTRAINED')).toMatchObject({ kind: 'fault' });
  });

  it('HINT_LEN of an empty queue is all ones, in t0 and in the trace', () => {
    const host = new MemoryHost();
    expect(call(host, 'HINT_LEN')).toEqual({ kind: 'value', t0: 2n ** 64n - 1n });
    expect(host.entries).toEqual([{ clk: 2n ** 64n - 1n, value: 2n ** 64n - 1n }]);
  });

  it('deferred digest words are recorded without a check', () => {
    const host = new MemoryHost();
    call(host, 'COMMIT_DEFERRED_PROOFS', 3, 2n ** 32n + 5n);
    call(host, 'COMMIT_DEFERRED_PROOFS', 8, 1);
    expect([...host.deferredWords]).toEqual([0, 0, 0, 5, 0, 0, 0, 0]);
  });
});

describe('WRITE', () => {
  it('sends descriptors 1 and 2 on, byte for byte', () => {
    const host = new MemoryHost();
    writeText(host, 1, 'out');
    writeText(host, 2, 'cycle-tracker-start: x\n');
    expect(text(host.out.stdout)).toBe('out');
    expect(text(host.out.stderr)).toBe('cycle-tracker-start: x\n');
    expect(host.entries).toEqual([]);
  });

  it('takes cycle-tracker lines out of stdout where somebody listens', () => {
    const seen: string[] = [];
    const host = Object.assign(new MemoryHost(), {
      cycleTracker: (action: string, name: string) => void seen.push(`${action} ${name}`),
    });
    writeText(host, 1, 'a\ncycle-tracker-start: one\ncycle-tracker-report-end:two \nb');
    writeText(host, 1, 'a cycle-tracker-end: no\n');
    expect(seen).toEqual(['start one', 'report-end two']);
    expect(text(host.out.stdout)).toBe('a\nba cycle-tracker-end: no\n');
  });

  it('prints cycle-tracker lines where nobody listens', () => {
    const host = new MemoryHost();
    writeText(host, 1, 'cycle-tracker-start: one\n');
    expect(text(host.out.stdout)).toBe('cycle-tracker-start: one\n');
  });

  it('compares 1 and 2 with the whole register, the others with its low word', () => {
    const host = new MemoryHost();
    writeText(host, 2n ** 32n + 13n, 'p');
    writeText(host, 2n ** 32n + 1n, 'q');
    expect(text(host.out.publicValues)).toBe('p');
    expect(host.ignored).toEqual([1]);
  });

  it('puts the answers of a hook before what waits, in their order', () => {
    const host = new MemoryHost();
    host.inputs.push(Uint8Array.of(99));
    const payload = Buffer.from([...Buffer.alloc(255, 0), 5, ...Buffer.alloc(511)]);
    payload.reverse();
    host.setBytes(0x1000, payload);
    host.setBytes(0x1000 + 512, Buffer.from([3]));
    call(host, 'WRITE', 17, 0x1000, 768);
    const product = BigInt(`0x${Buffer.from(host.readBytes(0x1000, 512)).reverse().toString('hex')}`);
    expect(host.inputs.map(b => b.length)).toEqual([256, 256, 1]);
    expect(host.inputs[0]![0]).toBe(Number(product % 3n));
  });
});

describe('hooks', () => {
  it('are behind descriptors 15 to 21', () => {
    const known = Array.from({ length: 40 }, (_, fd) => fd).filter(fd => runHook(fd, new Uint8Array()) !== undefined);
    expect(known).toEqual([15, 16, 17, 18, 19, 20, 21]);
  });

  it('say what is wrong with a payload', () => {
    expect(runHook(15, new Uint8Array(3))).toBe('expected 65 bytes, got 3');
    expect(runHook(20, Uint8Array.of(0, 0, 0, 1, 2))).toBe('expected 4 bytes and 3 integers of 1 bytes, got 5 bytes');
    expect(runHook(21, Uint8Array.of(0, 0, 0, 1, 2, 1))).toBe('expected a modulus of at least 2, got 1');
  });
});
