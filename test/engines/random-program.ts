// Text, data and start state of a plan: straight lines over every row, loops, forward and wild branches, calls of all
// kinds, recursion, jump tables, loads and stores around every edge of memory, system calls.

import { immediateLayout } from '../../codegen/isa/encoding.ts';
import { type Isa, isa } from '../../codegen/isa/index.ts';
import { allCompressed, assemble, type Item, type Label, type Line } from './assembler.ts';
import type { Op, Plan } from './random-plan.ts';
import { LAYOUTS, type Layout, type Setup, SP1_LAYOUT } from './test-machine.ts';

export interface Built {
  readonly setup: Setup;
  readonly text: Uint8Array;
  readonly functionStarts: readonly number[];
}

const RA = 1;
const SP = 2;
const GP = 3;
const POINTERS = [8, 9];
const COUNTERS = [18, 19, 20];
const DEPTH = 21;
const REPEATS = 27;
/** Registers that instructions write, the likelier ones more than once. */
const FREE = [5, 6, 7, 10, 11, 12, 13, 5, 6, 10, 11, 14, 15, 17, 22, 28, 31, RA, 0];
const DATA_BYTES = 1024;
const POOL_AT = 1024;
/** From the data's start, or less where the window ends before. */
const STACK_TOP = 0x1_6f00;
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];

const T0 = 5;
const A0 = 10;
const HINT_READ = 0xf1;

interface Sp1Call {
  readonly code: number;
  /** a0, a1, …: a number is a place in the data, from its start on; a bigint is the value itself. */
  readonly args: readonly (number | bigint)[];
}

const SP1_CALLS: readonly Sp1Call[] = [
  { code: 0xf0, args: [] },
  { code: HINT_READ, args: [0] },
  { code: 0x1a, args: [] },
  { code: 0x02, args: [1n, 8, 5n] },
  // SHA_EXTEND, of the most entries of all calls, and UINT256_ADD_CARRY.
  { code: 0x0030_0105, args: [256, 0n] },
  { code: 0x0001_0130, args: [0, 64, 128, 192, 256] },
  { code: 0x10, args: [3n, 77n] },
  { code: 0x1b, args: [] },
];

/** They end a run: an index out of range, a call that belongs into unconstrained execution, one that is unknown. */
const BAD_SP1_CALLS: readonly Sp1Call[] = [
  { code: 0x10, args: [8n, 77n] },
  { code: 4, args: [] },
  { code: 0x77, args: [] },
];

class Writer {
  readonly lines: Line[] = [];
  readonly functions: readonly (readonly Op[])[];
  readonly starts: Label[];
  readonly pool: (bigint | Label)[] = [];
  readonly set: Isa;
  readonly layout: Layout;
  readonly word: number;
  readonly isSp1: boolean;
  /** Whether misaligned accesses should be rare. */
  readonly aligned: boolean;
  /** Every instruction's place, for wild branches. */
  readonly places: Label[] = [];
  readonly pending: { readonly from: number; readonly by: number; readonly label: Label }[] = [];

  constructor(plan: Plan) {
    this.set = isa(plan.isa);
    this.word = this.set.xlen / 8;
    this.isSp1 = plan.machine === 'sp1';
    this.layout = this.isSp1 ? SP1_LAYOUT : LAYOUTS[plan.layout % LAYOUTS.length]!;
    this.functions = plan.functions;
    this.aligned = plan.alignedOnly;
    this.starts = plan.functions.map(() => ({ address: 0 }));
  }

  put(mnemonic: string, item: Omit<Item, 'mnemonic'> = {}): void {
    const place = { address: 0 };
    this.places.push(place);
    this.lines.push({ label: place }, { mnemonic, compress: this.places.length % 3 !== 0, ...item });
  }

  raw(line: Line): void {
    const place = { address: 0 };
    this.places.push(place);
    this.lines.push({ label: place }, line);
  }

  label(label: Label = { address: 0 }): Label {
    this.lines.push({ label });
    return label;
  }

  /** rd = an entry of the constant pool. */
  constant(rd: number, value: bigint | Label): void {
    this.pool.push(value);
    const imm = POOL_AT + (this.pool.length - 1) * this.word - 2048;
    this.put(this.word === 8 ? 'ld' : 'lw', { rd, rs1: GP, imm });
  }

  rows(kinds: readonly string[]): readonly string[] {
    return this.set.rows.filter(row => kinds.includes(row.effect.kind)).map(row => row.mnemonic);
  }

