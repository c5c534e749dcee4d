// Encodings in the notation of riscv-opcodes (`add rd rs1 rs2 31..25=0 14..12=0 6..2=0x0C 1..0=3`): named
// operands and fixed bits that together cover every bit of the word exactly once.

interface Field {
  readonly hi: number;
  readonly lo: number;
}

export type OperandName =
  | 'rd'
  | 'rs1'
  | 'rs2'
  | 'imm12'
  | 'imm20'
  | 'jimm20'
  | 'imm12hi'
  | 'imm12lo'
  | 'bimm12hi'
  | 'bimm12lo'
  | 'shamtd'
  | 'shamtw'
  | 'fm'
  | 'pred'
  | 'succ';

// Positions as in arg_lut.csv of riscv-opcodes.
const OPERAND_FIELDS: Readonly<Record<OperandName, Field>> = {
  rd: { hi: 11, lo: 7 },
  rs1: { hi: 19, lo: 15 },
  rs2: { hi: 24, lo: 20 },
  imm12: { hi: 31, lo: 20 },
  imm20: { hi: 31, lo: 12 },
  jimm20: { hi: 31, lo: 12 },
  imm12hi: { hi: 31, lo: 25 },
  imm12lo: { hi: 11, lo: 7 },
  bimm12hi: { hi: 31, lo: 25 },
  bimm12lo: { hi: 11, lo: 7 },
  shamtd: { hi: 25, lo: 20 },
  shamtw: { hi: 24, lo: 20 },
  fm: { hi: 31, lo: 28 },
  pred: { hi: 27, lo: 24 },
  succ: { hi: 23, lo: 20 },
};

export interface Encoding {
  readonly mnemonic: string;
  readonly operands: readonly OperandName[];
  /** Unsigned 32-bit: a word is this instruction when `word & mask` equals `match`. */
  readonly mask: number;
  readonly match: number;
}

export interface FixedBits {
  readonly mnemonic: string;
  /** The words that are not fixed bits, in order. */
  readonly names: readonly string[];
  readonly mask: number;
  readonly match: number;
}

const fieldMask = (hi: number, lo: number): number => (2 ** (hi - lo + 1) - 1) * 2 ** lo;

function claim(taken: number, bits: number, text: string, part: string): number {
  if ((taken & bits) !== 0) throw new Error(`encoding: ${part} overlaps in "${text}"`);
  return (taken | bits) >>> 0;
}

/** Splits a line into its mnemonic, its operand names and its fixed bits; operand names are not interpreted. */
export function parseFixedBits(text: string): FixedBits {
  const [mnemonic, ...parts] = text.trim().split(/\s+/);
  if (!mnemonic) throw new Error('encoding: empty line');
  const names: string[] = [];
  let mask = 0;
  let match = 0;
  for (const part of parts) {
    const fixed = /^(\d+)(?:\.\.(\d+))?=(0x[0-9a-fA-F]+|0b[01]+|\d+)$/.exec(part);
    if (!fixed) {
      names.push(part);
      continue;
    }
    const hi = Number(fixed[1]);
    const lo = fixed[2] === undefined ? hi : Number(fixed[2]);
    const value = Number(fixed[3]);
    if (hi > 31 || lo > hi || value >= 2 ** (hi - lo + 1)) throw new Error(`encoding: bad field ${part} in "${text}"`);
    mask = claim(mask, fieldMask(hi, lo), text, part);
    match = (match | (value << lo)) >>> 0;
  }
  return { mnemonic, names, mask, match };
}

const isOperandName = (name: string): name is OperandName => Object.hasOwn(OPERAND_FIELDS, name);

/** Parses one line of riscv-opcodes; throws unless operands and fixed bits cover all 32 bits once. */
export function parseEncoding(text: string): Encoding {
  const { mnemonic, names, mask, match } = parseFixedBits(text);
  const operands: OperandName[] = [];
  let taken = mask;
  for (const name of names) {
    if (!isOperandName(name)) throw new Error(`encoding: unknown operand ${name} in "${text}"`);
    const { hi, lo } = OPERAND_FIELDS[name];
    taken = claim(taken, fieldMask(hi, lo), text, name);
    operands.push(name);
  }
  if (taken !== 0xffff_ffff) throw new Error(`encoding: bits left open in "${text}"`);
  return { mnemonic, operands, mask, match };
}

/** Which of the immediate layouts of the base ISA a row uses; `fence` is fm, pred and succ as one 12-bit number. */
export type ImmediateLayout = 'none' | 'I' | 'S' | 'B' | 'U' | 'J' | 'shamt5' | 'shamt6' | 'fence';

const LAYOUT_OF: Partial<Record<OperandName, ImmediateLayout>> = {
  imm12: 'I',
  imm12hi: 'S',
  bimm12hi: 'B',
  imm20: 'U',
  jimm20: 'J',
  shamtw: 'shamt5',
  shamtd: 'shamt6',
  fm: 'fence',
};

export function immediateLayout(encoding: Encoding): ImmediateLayout {
  for (const operand of encoding.operands) {
    const layout = LAYOUT_OF[operand];
    if (layout !== undefined) return layout;
  }
  return 'none';
}
