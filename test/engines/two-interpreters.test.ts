// The interpreters in JavaScript and in WebAssembly, called directly on generated programs: they go the same way step by
// step, ask their host for the same, count the same entries, and leave at the same slots with the same fuel.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IsaName, isa } from '../../codegen/isa/index.ts';
import { predecode, SLOT_WORDS } from '../../codegen/program/slots.ts';
import { type GuestText, makeText } from '../../codegen/program/text.ts';
import { ENTRY_WEIGHT } from '../../runtime/abi.ts';
import { CONTROL, ENTRY_BYTES } from '../../runtime/layout.ts';
import { GuestMemory } from '../../runtime/memory/memory.ts';
import { slowAccess } from '../../runtime/memory/slow-access.ts';
import { Tracer } from '../../runtime/trace/tracer.ts';
import { makeArithmetic, NO_ARITHMETIC } from '../../src/engine/arithmetic.ts';
import { guestViews } from '../../src/engine/guest-views.ts';
import { callEntryPoints } from '../../src/engine/instrumentation.ts';
import { type InterpretersAbi, makeInterpreter, makeWasmInterpreter } from '../../src/engine/interpreters.ts';
import { type SlotTables, slotTables, textNeeds } from '../../src/engine/slot-tables.ts';
import { IS_DEEP } from '../depth.ts';
import type { Line } from './assembler.ts';
import { plans } from './random-plan.ts';
import { type Built, build } from './random-program.ts';
import { smallProgram } from './small-program.ts';
import { TestMachine } from './test-machine.ts';

type Watch = 'nobody' | 'trace' | 'host';

interface Conditions {
  /** Undefined: entries are not counted. */
  readonly hot: number | undefined;
  readonly watch: Watch;
  /** Granted one after the other. */
  readonly fuels: readonly number[];
  /** Entries that a chunk has room for. */
  readonly threshold: number;
  readonly stop: number;
}

interface Outcome {
  /** What the host was asked for, and the slot, fuel and trace of each return. */
  readonly log: readonly string[];
  /** Slots that jumps through registers went to. */
  readonly targets: readonly number[];
  readonly control: Buffer;
  readonly tables: Buffer;
  /** By slot. */
  readonly entries: Int32Array;
  readonly area: Buffer;
  readonly stamps: Buffer;
}

const A7 = 17;
const RETURNS = 2000;
const CLK_BASE = 0x7fff_f000;
const CLK_HI = 5;

class Host {
  readonly log: string[] = [];
  readonly targets: number[] = [];
  readonly memory: GuestMemory;
  readonly text: GuestText;
  readonly tables: SlotTables;
  readonly tracer: Tracer;
  readonly #conditions: Conditions;
  readonly #alignedOnly: boolean;
  readonly #ring: number;
  #ended = false;

  constructor({ setup, text }: Built, conditions: Conditions) {
    this.#conditions = conditions;
    this.#alignedOnly = setup.alignedOnly;
    const plan = new TestMachine(setup, text).memoryPlan();
    this.text = makeText(isa(setup.isa), setup.layout.textBase, text);
    const ring = { entries: conditions.threshold, most: 1 };
    const memory = GuestMemory.create(plan, { stamps: true, ring, text: textNeeds(this.text) });
    this.memory = memory;
    this.#ring = memory.arena.ring.offset;
    this.tables = slotTables(memory);
    memory.writeBytes(setup.layout.textBase, text);
    memory.writeBytes(setup.layout.dataBase, setup.data);
    setup.registers.forEach((value, r) => {
      memory.writeRegister(r, value);
    });
    this.tracer = new Tracer(memory, conditions.threshold, { acquire: () => this.#ring, publish: () => undefined });
    this.tracer.begin({ pc: 0, clk: 0, globalClk: 0 });
    memory.control[CONTROL.clkBase] = CLK_BASE;
    memory.control[CONTROL.clkHi] = CLK_HI;
  }

  slotOf(lo: number, hi: number): number {
    const at = (hi >>> 0) * 2 ** 32 + (lo >>> 0) - this.text.base;
    const slot = at / 2 ** this.text.slotShift;
    if (Number.isInteger(slot) && slot >= 0 && at < this.text.bytes.length) return slot;
    return this.#end(`no slot at ${hi} ${lo}`, -1);
  }

  #end(what: string, result: number): number {
    this.log.push(what);
    this.#ended = true;
    return result;
  }

  /** Ends the program, leaves, takes fuel back, or does something to a0. */
  #ecall(slot: number): number {
    const { control } = this.memory;
    const number = control[2 * A7]! & 7;
    const next = slot + (4 >> this.text.slotShift);
    this.log.push(`ecall ${slot} ${number}, fuel ${control[CONTROL.fuel]}`);
    if (number === 0) return this.#end('exit', ~slot);
    if (number === 2) return ~next;
    if (number === 5) control[CONTROL.fuel]! -= 3;
    else control[2 * 10]! += number;
    return next;
  }