  ops(ops: readonly Op[], depth: number, self: number): void {
    for (const op of ops) this.op(op, depth, self);
  }

  op(op: Op, depth: number, self: number): void {
    switch (op.k) {
      case 'compute':
        this.compute(op);
        return;
      case 'short':
        this.short(op.pick);
        return;
      case 'access':
        this.access(op);
        return;
      case 'point':
        this.point(op);
        return;
      case 'constant':
        this.constant(FREE[op.regs % FREE.length]!, op.value);
        return;
      case 'loop':
        this.loop(op, depth, self);
        return;
      case 'if':
        this.branch(op, depth, self);
        return;
      case 'switch':
        this.switch(op, depth, self);
        return;
      case 'call':
        this.call(op.how, self + 1 + (op.callee % 3));
        return;
      case 'tail':
        this.tail(op, self);
        return;
      case 'table':
        this.table(op);
        return;
      case 'into':
        this.constant(31, this.placeBy(op.by));
        this.put('jalr', { rd: op.links ? RA : 0, rs1: 31 });
        return;
      case 'recurse':
        // Now and then deeper than the host's stack goes.
        this.put('addi', { rd: DEPTH, imm: op.count % 16 === 0 ? op.count >>> 5 : op.count % 9 });
        this.call(0, self + 1 + (op.callee % 3));
        return;
      case 'leave':
        this.put(BRANCHES[op.row % 6]!, { ...two(op.regs), to: this.placeBy(op.by) });
        return;
      case 'ecall':
        if (this.isSp1) this.sp1Call(op.regs);
        else this.ecall(op.number);
        return;
      case 'unconstrained':
        this.unconstrained(op.body, depth, self);
        return;
      case 'wild':
        this.wild(op.what);
        return;
    }
  }

  /** The place so many instructions from here. */
  placeBy(by: number): Label {
    const label = { address: 0 };
    this.pending.push({ from: this.places.length, by, label });
    return label;
  }

  /** The number is in another register on each machine. */
  ecall(number: number): void {
    this.put('addi', { rd: this.isSp1 ? T0 : 17, imm: number });
    this.put('ecall');
  }

  /** Mostly one that does not end the run. */
  sp1Call(what: number): void {
    const calls = what % 67 === 0 ? BAD_SP1_CALLS : SP1_CALLS;
    const { code, args } = calls[what % calls.length]!;
    const skip = { address: 0 };
    // The length of what is read is what HINT_LEN says; negative where there is nothing.
    if (code === HINT_READ) {
      this.ecall(0xf0);
      this.put('addi', { rd: A0 + 1, rs1: T0 });
      this.put('blt', { rs1: T0, to: skip });
    }
    const places = BigInt(this.layout.dataBase + 8 * ((what >>> 8) & 7));
    args.forEach((arg, i) => {
      this.constant(A0 + i, typeof arg === 'bigint' ? arg : places + BigInt(arg));
    });
    this.constant(T0, BigInt(code));
    // What a call leaves is seen in the entries of what follows.
    const sees = (): void => {
      if (typeof args[0] === 'number') this.put('ld', { rd: 7, rs1: A0 });
    };
    sees();
    this.put('ecall');
    sees();
    this.label(skip);
  }

  unconstrained(body: readonly Op[], depth: number, self: number): void {
    const after = { address: 0 };
    this.ecall(this.isSp1 ? 3 : 2);
    if (this.isSp1) this.put('beq', { rs1: T0, to: after });
    this.ops(body, depth, self);
    this.ecall(this.isSp1 ? 4 : 6);
    this.label(after);
  }

  compute({ row, regs, imm }: Extract<Op, { k: 'compute' }>): void {
    // A fence ends a run on SP1.
    const names = this.rows(this.isSp1 && imm % 127 !== 0 ? ['write'] : ['write', 'fence']);
    const mnemonic = names[row % names.length]!;
    const { encoding } = this.set.rows.find(r => r.mnemonic === mnemonic)!;
    const has = (name: 'rd' | 'rs1' | 'rs2'): boolean => encoding.operands.includes(name);
    this.put(mnemonic, {
      rd: has('rd') ? FREE[regs % FREE.length]! : 0,
      rs1: has('rs1') ? source(regs >>> 5) : 0,
      rs2: has('rs2') ? source(regs >>> 10) : 0,
      imm: immediateFor(immediateLayout(encoding), imm),
    });
  }

