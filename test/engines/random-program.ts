// Programs made by fast-check: straight lines over every row, loops, forward and wild branches, calls of all kinds,
// recursion, jump tables, loads and stores around every edge of memory, system calls.

import fc from 'fast-check';
import { immediateLayout } from '../../codegen/isa/encoding.ts';
import { type Isa, type IsaName, isa } from '../../codegen/isa/index.ts';
import { allCompressed, assemble, type Item, type Label, type Line } from './assembler.ts';
import { LAYOUTS, type Layout, type Setup, WINDOW_BITS } from './test-machine.ts';

/** What a program is made of; numbers choose among possibilities by remainder. */
export type Op =
  | { readonly k: 'compute'; readonly row: number; readonly regs: number; readonly imm: number }
  | { readonly k: 'short'; readonly pick: number }
  | { readonly k: 'access'; readonly row: number; readonly regs: number; readonly imm: number }
  | { readonly k: 'point'; readonly which: number; readonly where: number; readonly by: number }
  | { readonly k: 'constant'; readonly regs: number; readonly value: bigint }
  | { readonly k: 'loop'; readonly count: number; readonly body: readonly Op[] }
  | {
      readonly k: 'if';
      readonly row: number;
      readonly regs: number;
      readonly yes: readonly Op[];
      readonly no: readonly Op[];
    }
  | { readonly k: 'switch'; readonly regs: number; readonly cases: readonly (readonly Op[])[] }
  | { readonly k: 'call'; readonly how: number; readonly callee: number }
  | { readonly k: 'recurse'; readonly count: number; readonly callee: number }
  | { readonly k: 'leave'; readonly row: number; readonly regs: number; readonly by: number }
  | { readonly k: 'ecall'; readonly number: number }
  | { readonly k: 'wild'; readonly what: number };

export interface Plan {
  readonly isa: IsaName;
  readonly layout: number;
  readonly alignedOnly: boolean;
  readonly protectsText: boolean;
  /** Whether the functions have symbols. */
  readonly named: boolean;
  readonly repeats: number;
  readonly registers: readonly bigint[];
  readonly functions: readonly (readonly Op[])[];
}

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
const STACK_TOP = 0x7f00;
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];

class Writer {
  readonly lines: Line[] = [];
  readonly functions: readonly (readonly Op[])[];
  readonly starts: Label[];
  readonly pool: (bigint | Label)[] = [];
  readonly set: Isa;
  readonly layout: Layout;
  readonly word: number;
  /** Whether misaligned accesses should be rare. */
  readonly aligned: boolean;
  /** Every instruction's place, for wild branches. */
  readonly places: Label[] = [];
  readonly pending: { readonly from: number; readonly by: number; readonly label: Label }[] = [];

  constructor(plan: Plan) {
    this.set = isa(plan.isa);
    this.word = this.set.xlen / 8;
    this.layout = LAYOUTS[plan.layout % LAYOUTS.length]!;
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
      case 'recurse':
        this.put('addi', { rd: DEPTH, imm: op.count % 9 });
        this.call(0, self + 1 + (op.callee % 3));
        return;
      case 'leave': {
        const label = { address: 0 };
        this.pending.push({ from: this.places.length, by: op.by, label });
        this.put(BRANCHES[op.row % 6]!, { ...two(op.regs), to: label });
        return;
      }
      case 'ecall':
        this.put('addi', { rd: 17, imm: op.number });
        this.put('ecall');
        return;
      case 'wild':
        this.wild(op.what);
        return;
    }
  }

  compute({ row, regs, imm }: Extract<Op, { k: 'compute' }>): void {
    const names = this.rows(['write', 'fence']);
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
    const { windowBase, textBase, dataBase, farBase } = this.layout;
    const end = windowBase + 2 ** WINDOW_BITS;
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
        farBase + 65536,
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
    this.put('andi', { rd: 28, rs1: source(regs), imm: 3 });
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
    const load = word === 8 ? 'ld' : 'lw';
    this.label(this.starts[index]);
    this.put('addi', { rd: SP, rs1: SP, imm: -16 });
    this.put(store, { rs1: SP, rs2: RA, imm: 8 });
    this.ops(this.functions[index]!, 1, index);
    const done = { address: 0 };
    this.put('bge', { rs1: 0, rs2: DEPTH, to: done });
    this.put('addi', { rd: DEPTH, rs1: DEPTH, imm: -1 });
    this.put('jal', { rd: RA, to: this.starts[index]! });
    this.label(done);
    this.put(load, { rd: RA, rs1: SP, imm: 8 });
    this.put('addi', { rd: SP, rs1: SP, imm: 16 });
    this.put('jalr', { rs1: RA });
  }

  program(repeats: number): void {
    this.put('addi', { rd: REPEATS, imm: repeats });
    const head = this.label(this.starts[0]);
    this.ops(this.functions[0]!, 0, 0);
    this.put('addi', { rd: REPEATS, rs1: REPEATS, imm: -1 });
    const end = { address: 0 };
    this.put('bge', { rs1: 0, rs2: REPEATS, to: end });
    this.put('jal', { to: head });
    this.label(end);
    this.put('addi', { rd: 17 });
    this.put('ecall');
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

/** Text, data and start state of a plan. */
export function build(plan: Plan): Built {
  const writer = new Writer(plan);
  writer.program(1 + plan.repeats);
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
  const registers = Array.from({ length: 32 }, (_, r) => BigInt.asUintN(8 * word, plan.registers[r] ?? 0n));
  registers[0] = 0n;
  registers[SP] = BigInt(layout.dataBase + STACK_TOP);
  registers[GP] = BigInt(layout.dataBase + 2048);
  registers[8] = BigInt(layout.dataBase + 128);
  registers[9] = BigInt(layout.dataBase + 512);
  for (const r of [...COUNTERS, DEPTH, REPEATS]) registers[r] = 0n;
  const { isa: name, alignedOnly, protectsText } = plan;
  return {
    setup: { isa: name, layout, textBytes: text.length, alignedOnly, protectsText, data, registers },
    text,
    functionStarts: plan.named ? writer.starts.slice(1).map(label => label.address) : [],
  };
}

const u16 = fc.nat(0xffff);
const value = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n, 31n, 32n, 0x7fff_ffffn, 0x8000_0000n, -0x8000_0000n, 2n ** 32n - 1n, 2n ** 32n),
  fc.constantFrom(
    2n ** 32n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 53n,
    -(2n ** 32n),
    -7n,
    10n,
    255n,
    0xffff_ffff_0000_0000n,
  ),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
);

