// Every system call against what SP1's own executor did with the same program (test/vectors/sp1-precompiles.json).

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SYSCALL_NAMES, SYSCALLS, sp1Syscall } from '../../../src/machine/sp1/syscalls/syscalls.ts';
import { MemoryHost } from './memory-host.ts';

interface Vector {
  title: string;
  calls: [string, ...number[]][];
  memory: Record<string, string>;
  inputs?: string[];
  fault?: true;
  clks: number[];
  t0: string[];
  entries: number;
  entriesSha256: string;
  publicValues?: string;
  digest?: number[];
  after: { address: string; bytes: string; clks: number[] }[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../vectors/sp1-precompiles.json', import.meta.url), 'utf8')) as {
  cases: Vector[];
};

const codes = new Map([...SYSCALL_NAMES].map(([code, name]) => [name, code]));
const hex = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString('hex');

function hostOf(vector: Vector): MemoryHost {
  const host = new MemoryHost();
  for (const [address, bytes] of Object.entries(vector.memory)) {
    host.setBytes(Number.parseInt(address, 16), Buffer.from(bytes, 'hex'));
  }
  for (const input of vector.inputs ?? []) host.inputs.push(Buffer.from(input, 'hex'));
  return host;
}

function run(vector: Vector): { host: MemoryHost; t0: string[]; fault?: string } {
  const host = hostOf(vector);
  const t0: string[] = [];
  for (const [i, [name, ...args]] of vector.calls.entries()) {
    host.clk = BigInt(vector.clks?.[i] ?? 1);
    for (const [k, arg] of args.entries()) host.args[k] = BigInt(arg);
    const outcome = sp1Syscall(host, codes.get(name)!);
    if (outcome.kind === 'fault') return { host, t0, fault: outcome.detail };
    if (outcome.kind !== 'value') throw new Error(`unexpected ${outcome.kind}`);
    t0.push(outcome.t0.toString(16));
  }
  return { host, t0 };
}

function entriesSha256(entries: readonly { clk: bigint; value: bigint }[]): string {
  const bytes = Buffer.alloc(16 * entries.length);
  for (const [i, { clk, value }] of entries.entries()) {
    bytes.writeBigUInt64LE(clk, 16 * i);
    bytes.writeBigUInt64LE(value, 16 * i + 8);
  }
  return createHash('sha256').update(bytes).digest('hex');
}

describe('system calls agree with sp1-core-executor', () => {
  it.each(cases.filter(c => !c.fault))('$title', vector => {
    const { host, t0, fault } = run(vector);
    expect(fault).toBeUndefined();
    expect(t0).toEqual(vector.t0);
    for (const { address, bytes, clks } of vector.after) {
      const at = Number.parseInt(address, 16);
      expect(hex(host.readBytes(at, bytes.length / 2))).toBe(bytes);
      const stamps = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, i) =>
        Number(host.granule(at + 8 * i).clk),
      );
      expect(stamps).toEqual(clks.length === 1 ? stamps.map(() => clks[0]) : clks);
    }
    expect(host.entries.length).toBe(vector.entries);
    expect(entriesSha256(host.entries)).toBe(vector.entriesSha256);
    expect(hex(host.out.publicValues)).toBe(vector.publicValues ?? '');
    expect([...host.commitWords]).toEqual(vector.digest ?? Array(8).fill(0));
  });
});

describe('system calls fault where sp1-core-executor panics', () => {
  it.each(cases.filter(c => c.fault))('$title', vector => {
    expect(run(vector).fault).toMatch(/^[A-Z0-9_]+[ :]/);
  });
});

it('every precompile that can run has vectors', () => {
  const tested = new Set(cases.flatMap(c => (c.fault ? [] : c.calls.map(([name]) => name))));
  const missing = [...SYSCALLS.values()].filter(s => s.kind === 'precompile' && !tested.has(s.name));
  expect(missing).toEqual([]);
});
