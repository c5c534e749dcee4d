// OpenVM's opcodes by name. Reference: openvm:extensions/rv32im/transpiler/src/instructions.rs, v1.4.0.

/** The first opcode of each class, and the names in order. */
const CLASSES = [
  [0x000, 'TERMINATE PHANTOM'],
  [0x200, 'ADD SUB XOR OR AND SLL SRL SRA SLT SLTU'],
  [0x210, 'LOADW LOADBU LOADHU STOREW STOREH STOREB LOADB LOADH'],
  [0x220, 'BEQ BNE'],
  [0x225, 'BLT BLTU BGE BGEU'],
  [0x230, 'JAL LUI'],
  [0x235, 'JALR'],
  [0x240, 'AUIPC'],
  [0x250, 'MUL MULH MULHSU MULHU DIV DIVU REM REMU'],
  [0x260, 'HINT_STOREW HINT_BUFFER'],
] as const;

type Split<S extends string> = S extends `${infer Head} ${infer Tail}` ? Head | Split<Tail> : S;
export type OpenVmOpcode = Split<(typeof CLASSES)[number][1]>;

export const OPENVM_OPCODE: Readonly<Record<OpenVmOpcode, number>> = Object.fromEntries(
  CLASSES.flatMap(([first, names]) => names.split(' ').map((name, i) => [name, first + i])),
) as Record<OpenVmOpcode, number>;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries<number>(OPENVM_OPCODE).map(([name, opcode]) => [opcode, name]),
);

/** What OpenVM calls an opcode that it has. */
export const opcodeName = (opcode: number): string => NAMES.get(opcode)!;
