// Profiles against the interpreter's own count of every instruction, and the formats that they are written in.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../codegen/isa/instruction.ts';
import type { Program } from '../../codegen/program/program.ts';
import { makeText } from '../../codegen/program/text.ts';
import { loadGuest } from '../../src/machine/guest.ts';
import { GAS_TENTHS } from '../../src/machine/sp1/report/gas.ts';
import { SYSCALL_NAMES } from '../../src/machine/sp1/syscalls/syscalls.ts';
import { type CallTree, functionTotals, type ProfileWeight, totalsOf } from '../../src/profile/call-tree.ts';
import { cpuProfile } from '../../src/profile/formats/cpuprofile.ts';
import { firefoxProfile } from '../../src/profile/formats/firefox.ts';
import { foldedStacks } from '../../src/profile/formats/folded.ts';
import { pprofProfile } from '../../src/profile/formats/pprof.ts';
import { type Engine, type ExecuteOptions, execute } from '../../src/verbs/execute.ts';
import { buildElf, words } from '../codegen/elf/elf-builder.ts';
import { sampled } from '../depth.ts';
import { countedBySlot } from './counted.ts';

const read = (name: string): Uint8Array =>
  readFileSync(new URL(`../../examples/guests/bin/${name}.elf`, import.meta.url));
const u64 = (n: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(n).buffer);

const GUESTS: readonly (readonly [string, ExecuteOptions])[] = [
  ['rec.rv64', { args: ['12'] }],
  ['stackvm.rv32c', {}],
  ['sort.rv32', { args: ['100'] }],
  ['fibonacci.sp1', { inputs: [u64(20n)] }],
  ['unconstrained.sp1', {}],
  ['faults.rv64', { args: ['wild-store'] }],
];

/** Sums of them by what is of an instruction. */
function countedBy(
  name: string,
  options: ExecuteOptions,
  keyOf: (pc: number, instruction: Instruction, program: Program) => string,
): Map<string, number> {
  const guest = loadGuest(read(name), name, 'auto');
  const { program } = guest;
  const text = makeText(program.isa, program.textBase, program.text);
  const sums = new Map<string, number>();
  countedBySlot(guest, options).forEach((n, slot) => {
    if (n === 0) return;
    const key = keyOf(program.textBase + (slot << text.slotShift), text.instructionAt(slot)!, program);
    sums.set(key, (sums.get(key) ?? 0) + n);
  });
  return sums;
}

const countedByFunction = (name: string, options: ExecuteOptions): Map<string, number> =>
  countedBy(name, options, (pc, _instruction, program) => program.describeAddress(pc).replace(/\+0x[\da-f]+$/, ''));

/** The stacks of a tree, whatever the order of its nodes. */
const stacks = (tree: CallTree | undefined): string[] => foldedStacks(tree!).trim().split('\n').sort();