  abi(hot: number): InterpretersAbi {
    const { memory, text, tables } = this;
    const touch = (offset: number, fuel: number, store: number): void => {
      if (this.#conditions.watch === 'trace') this.tracer.touch(offset, fuel);
      else this.log.push(`touch ${offset & -8} ${fuel} ${store}`);
    };
    const fault = (cause: string, lo: number, hi: number): void => void this.#end(`${cause} ${hi} ${lo}`, 0);
    const { xlen } = text.isa;
    return {
      ...guestViews(memory, text, undefined),
      P: tables.slots,
      H: tables.entries,
      HOT: hot,
      ...(xlen === 64 ? makeArithmetic(memory) : NO_ARITHMETIC),
      ...slowAccess({
        memory,
        xlen,
        alignedOnly: this.#alignedOnly,
        fault,
        touch: this.#conditions.watch === 'nobody' ? undefined : touch,
      }),
      touch,
      ...callEntryPoints(undefined),
      decode: slot => {
        this.log.push(`decode ${slot}`);
        predecode(text, slot, tables.slots);
      },
      ecall: slot => this.#ecall(slot),
      breakpoint: slot => this.#end(`breakpoint ${slot}`, slot),
      illegal: slot => this.#end(`illegal ${slot}`, slot),
      fetchFault: lo => this.slotOf(lo, 0),
      slotOf: (lo, hi) => this.slotOf(lo, hi),
      seen: (slot, target) => {
        this.targets.push(target);
        this.log.push(`seen ${slot} ${target}`);
        tables.slots[slot * SLOT_WORDS + 3] = target;
      },
    };
  }

  run(interpret: (slot: number, stop: number) => number): Outcome {
    const { memory, tables } = this;
    const { control } = memory;
    let slot = 0;
    let returns = 0;
    for (const fuel of this.#conditions.fuels) {
      control[CONTROL.fuel]! += fuel;
      while (control[CONTROL.fuel]! > 0 && !this.#ended && returns++ < RETURNS) {
        slot = interpret(slot, this.#conditions.stop);
        this.log.push(`left at ${slot}, fuel ${control[CONTROL.fuel]}, entries ${this.tracer.entries}`);
        if (this.tracer.isFull) this.#endChunk();
      }
    }
    this.#endChunk();
    // Where arithmetic in JavaScript leaves the second half of a result.
    control[CONTROL.resultHi] = 0;
    const { buffer, arena } = memory;
    const { slots, entries } = tables;
    return {
      log: this.log,
      targets: this.targets,
      control: Buffer.from(buffer, 0, 4 * 80),
      tables: Buffer.from(buffer, slots.byteOffset, slots.byteLength + entries.byteLength),
      entries,
      area: Buffer.from(memory.u8.buffer, memory.u8.byteOffset, memory.u8.byteLength),
      stamps: Buffer.from(buffer, arena.stamps.offset, arena.stamps.bytes),
    };
  }

  #endChunk(): void {
    const { entries } = this.tracer;
    const first = 4 * this.memory.control[CONTROL.traceTail]! - ENTRY_BYTES * entries;
    this.log.push(`chunk ${Buffer.from(this.memory.buffer, first, ENTRY_BYTES * entries).toString('base64')}`);
    this.memory.control[CONTROL.traceTail] = first / 4;
  }
}

function outcome(built: Built, conditions: Conditions, engine: 'interpreter' | 'wasm'): Outcome {
  const { watch, hot = 0 } = conditions;
  const host = new Host(built, conditions);
  const place = { text: host.text, memory: host.memory, tables: host.tables, hot };
  const options = {
    hot: conditions.hot !== undefined,
    kind: watch === 'nobody' ? ('pure' as const) : ('traced' as const),
  };
  const abi = host.abi(hot);
  return host.run(
    engine === 'wasm'
      ? makeWasmInterpreter(place, options, watch === 'nobody' ? 'none' : watch, abi)
      : makeInterpreter(host.text.isa, options, abi),
  );
}

function compare(built: Built, conditions: Conditions): void {
  const [javaScript, wasm] = (['interpreter', 'wasm'] as const).map(engine => outcome(built, conditions, engine));
  expect(wasm!.log).toEqual(javaScript!.log);
  for (const what of ['control', 'tables', 'area', 'stamps'] as const) {
    const [got, want] = [wasm![what], javaScript![what]];
    const at = got.equals(want) ? -1 : got.findIndex((byte, i) => byte !== want[i]);
    expect(`${what}: first difference at byte ${at}`).toBe(`${what}: first difference at byte -1`);
  }
}

/** Traces are kept where entries are counted, the host is asked where they are not. */
const WATCHES: readonly { readonly watch: Watch; readonly counts: boolean }[] = [
  { watch: 'nobody', counts: true },
  { watch: 'nobody', counts: false },
  { watch: 'trace', counts: true },
  { watch: 'host', counts: false },
];

const SETS: readonly IsaName[] = ['rv32im', 'rv32imc', 'rv64im', 'rv64imc'];

describe.each(SETS)('programs of %s', name => {
  // Only what is of RV64 and aligned is watched.
  const watches = WATCHES.filter(({ watch }) => watch === 'nobody' || name === 'rv64im');

  it.each(watches)('go the same way, $watch watching, entries counted: $counts', ({ watch, counts }) => {
    const conditions = fc.record({
      hot: counts ? fc.constantFrom(0, 16, 100, 1000, 2 ** 30) : fc.constant(undefined),
      fuels: fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 500, max: 2000 })), {
        minLength: 4,
        maxLength: 12,
      }),
      threshold: fc.constantFrom(1, 2, 3, 50, 4000),
      stop: fc.nat(7),
    });
    const property = fc.property(plans(name, 60), conditions, (anyPlan, { stop, ...rest }) => {
      const plan = watch === 'nobody' ? anyPlan : { ...anyPlan, alignedOnly: true, protectsText: false };
      let built: Built;
      try {
        built = build(plan);
      } catch (error) {
        if (error instanceof RangeError) return;
        throw error;
      }
      compare(built, { ...rest, watch, stop: -1 });
      // A slot that is jumped to, so that it matters.
      const { targets } = outcome(built, { ...rest, watch, hot: 2 ** 30, stop: -1 }, 'interpreter');
      if (targets.length > 0) compare(built, { ...rest, watch, stop: targets[stop % targets.length]! });
    });
    fc.assert(property, { numRuns: IS_DEEP ? 24 : 3 });
  });
});