  short(pick: number): void {
    if (!this.set.compressed) return;
    const kept = [0, SP, GP, ...COUNTERS, DEPTH, REPEATS];
    const usable = allCompressed(this.set).filter(
      ({ instruction: { row, rd } }) => row.effect.kind === 'write' && !(kept.includes(rd) || POINTERS.includes(rd)),
    );
    this.raw({ half: usable[pick % usable.length]!.half });
  }

  access({ row, regs, imm }: Extract<Op, { k: 'access' }>): void {
    const names = this.rows(['load', 'store']);
    const mnemonic = names[row % names.length]!;
    const isStore = mnemonic.startsWith('s');
    // Mostly through the two pointers; now and then through the stack's, the data's or a register of any value.
    const rs1 =
      ({ 0: SP, 1: GP, 2: source(regs >>> 10) } as Record<number, number>)[(regs >>> 5) % 50] ?? POINTERS[regs & 1]!;
    const register = isStore ? { rs2: source(regs) } : { rd: FREE[regs % FREE.length]! };
    const near = (this.aligned && imm % 61 !== 0 ? [0, 8, -8, 16, 24, 32, 40, -16] : [0, 8, -8, 4, 16, 24, 1, -3])[
      imm & 7
    ]!;
    this.put(mnemonic, { rs1, ...register, imm: (imm & 0xf8) !== 8 ? near : immediateFor('I', imm >> 4) });
  }

  point({ which, where, by }: Extract<Op, { k: 'point' }>): void {
    const { windowBase, windowBits, textBase, dataBase, farBase, farBytes } = this.layout;
    const end = windowBase + 2 ** windowBits;
    const edges = [
      dataBase + 128,
      dataBase + 512,
      dataBase,
      windowBase,
      end,
      end - 16,
      end + 65536,
      textBase,
      textBase + 200,
    ]
      .concat([
        textBase - 16,
        0,
        4096,
        2 ** 31,
        2 ** 32,
        2 ** 32 - 65536,
        farBase,
        farBase + farBytes,
        farBase + (farBytes >>> 1),
        2 ** 40,
        dataBase + 300,
        dataBase + 64,
      ])
      .map(BigInt)
      .concat([-16n, 2n ** 32n + BigInt(dataBase), 2n ** 63n, BigInt(dataBase) - 2n ** 32n]);
    // The data area oftener than the others.
    const address = where % 4 === 0 ? edges[Math.floor(where / 4) % edges.length]! : edges[where % 2]!;
    this.constant(POINTERS[which % 2]!, address + BigInt(((by % 24) - 12) * (this.aligned && by % 61 !== 0 ? 8 : 1)));
  }

  loop({ count, body }: Extract<Op, { k: 'loop' }>, depth: number, self: number): void {
    if (depth >= COUNTERS.length) return;
    const counter = COUNTERS[depth]!;
    this.put('addi', { rd: counter, imm: 1 + (count % 12) });
    const head = this.label();
    this.ops(body, depth + 1, self);
    this.put('addi', { rd: counter, rs1: counter, imm: -1 });
    this.put(
      count % 2 === 0 ? 'bne' : 'blt',
      count % 2 === 0 ? { rs1: counter, to: head } : { rs2: counter, to: head },
    );
  }

  branch({ row, regs, yes, no }: Extract<Op, { k: 'if' }>, depth: number, self: number): void {
    const other = { address: 0 };
    const end = { address: 0 };
    this.put(BRANCHES[row % 6]!, { ...two(regs), to: other });
    this.ops(yes, depth, self);
    if (no.length > 0) this.put('jal', { to: end });
    this.label(other);
    this.ops(no, depth, self);
    this.label(end);
  }

  /** A jump table in the constant pool. */
  switch({ regs, cases }: Extract<Op, { k: 'switch' }>, depth: number, self: number): void {
    if (cases.length === 0) return;
    const labels = Array.from({ length: 4 }, (_, i) => i % cases.length);
    const starts = cases.map(() => ({ address: 0 }));
    const end = { address: 0 };
    const at = POOL_AT + this.pool.length * this.word - 2048;
    this.pool.push(...labels.map(i => starts[i]!));
    this.put('andi', { rd: 28, rs1: (regs & 32) === 0 ? REPEATS : source(regs), imm: 3 });
    this.put('slli', { rd: 28, rs1: 28, imm: this.word === 8 ? 3 : 2 });
    this.put('add', { rd: 28, rs1: 28, rs2: GP });
    this.put(this.word === 8 ? 'ld' : 'lw', { rd: 28, rs1: 28, imm: at });
    this.put('jalr', { rs1: 28 });
    cases.forEach((body, i) => {
      this.label(starts[i]);
      this.ops(body, depth, self);
      this.put('jal', { to: end });
    });
    this.label(end);
  }