describe('a profile', () => {
  it.each(GUESTS)('of %s has for each function the instructions that the interpreter counts', (name, options) => {
    const { callTree: profile, instructions } = execute(read(name), { ...options, profile: 'instructions' });
    const totals = functionTotals(profile!);
    expect(totals.reduce((sum, { self }) => sum + self, 0)).toBe(instructions);
    const self = new Map(totals.filter(one => one.self > 0).map(one => [one.name, one.self]));
    expect(self).toEqual(countedByFunction(name, options));
  });

  // qemu-riscv64 -singlestep -d exec,nochain -D log guest.elf arguments; awk '{print $NF}' log | sort | uniq -c; QEMU 7.2.22.
  const LOGGED: readonly (readonly [string, string, Readonly<Record<string, number>>])[] = [
    [
      'rec.rv64',
      '12',
      {
        print: 642,
        descend: 403,
        put_decimal: 133,
        put_bytes: 44,
        arg_u32: 31,
        flush: 30,
        main: 25,
        syscall3: 11,
        _start: 10,
        sys_exit: 9,
        finish: 7,
      },
    ],
    [
      'sort.rv64',
      '100',
      {
        sort: 13024,
        put_decimal: 2940,
        ascending: 2490,
        descending: 1467,
        in_order: 1234,
        main: 1074,
        print: 774,
        put_bytes: 642,
        arg_u32: 41,
        allocate: 35,
        flush: 30,
        syscall3: 23,
        _start: 10,
        sys_exit: 9,
        finish: 7,
      },
    ],
  ];

  it.each(LOGGED)('of %s %s has for each function what QEMU logs', (name, argument, logged) => {
    const { callTree: tree } = execute(read(name), { args: [argument], hot: 10, profile: 'instructions' });
    const self = functionTotals(tree!).flatMap(one => (one.self > 0 ? [[one.name, one.self] as const] : []));
    expect(Object.fromEntries(self)).toEqual(logged);
  });

  it.each(sampled(GUESTS, 3))('of %s is the same on every engine, however much is compiled', (name, options) => {
    const run = (engine: Engine, hot: number): CallTree =>
      execute(read(name), { ...options, engine, hot, profile: 'instructions' }).callTree!;
    const interpreted = run('interpreter', 2000);
    const calls = (tree: CallTree): unknown =>
      functionTotals(tree)
        .map(({ name, calls }) => [name, calls])
        .sort();
    for (const engine of ['js', 'wasm'] as const)
      for (const hot of [1, 30]) {
        const compiled = run(engine, hot);
        expect(stacks(compiled)).toEqual(stacks(interpreted));
        expect(calls(compiled)).toEqual(calls(interpreted));
      }
  });

  it.each(['js', 'wasm'] as const)('keeps the calls that the stack has no room for, on %s', engine => {
    const depth = 70_000;
    const { callTree: profile, instructions } = execute(read('rec.rv64'), {
      args: [String(depth)],
      engine,
      profile: 'instructions',
    });
    const descend = functionTotals(profile!).find(({ name }) => name === 'descend')!;
    expect(descend.calls).toBe(depth + 1);
    expect(totalsOf(profile!)[0]).toBe(instructions);
    // Where all have returned, what is left is of those that called first.
    expect(functionTotals(profile!).find(({ name }) => name === '_start')!.total).toBe(instructions);
  });

  it.each(['interpreter', 'js', 'wasm'] as const)('by gas and by loads has what the report counts, on %s', engine => {
    const options = { inputs: [u64(20n)] };
    const { opcodes } = execute(read('fibonacci.sp1'), { ...options, report: true, engine: 'interpreter' }).report!;
    const sumOf = (profile: ProfileWeight): number =>
      totalsOf(execute(read('fibonacci.sp1'), { ...options, engine, hot: 10, profile }).callTree!)[0]!;
    const expected = (weightOf: (opcode: string) => number): number =>
      Object.entries(opcodes).reduce((sum, [opcode, n]) => sum + n * weightOf(opcode), 0);
    expect(sumOf('reads')).toBe(expected(opcode => (/^L(B|H|W)U?$|^LD$/.test(opcode) ? 1 : 0)));
    expect(sumOf('gas')).toBe(expected(GAS_TENTHS.opcode));
  });

  it.each(sampled(['wasm', 'interpreter', 'js'] as const, 2))(
    'and report of compressed instructions are the interpreter’s, on %s',
    engine => {
      for (const name of ['stackvm.rv32c', 'sha256.rv64c']) {
        const options = { engine, hot: 10 };
        const isLoad = (_pc: number, { row }: Instruction): string => String(row.effect.kind === 'load');
        const loads = countedBy(name, {}, isLoad).get('true');
        expect(totalsOf(execute(read(name), { ...options, profile: 'reads' }).callTree!)[0]).toBe(loads);
        const { opcodes } = execute(read(name), { ...options, report: true }).report!;
        const counted = countedBy(name, {}, (_pc, { row }) => row.mnemonic.toUpperCase());
        expect(new Map(Object.entries(opcodes))).toEqual(counted);
      }
    },
  );

  it('by gas has what precompiles weigh in the function that calls them', () => {
    const weighed = execute(read('precompiles.sp1'), { profile: 'gas' });
    const opcodes = execute(read('precompiles.sp1'), { report: true }).report!.opcodes;
    const calls = new Map([...SYSCALL_NAMES].map(([code, name]) => [name, code]));
    const ofCalls = Object.entries(weighed.syscalls).reduce(
      (sum, [name, n]) => sum + n * GAS_TENTHS.call(calls.get(name) ?? -1),
      0,
    );
    const ofOpcodes = Object.entries(opcodes).reduce((sum, [name, n]) => sum + n * GAS_TENTHS.opcode(name), 0);
    expect(ofCalls).toBeGreaterThan(0);
    expect(totalsOf(weighed.callTree!)[0]).toBe(ofCalls + ofOpcodes);
  });

  it('has the calls of a recursion one in another, and a total for it once', () => {
    const { callTree: profile, instructions } = execute(read('rec.rv64'), { args: ['5'], profile: 'instructions' });
    const depth = profile!.nodes.filter(({ name }) => name === 'descend').length;
    expect(depth).toBeGreaterThanOrEqual(5);
    const start = functionTotals(profile!).find(({ name }) => name === '_start')!;
    expect(start.total).toBe(instructions);
    expect(totalsOf(profile!)[0]).toBe(instructions);
    for (const { total } of functionTotals(profile!)) expect(total).toBeLessThanOrEqual(instructions);
  });

  it('by precompiles has as many as were called', () => {
    const { callTree: profile, syscalls } = execute(read('precompiles.sp1'), { profile: 'precompiles' });
    const none = /^(HALT|WRITE|HINT|COMMIT|ENTER|EXIT|VERIFY|MPROTECT|DUMP)/;
    const called = Object.entries(syscalls).flatMap(([name, n]) => (none.test(name) ? [] : [n]));
    expect(totalsOf(profile!)[0]).toBe(called.reduce((a, b) => a + b, 0));
    expect(totalsOf(profile!)[0]).toBeGreaterThan(0);
  });

  it('of code without symbols names addresses', () => {
    // call +12; li a7, 93; ecall; li a0, 0; ret
    const code = words(0x00c0_00ef, 0x05d0_0893, 0x0000_0073, 0x0000_0513, 0x0000_8067);
    const address = 0x1_0000;
    const elf = buildElf({ xlen: 64, entry: address, segments: [{ address, bytes: code, flags: 5 }] });
    const { callTree: profile } = execute(elf, { profile: 'instructions' });
    expect(foldedStacks(profile!)).toBe('0x10000 3\n0x10000;0x1000c 2\n');
  });

  it('of a text that begins with a jump through a register', () => {
    // jr t1; start: auipc t1, 0; addi t1, t1, 12; j .-12; li a7, 93; ecall
    const code = words(0x0003_0067, 0x0000_0317, 0x00c3_0313, 0xff5f_f06f, 0x05d0_0893, 0x0000_0073);
    const address = 0x1_0000;
    const elf = buildElf({ xlen: 64, entry: address + 4, segments: [{ address, bytes: code, flags: 5 }] });
    expect(foldedStacks(execute(elf, { profile: 'instructions' }).callTree!)).toBe('0x10004 6\n');
  });

  it('is refused where there is none', () => {
    expect(() => execute(read('rec.rv64'), { profile: 'precompiles' })).toThrow('machine bare has no precompiles');
    expect(() => execute(read('rec.rv64'), { profile: 'gas' })).toThrow('machine bare has no gas');
    expect(() => execute(read('fibonacci.sp1'), { profile: 'gas', report: true })).toThrow('it is by instructions');
  });
});