const [RA, T0, OTHER, LEFT] = [1, 5, 6, 8];
const ROUNDS = 7;

/** The entries of each line of a loop of calls that return through one register each. */
function countsOf(name: IsaName, engine: 'interpreter' | 'wasm'): readonly number[] {
  const calls = [RA, T0, OTHER].map(register => ({ register, callee: { address: 0 } }));
  const head = { address: 0 };
  const lines: readonly Line[] = [
    { label: head },
    ...calls.map(({ register, callee }): Line => ({ mnemonic: 'jal', rd: register, to: callee })),
    { mnemonic: 'addi', rd: LEFT, rs1: LEFT, imm: -1 },
    { mnemonic: 'bne', rs1: LEFT, to: head },
    { mnemonic: 'ebreak' },
    ...calls.flatMap(({ register, callee }): Line[] => [{ label: callee }, { mnemonic: 'jalr', rs1: register }]),
  ];
  const registers = { [LEFT]: BigInt(ROUNDS) };
  const rules = { alignedOnly: false, protectsText: false };
  const built = smallProgram(name, { lines, registers, data: new Uint8Array(0), ...rules });
  const conditions: Conditions = { hot: 2 ** 30, watch: 'nobody', fuels: [1000], threshold: 1, stop: -1 };
  const { entries } = outcome(built, conditions, engine);
  const perLine = isa(name).compressed ? 2 : 1;
  return lines.filter(line => !('label' in line)).map((_, i) => entries[i * perLine]!);
}

describe.each(SETS)('entries of %s', name => {
  it.each(['interpreter', 'wasm'] as const)(
    'count in full but where a link register is returned through: %s',
    engine => {
      const full = ENTRY_WEIGHT * ROUNDS;
      const expected = [full - ENTRY_WEIGHT, ROUNDS, ROUNDS, full, 0, 0, full, full, full];
      expect(countsOf(name, engine)).toEqual(expected);
    },
  );
});