  /** Instructions in a row, all of them targets, in the order of the table or not. */
  table({ regs, bits, rows }: Extract<Op, { k: 'table' }>): void {
    const starts = Array.from({ length: 2 ** bits }, () => ({ address: 0 }));
    const at = POOL_AT + this.pool.length * this.word - 2048;
    if (at + starts.length * this.word > 2047) return;
    this.pool.push(...starts.map((_, i) => starts[(i * (regs | 1)) % starts.length]!));
    // A counter is another number each time.
    const index = [REPEATS, COUNTERS[0]!, source(regs)][(regs >>> 3) % 3]!;
    this.put('andi', { rd: 28, rs1: index, imm: starts.length - 1 });
    this.put('slli', { rd: 28, rs1: 28, imm: this.word === 8 ? 3 : 2 });
    this.put('add', { rd: 28, rs1: 28, rs2: GP });
    this.put(this.word === 8 ? 'ld' : 'lw', { rd: 28, rs1: 28, imm: at });
    this.put('jalr', { rs1: 28 });
    for (const [i, start] of starts.entries()) {
      this.label(start);
      this.compute({ k: 'compute', row: rows[i % rows.length]!, regs: regs + 37 * i, imm: regs + i });
    }
  }

  /** Where a branch allows it; the program proper has nothing to return to. */
  tail({ regs, how, callee }: Extract<Op, { k: 'tail' }>, self: number): void {
    const to = this.starts[self + 1 + (callee % 3)];
    if (self === 0 || to === undefined) return;
    const skip = { address: 0 };
    this.put(BRANCHES[how % 6]!, { ...two(regs), to: skip });
    this.leaveFrame();
    if ((how & 8) === 0) this.put('jal', { to });
    else {
      this.constant(31, to);
      this.put('jalr', { rs1: 31 });
    }
    this.label(skip);
  }

  leaveFrame(): void {
    this.put(this.word === 8 ? 'ld' : 'lw', { rd: RA, rs1: SP, imm: 8 });
    this.put('addi', { rd: SP, rs1: SP, imm: 16 });
  }

  call(how: number, callee: number): void {
    const to = this.starts[callee];
    if (to === undefined) return;
    switch (how % 24) {
      case 2:
      case 6:
      case 7: {
        // auipc ra; jalr ra, …(ra), as compilers write a far call.
        const from = this.label();
        this.put('auipc', { rd: RA, compress: false });
        this.put('jalr', { rd: RA, rs1: RA, to, from, compress: false });
        return;
      }
      case 3:
      case 8:
      case 9:
        this.constant(31, to);
        this.put('jalr', { rd: RA, rs1: 31 });
        return;
      case 4:
      case 10:
      case 11:
        this.constant(RA, to);
        this.put('jalr', { rd: RA, rs1: RA });
        return;
      case 5:
        // The alternate link register, which the callee does not return by.
        this.constant(31, to);
        this.put('jalr', { rd: 5, rs1: 31, imm: how % 2 });
        return;
      default:
        this.put('jal', { rd: RA, to });
        return;
    }
  }

  wild(what: number): void {
    switch (what % 8) {
      case 0:
        this.raw({ word: 0 });
        return;
      case 1:
        this.put('ebreak');
        return;
      case 2:
        this.put('jalr', { rd: RA, rs1: source(what >>> 3) });
        return;
      case 3:
        this.put('jalr', { rs1: source(what >>> 3), imm: 4 });
        return;
      case 4:
        this.put('jal', { to: { address: this.layout.textBase - 64 } });
        return;
      default:
        this.put('jal', { to: this.starts[what % this.starts.length]! });
        return;
    }
  }

  /** Saves ra, runs the body, calls itself while the depth register is positive, returns. */
  function(index: number): void {
    const { word } = this;
    const store = word === 8 ? 'sd' : 'sw';
    this.label(this.starts[index]);
    this.put('addi', { rd: SP, rs1: SP, imm: -16 });
    this.put(store, { rs1: SP, rs2: RA, imm: 8 });
    this.ops(this.functions[index]!, 1, index);
    const done = { address: 0 };
    this.put('bge', { rs1: 0, rs2: DEPTH, to: done });
    this.put('addi', { rd: DEPTH, rs1: DEPTH, imm: -1 });
    this.put('jal', { rd: RA, to: this.starts[index]! });
    this.label(done);
    this.leaveFrame();
    this.put('jalr', { rs1: RA });
  }