describe('the formats of a profile', () => {
  const node = (parent: number, name: string, self: number, line?: number): CallTree['nodes'][number] => ({
    parent,
    name,
    address: `0x${name.length.toString(16)}0`,
    self,
    calls: 1,
    ...(line === undefined ? {} : { source: { file: 'a.rs', line } }),
  });
  const tree: CallTree = {
    weight: 'instructions',
    nodes: [node(-1, 'main', 3), node(0, 'a;b', 0, 7), node(1, 'leaf2', 300), node(0, 'leaf2', 4)],
  };

  it('folded: a line a stack', () => {
    expect(foldedStacks(tree)).toBe('main 3\nmain;a,b;leaf2 300\nmain;leaf2 4\n');
  });

  it('cpuprofile: samples that last as long as their weight', () => {
    const { nodes, samples, timeDeltas, endTime } = JSON.parse(cpuProfile(tree));
    expect(nodes.map((one: { children: number[] }) => one.children)).toEqual([[2, 4], [3], [], []]);
    expect([samples, timeDeltas, endTime]).toEqual([[1, 3, 4, 4], [0, 3, 300, 4], 307]);
    expect(nodes[1].callFrame).toMatchObject({ functionName: 'a;b', url: 'a.rs', lineNumber: 6 });
  });

  it('firefox: tables of equal length, weights by sample', () => {
    const { threads } = JSON.parse(firefoxProfile(tree, 'x.elf'));
    const [{ samples, stackTable, frameTable, funcTable, stringArray }] = threads;
    expect(samples).toMatchObject({ stack: [0, 2, 3], weight: [3, 300, 4], length: 3 });
    expect(stackTable.prefix).toEqual([null, 0, 1, 0]);
    expect(frameTable.func.map((f: number) => stringArray[funcTable.name[f]])).toEqual([
      'main',
      'a;b',
      'leaf2',
      'leaf2',
    ]);
    for (const columns of [samples, stackTable, frameTable, funcTable]) {
      const lengths = Object.values(columns).flatMap(column => (Array.isArray(column) ? [column.length] : []));
      expect(new Set(lengths)).toEqual(new Set([columns.length]));
    }
  });

  it('firefox: the recording beside it, as speedscope 1.25.0 reads it', () => {
    const { systemHost, duration, profile } = JSON.parse(firefoxProfile(tree, 'x.elf'));
    const [{ samples, stackTable, frameTable, stringTable }] = profile.threads;
    const framesOf = (stack: number | null): string[] => {
      if (stack === null) return [];
      const [prefix, frame] = stackTable.data[stack];
      return [...framesOf(prefix), stringTable[frameTable.data[frame][0]]];
    };
    const stacks = samples.data.map(([stack, time]: [number | null, number]) => [time, ...framesOf(stack)]);
    expect(systemHost.name).toBe('Firefox');
    expect(duration).toBe(0.307);
    expect(stacks).toEqual([
      [0, 'main (x.elf)'],
      [0.003, 'main (x.elf)', 'a;b (a.rs:7)', 'leaf2 (x.elf)'],
      [0.303, 'main (x.elf)', 'leaf2 (x.elf)'],
      [0.307],
    ]);
  });

  it('pprof: the bytes of profile.proto', () => {
    // Decoded by pprof-format 2.3.2 to this tree.
    expect(Buffer.from(pprofProfile(tree)).toString('hex')).toMatchInlineSnapshot(
      `"0a040801100212060a010112010312090a030302011202ac0212070a02030112010470013200320c696e737472756374696f6e733205636f756e7432046d61696e3203613b623204612e727332056c656166322a06080110031803220808011840220208012a0a08021004180420052807220a080218302204080210072a0608031006180622080803185022020803"`,
    );
  });
});
