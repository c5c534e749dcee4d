// The writer of function bodies: instructions by their names in the WebAssembly core specification, operands on the
// stack, immediates as parameters. Branches name the block they leave; their depth is counted here.

import { assert } from '../../../runtime/errors.ts';
import { type BinaryWriter, byteWriter } from './bytes.ts';
import { type AccessOp, type Lane, naturalAlignment, type Op, type ValueType, type Vector } from './instructions.ts';

/** How many blocks were open when a block was opened, itself included; 0 is the function body. */
export type Label = number;

interface PlainInstructions {
  op(opcode: Op): void;
  i32Const(value: number): void;
  i64Const(value: number | bigint): void;
  localGet(index: number): void;
  localSet(index: number): void;
  localTee(index: number): void;
  globalGet(index: number): void;
  globalSet(index: number): void;
  /** A load or store at the address plus `offset` bytes; `align` is log2 of the alignment promised, natural if absent. */
  access(opcode: AccessOp, offset?: number, align?: number): void;
  memorySize(): void;
  memoryGrow(): void;
  memoryFill(): void;
  memoryCopy(): void;
  tableGet(table: number): void;
  tableSet(table: number): void;
  /** A reference to a function; the module must export it or name it in `elements`. */
  refFunc(functionIndex: number): void;
  call(functionIndex: number): void;
  /** Calls the function at the i32 on top of the stack in `table`; traps if it is not of type `typeIndex`. */
  callIndirect(typeIndex: number, table?: number): void;
  returnCall(functionIndex: number): void;
  returnCallIndirect(typeIndex: number, table?: number): void;
}

interface VectorInstructions {
  vector(opcode: Vector): void;
  vectorLane(opcode: Lane, lane: number): void;
  /** Four u32. */
  vectorConst(words: readonly number[]): void;
  /** For each byte of the result, which of the 32 bytes of both operands. */
  vectorShuffle(bytes: readonly number[]): void;
  /** Loads 32 bits into a lane of the vector on top of the stack, at the address below it. */
  vectorLoadLane(lane: number, offset?: number): void;
  /** Stores 64 bits of the vector on top of the stack, lane 0 or 1, at the address below it. */
  vectorStoreHalf(half: number, offset?: number): void;
}

interface ControlInstructions {
  /** Opens a block with at most one result; the label is for `br` to its end, of a loop to its head. */
  block(result?: ValueType): Label;
  loop(result?: ValueType): Label;
  if(result?: ValueType): Label;
  else(): void;
  /** Closes the innermost block; the end of the body itself is written by `finish`. */
  end(): void;
  br(label: Label): void;
  brIf(label: Label): void;
  brTable(labels: readonly Label[], otherwise: Label): void;
  /** The next instruction, an `if` or a `br_if`, hardly ever finds its condition true. */
  unlikely(): void;
}

/** Writes one function body. */
export interface CodeWriter extends PlainInstructions, VectorInstructions, ControlInstructions {
  /** A new local, zero at entry; returns its index, after the parameters. Locals of a type in a row cost 2 bytes. */
  addLocal(type: ValueType): number;
  /** Bytes of instructions so far. */
  length(): number;
  /** Locals and instructions with the closing `end`: a function body without its size. All blocks must be closed. */
  finish(): Uint8Array<ArrayBuffer>;
  /** Offsets in the finished body of the instructions that were called unlikely, ascending. */
  unlikelyOffsets(): readonly number[];
}

/** A body of a function with `parameters` parameters. */
export function codeWriter(parameters: number): CodeWriter {
  const out = byteWriter(1024);
  const locals: ValueType[] = [];
  const { openBlocks, ...control } = controlInstructions(out);
  const unlikely: number[] = [];
  return {
    ...plainInstructions(out),
    ...vectorInstructions(out),
    ...control,
    unlikely: () => void unlikely.push(out.length()),
    unlikelyOffsets: () => {
      const header = byteWriter(64);
      writeLocals(header, locals);
      return unlikely.map(offset => header.length() + offset);
    },
    addLocal: type => parameters + locals.push(type) - 1,
    length: () => out.length(),
    finish: () => {
      assert(openBlocks() === 0, `wasm: ${openBlocks()} blocks are open at the end of a body`);
      const body = byteWriter(out.length() + 64);
      writeLocals(body, locals);
      body.bytes(out.view());
      body.byte(END);
      return body.view();
    },
  };
}

