// Events for measuring: those of an honest run as far as a row can tell, with values at random.

import type { Chip } from '../codegen/chips/chip.ts';
import { type Event, writeEvent } from '../codegen/chips/event.ts';
import { OPCODE, type Opcode } from '../codegen/chips/sp1/air.ts';

const OPCODES: Readonly<Record<string, Opcode>> = {
  Add: 'ADD',
  Addi: 'ADDI',
  Addw: 'ADDW',
  Sub: 'SUB',
  Subw: 'SUBW',
  Bitwise: 'XOR',
  Lt: 'SLT',
  Mul: 'MUL',
  LoadDouble: 'LD',
};

/** Distinct events; a trace repeats them. */
const DISTINCT = 8192;

/** xorshift on 32 bits. */
function randomWords(seed: number): () => bigint {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return BigInt(x >>> 0);
  };
}

function eventOf(name: string, next: () => bigint, i: number): Event {
  const clk = (2n << 24n) + BigInt(i) * 8n + 1n + 8n * 70_000n;
  const low = clk % 2n ** 24n;
  const value = (): bigint => ((next() << 32n) | next()) >> (next() % 64n);
  const stamp = (): bigint => low - 8n * (1n + (next() % 60_000n));
  const address = 0x7800_0000n + (next() % 2n ** 20n) * 8n;
  return {
    clk,
    pc: 0x7800_0000n + (next() % 2n ** 20n) * 4n,
    next_pc: 0x7800_0000n + (next() % 2n ** 20n) * 4n,
    a_prev: value(),
    b: name === 'LoadDouble' ? address : value(),
    c: name === 'LoadDouble' ? 0n : value(),
    mem: value(),
    mem_ts: clk - 8n * (1n + (next() % 60_000n)),
    a_ts: stamp(),
    b_ts: stamp(),
    c_ts: stamp(),
    op_a: 1n + (next() % 31n),
    op_b: next() % 32n,
    op_c: next() % 32n,
    opcode: BigInt(OPCODE[OPCODES[name]!]),
    imm: 0n,
  };
}

export const canMakeEvents = ({ name }: Chip): boolean => name in OPCODES;

/** Structs of that many events, on shared memory. */
export function events(chip: Chip, rows: number): Uint32Array {
  const words = chip.event.bytes / 4;
  const all = new Uint32Array(new SharedArrayBuffer(rows * chip.event.bytes));
  const view = new DataView(all.buffer);
  const next = randomWords(0x2545f491);
  const distinct = Math.min(rows, DISTINCT);
  for (let i = 0; i < distinct; i++) writeEvent(chip.event, eventOf(chip.name, next, i), view, i * chip.event.bytes);
  for (let i = distinct * words; i < all.length; i++) all[i] = all[i - distinct * words]!;
  return all;
}

/** Fields of any value: for what only copies and computes, and counts nothing. */
export function anyEvents(chip: Chip, rows: number): Uint32Array {
  const all = new Uint32Array(new SharedArrayBuffer(rows * chip.event.bytes));
  const view = new DataView(all.buffer);
  const next = randomWords(0x2545f491);
  const distinct = Math.min(rows, 256);
  for (let i = 0; i < distinct; i++) {
    const event: Record<string, bigint | bigint[]> = {};
    for (const [name, { bits, count, isList }] of chip.event.fields) {
      const values = Array.from({ length: count }, () => BigInt.asUintN(Math.min(bits, 30), (next() << 32n) | next()));
      event[name] = isList ? values : values[0]!;
    }
    writeEvent(chip.event, event, view, i * chip.event.bytes);
  }
  const words = (distinct * chip.event.bytes) / 4;
  for (let i = words; i < all.length; i++) all[i] = all[i - words]!;
  return all;
}