  /** On SP1 all registers are zero at the start. */
  startRegisters(registers: readonly bigint[]): void {
    const page = (this.layout.dataBase + 2048 + 0x800) & -4096;
    this.put('lui', { rd: GP, imm: page | 0 });
    this.put('addi', { rd: GP, rs1: GP, imm: this.layout.dataBase + 2048 - page });
    registers.forEach((value, r) => {
      if (r !== 0 && r !== GP) this.constant(r, value);
    });
  }

  program(repeats: number, registers: readonly bigint[]): void {
    if (this.isSp1) this.startRegisters(registers);
    this.put('addi', { rd: REPEATS, imm: repeats });
    const head = this.label(this.starts[0]);
    this.ops(this.functions[0]!, 0, 0);
    this.put('addi', { rd: REPEATS, rs1: REPEATS, imm: -1 });
    const end = { address: 0 };
    this.put('bge', { rs1: 0, rs2: REPEATS, to: end });
    this.put('jal', { to: head });
    this.label(end);
    this.ecall(0);
    for (let i = 1; i < this.functions.length; i++) this.function(i);
    // Branches to anywhere: mostly a few instructions ahead.
    for (const { from, by, label } of this.pending) {
      const place = Math.min(this.places.length - 1, Math.max(0, from + by));
      const index = this.lines.findIndex(line => 'label' in line && line.label === this.places[place]);
      this.lines.splice(index, 0, { label });
    }
  }
}

const source = (n: number): number => [...FREE, 16, 29, 30, ...POINTERS, SP][(n & 0xffff) % (FREE.length + 6)]!;
const two = (regs: number): { rs1: number; rs2: number } => ({
  rs1: source(regs),
  rs2: (regs & 0x8000) !== 0 ? 0 : source(regs >>> 5),
});

/** A number as an immediate of that layout. */
function immediateFor(layout: string, imm: number): number {
  switch (layout) {
    case 'I':
    case 'S':
    case 'fence':
      return (imm << 20) >> 20;
    case 'U':
      return imm & -4096;
    case 'shamt5':
      return imm & 31;
    case 'shamt6':
      return imm & 63;
    default:
      return 0;
  }
}

/** x0 … x31 as the program proper finds them. */
function startRegisters(plan: Plan, { layout, word }: Writer): bigint[] {
  const registers = Array.from({ length: 32 }, (_, r) => BigInt.asUintN(8 * word, plan.registers[r] ?? 0n));
  const { windowBase, windowBits, dataBase } = layout;
  registers[0] = 0n;
  registers[SP] = BigInt(Math.min(dataBase + STACK_TOP, windowBase + 2 ** windowBits - 256));
  registers[GP] = BigInt(dataBase + 2048);
  registers[8] = BigInt(dataBase + 128);
  registers[9] = BigInt(dataBase + 512);
  for (const r of [...COUNTERS, DEPTH, REPEATS]) registers[r] = 0n;
  return registers;
}

/** Text, data and start state of a plan. Throws RangeError where a branch or a constant is out of reach. */
export function build(plan: Plan): Built {
  const writer = new Writer(plan);
  const registers = startRegisters(plan, writer);
  writer.program(1 + plan.repeats, registers);
  const { layout, word } = writer;
  const text = assemble(plan.isa, layout.textBase, writer.lines);
  const data = new Uint8Array(POOL_AT + writer.pool.length * word);
  for (let i = 0; i < DATA_BYTES; i++) data[i] = (i * 89 + (i >>> 3)) & 255;
  const view = new DataView(data.buffer);
  writer.pool.forEach((entry, i) => {
    const value = typeof entry === 'bigint' ? entry : BigInt(entry.address);
    if (word === 8) view.setBigUint64(POOL_AT + 8 * i, BigInt.asUintN(64, value), true);
    else view.setUint32(POOL_AT + 4 * i, Number(BigInt.asUintN(32, value)), true);
  });
  const { machine, isa: name, alignedOnly, protectsText, inputs } = plan;
  const start = machine === 'sp1' ? registers.map(() => 0n) : registers;
  return {
    setup: {
      machine,
      isa: name,
      layout,
      textBytes: text.length,
      alignedOnly,
      protectsText,
      data,
      registers: start,
      inputs,
    },
    text,
    functionStarts: plan.named ? writer.starts.slice(1).map(label => label.address) : [],
  };
}