const EMPTY_BLOCK = 0x40;
const END = 0x0b;

function plainInstructions(out: BinaryWriter): PlainInstructions {
  const indexed =
    (opcode: number) =>
    (index: number): void => {
      out.byte(opcode);
      out.unsigned(index);
    };
  const indirect =
    (opcode: number) =>
    (typeIndex: number, table = 0): void => {
      out.byte(opcode);
      out.unsigned(typeIndex);
      out.unsigned(table);
    };
  return {
    op: opcode => out.byte(opcode),
    i32Const: value => {
      out.byte(0x41);
      out.signed(value | 0);
    },
    i64Const: value => {
      out.byte(0x42);
      out.signed(value);
    },
    localGet: indexed(0x20),
    localSet: indexed(0x21),
    localTee: indexed(0x22),
    globalGet: indexed(0x23),
    globalSet: indexed(0x24),
    access: (opcode, offset = 0, align = naturalAlignment[opcode]) => {
      if (opcode > 0xff) out.byte(opcode >> 8);
      out.byte(opcode & 0xff);
      out.unsigned(align);
      out.unsigned(offset);
    },
    memorySize: fixed(out, 0x3f, 0),
    memoryGrow: fixed(out, 0x40, 0),
    memoryCopy: fixed(out, 0xfc, 10, 0, 0),
    memoryFill: fixed(out, 0xfc, 11, 0),
    tableGet: indexed(0x25),
    tableSet: indexed(0x26),
    refFunc: indexed(0xd2),
    call: indexed(0x10),
    callIndirect: indirect(0x11),
    returnCall: indexed(0x12),
    returnCallIndirect: indirect(0x13),
  };
}

const VECTOR = 0xfd;

function vectorInstructions(out: BinaryWriter): VectorInstructions {
  const vector = (opcode: number): void => {
    out.byte(VECTOR);
    out.unsigned(opcode);
  };
  return {
    vector,
    vectorLane: (opcode, lane) => {
      vector(opcode);
      out.byte(lane);
    },
    vectorConst: words => {
      vector(12);
      out.bytes(new Uint8Array(Uint32Array.from(words).buffer));
    },
    vectorShuffle: bytes => {
      vector(13);
      out.bytes(Uint8Array.from(bytes));
    },
    vectorLoadLane: (lane, offset = 0) => {
      vector(86);
      out.unsigned(2);
      out.unsigned(offset);
      out.byte(lane);
    },
    vectorStoreHalf: (half, offset = 0) => {
      vector(91);
      out.unsigned(2);
      out.unsigned(offset);
      out.byte(half);
    },
  };
}

function controlInstructions(out: BinaryWriter): Omit<ControlInstructions, 'unlikely'> & { openBlocks(): number } {
  let depth = 0;
  const open =
    (opcode: number) =>
    (result?: ValueType): Label => {
      out.byte(opcode);
      out.byte(result ?? EMPTY_BLOCK);
      depth++;
      return depth;
    };
  const target = (label: Label): void => {
    assert(label >= 0 && label <= depth, `wasm: branch to label ${label} from depth ${depth}`);
    out.unsigned(depth - label);
  };
  const branch =
    (opcode: number) =>
    (label: Label): void => {
      out.byte(opcode);
      target(label);
    };
  return {
    openBlocks: () => depth,
    block: open(0x02),
    loop: open(0x03),
    if: open(0x04),
    else: fixed(out, 0x05),
    end: () => {
      assert(depth > 0, 'wasm: end without a block');
      depth--;
      out.byte(END);
    },
    br: branch(0x0c),
    brIf: branch(0x0d),
    brTable: (labels, otherwise) => {
      out.byte(0x0e);
      out.unsigned(labels.length);
      for (const label of labels) target(label);
      target(otherwise);
    },
  };
}

function fixed(out: BinaryWriter, ...values: readonly number[]): () => void {
  return () => {
    for (const value of values) out.byte(value);
  };
}

/** Locals in runs of one type, core specification 5.5.13. */
function writeLocals(out: BinaryWriter, locals: readonly ValueType[]): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.unsigned(runs.length);
  for (const { type, count } of runs) {
    out.unsigned(count);
    out.byte(type);
  }
}
