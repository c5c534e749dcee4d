// RISC-V instructions as OpenVM's: an opcode and seven operands in its field, which its proofs speak of.
// Reference: openvm:extensions/rv32im/transpiler/src and crates/toolchain/transpiler, v1.4.0.

import type { Instruction } from '../../../codegen/isa/instruction.ts';
import { P } from '../../../runtime/fields/baby-bear.ts';

export interface OpenVmInstruction {
  readonly opcode: number;
  /** a to g, below p. */
  readonly operands: readonly number[];
}

type Operands = readonly [a: number, b?: number, c?: number, d?: number, e?: number, f?: number, g?: number];
/** Undefined where it does nothing: a phantom without operands. */
type Form = (instruction: Instruction) => Operands | undefined;

const PHANTOM = 0x001;
const REGISTERS = 1;
const MEMORY = 2;
const PUBLIC_VALUES = 3;
/** What ends a run where a guest asks for what OpenVM has not: ecall, ebreak, CSRs. */
export const SYSTEM_EXIT_CODE = 2;
/** Discriminants of phantom instructions: openvm:extensions/rv32im/transpiler/src/instructions.rs. */
export const PHANTOMS = { hint_input: 0x20, print_str: 0x21, hint_random: 0x22, hint_load_by_key: 0x23 } as const;

const register = (r: number): number => 4 * r;
const field = (value: number): number => (value < 0 ? value + P : value);
const flag = (condition: boolean): number => Number(condition);

const unlessX0 =
  (form: (instruction: Instruction) => Operands): Form =>
  instruction =>
    instruction.rd === 0 ? undefined : form(instruction);

const onRegisters = unlessX0(({ rd, rs1, rs2 }) => [register(rd), register(rs1), register(rs2), REGISTERS, REGISTERS]);
const onImmediate = unlessX0(({ rd, rs1, imm }) => [register(rd), register(rs1), imm & 0xff_ffff, REGISTERS]);
const onProducts = unlessX0(({ rd, rs1, rs2 }) => [register(rd), register(rs1), register(rs2), REGISTERS]);
const branch: Form = ({ rs1, rs2, imm }) => [register(rs1), register(rs2), field(imm), REGISTERS, REGISTERS];
const load: Form = ({ rd, rs1, imm }) => [
  ...([register(rd), register(rs1), imm & 0xffff, REGISTERS, MEMORY] as const),
  flag(rd !== 0),
  flag(imm < 0),
];
const storeInto =
  (space: number, value: 'rs1' | 'rs2', base: 'rd' | 'rs1'): Form =>
  instruction => [
    ...([register(instruction[value]), register(instruction[base]), instruction.imm & 0xffff, REGISTERS] as const),
    space,
    1,
    flag(instruction.imm < 0),
  ];
const store = storeInto(MEMORY, 'rs2', 'rs1');
const endsRun: Form = () => [0, 0, SYSTEM_EXIT_CODE];
const phantom =
  (name: keyof typeof PHANTOMS, ...reads: readonly ('rd' | 'rs1')[]): Form =>
  instruction => {
    const [a = 0, b = 0] = reads.map(operand => register(instruction[operand]));
    return [a, b, PHANTOMS[name]];
  };

/** By mnemonic of the instruction table: opcode and operands. */
const TABLE: Readonly<Record<string, readonly [opcode: number, form: Form]>> = {
  ...numbered(0x200, 'add sub xor or and sll srl sra slt sltu', onRegisters),
  ...{ addi: [0x200, onImmediate], xori: [0x202, onImmediate], ori: [0x203, onImmediate], andi: [0x204, onImmediate] },
  ...numbered(0x205, 'slli srli srai slti sltiu', onImmediate),
  ...numbered(0x210, 'lw lbu lhu', load),
  ...numbered(0x213, 'sw sh sb', store),
  ...numbered(0x216, 'lb lh', load),
  ...numbered(0x220, 'beq bne', branch),
  ...numbered(0x225, 'blt bltu bge bgeu', branch),
  jal: [0x230, ({ rd, imm }) => [register(rd), 0, field(imm), REGISTERS, 0, flag(rd !== 0)]],
  lui: [0x231, unlessX0(({ rd, imm }) => [register(rd), 0, imm >>> 12, REGISTERS, 0, 1])],
  jalr: [
    0x235,
    ({ rd, rs1, imm }) => [register(rd), register(rs1), imm & 0xffff, REGISTERS, 0, flag(rd !== 0), flag(imm < 0)],
  ],
  auipc: [0x240, unlessX0(({ rd, imm }) => [register(rd), 0, (imm & 0xffff_f000) >>> 8, REGISTERS])],
  ...numbered(0x250, 'mul mulh mulhsu mulhu div divu rem remu', onProducts),
  fence: [PHANTOM, () => undefined],
  terminate: [0x000, ({ imm }) => [0, 0, imm]],
  ...Object.fromEntries(
    ['system', 'csrrs', 'csrrc', 'hsystem', 'csrrwi', 'csrrsi', 'csrrci'].map(name => [name, [0x000, endsRun]]),
  ),
  csrrw: [0x000, i => (isNop(i) ? undefined : endsRun(i))],
  hint_storew: [0x260, ({ rd }) => [0, register(rd), 0, REGISTERS, MEMORY]],
  hint_buffer: [0x261, ({ rd, rs1 }) => [register(rs1), register(rd), 0, REGISTERS, MEMORY]],
  reveal: [0x213, storeInto(PUBLIC_VALUES, 'rs1', 'rd')],
  hint_input: [PHANTOM, phantom('hint_input')],
  print_str: [PHANTOM, phantom('print_str', 'rd', 'rs1')],
  hint_random: [PHANTOM, phantom('hint_random', 'rd')],
  hint_load_by_key: [PHANTOM, phantom('hint_load_by_key', 'rd', 'rs1')],
};

function numbered(first: number, names: string, form: Form): Record<string, readonly [number, Form]> {
  return Object.fromEntries(names.split(' ').map((name, i) => [name, [first + i, form]]));
}

/** Whether a word of the SYSTEM opcode does nothing: `csrrw x0, csr, x0`, of which `unimp` is one. */
export const isNop = ({ row, rd, rs1 }: Instruction): boolean => row.mnemonic === 'csrrw' && rd === 0 && rs1 === 0;

/** The instruction as OpenVM has it. */
export function transpile(instruction: Instruction): OpenVmInstruction {
  const [opcode, form] = TABLE[instruction.row.mnemonic]!;
  const given = form(instruction);
  const operands = Array.from({ length: 7 }, (_, i) => given?.[i] ?? 0);
  return given === undefined ? { opcode: PHANTOM, operands } : { opcode, operands };
}