const { op } = fc.letrec<{ ops: readonly Op[]; op: Op }>(tie => ({
  ops: fc.array(tie('op'), { maxLength: 7, depthIdentifier: 'ops', size: 'max' }),
  op: fc.oneof(
    { depthIdentifier: 'ops', maxDepth: 4 },
    {
      weight: 14,
      arbitrary: fc.record({ k: fc.constant('compute' as const), row: u16, regs: u16, imm: fc.integer() }),
    },
    { weight: 3, arbitrary: fc.record({ k: fc.constant('short' as const), pick: u16 }) },
    { weight: 6, arbitrary: fc.record({ k: fc.constant('access' as const), row: u16, regs: u16, imm: u16 }) },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('point' as const), which: u16, where: u16, by: u16 }) },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('constant' as const), regs: u16, value }) },
    { weight: 3, arbitrary: fc.record({ k: fc.constant('loop' as const), count: u16, body: tie('ops') }) },
    {
      weight: 3,
      arbitrary: fc.record({ k: fc.constant('if' as const), row: u16, regs: u16, yes: tie('ops'), no: tie('ops') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('switch' as const),
        regs: u16,
        cases: fc.array(tie('ops'), { minLength: 1, maxLength: 4 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ k: fc.constant('call' as const), how: u16, callee: u16 }) },
    { weight: 1, arbitrary: fc.record({ k: fc.constant('recurse' as const), count: u16, callee: u16 }) },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('leave' as const),
        row: u16,
        regs: u16,
        by: fc.integer({ min: -6, max: 30 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        k: fc.constant('ecall' as const),
        number: fc.constantFrom(1, 1, 4, 5, 2, 6, 2, 6, 1, 2, 6, 4, 4, 5, 3, 0),
      }),
    },
  ) as fc.Arbitrary<Op>,
}));

/** The body of a function. */
const ops = fc.array(op, { minLength: 1, maxLength: 24, size: 'max' });

const wild: fc.Arbitrary<readonly Op[]> = fc
  .tuple(ops, fc.nat(24), fc.oneof({ weight: 9, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: u16 }))
  .map(([list, at, what]) =>
    what < 0 ? list : [...list.slice(0, at), { k: 'wild' as const, what }, ...list.slice(at)],
  );

/** Any program of a set; `repeats` bounds how often the whole of it runs. */
export function plans(name: IsaName, repeats: number): fc.Arbitrary<Plan> {
  return fc.record({
    isa: fc.constant(name),
    layout: fc.nat(LAYOUTS.length - 1),
    alignedOnly: fc.boolean(),
    protectsText: fc.boolean(),
    named: fc.boolean(),
    repeats: fc.nat(repeats),
    registers: fc.array(value, { minLength: 32, maxLength: 32 }),
    functions: fc.tuple(wild, wild, ops, ops),
  });
}
