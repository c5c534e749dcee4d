// WebAssembly instructions (core specification, 5.4): opcodes by their names in the specification, in camel case,
// and a writer of function bodies that turns labels into branch depths.

import { assert } from '../../runtime/errors.ts';
import { type ByteWriter, byteWriter } from './bytes.ts';

export const valueType = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
} as const;
export type ValueType = (typeof valueType)[keyof typeof valueType];

/** Instructions without immediates. */
export const op = {
  unreachable: 0x00,
  nop: 0x01,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeS: 0x4c,
  i32LeU: 0x4d,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtS: 0x55,
  i64GtU: 0x56,
  i64LeS: 0x57,
  i64LeU: 0x58,
  i64GeS: 0x59,
  i64GeU: 0x5a,
  i32Clz: 0x67,
  i32Ctz: 0x68,
  i32Popcnt: 0x69,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivS: 0x6d,
  i32DivU: 0x6e,
  i32RemS: 0x6f,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i32Rotl: 0x77,
  i32Rotr: 0x78,
  i64Clz: 0x79,
  i64Ctz: 0x7a,
  i64Popcnt: 0x7b,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64DivS: 0x7f,
  i64DivU: 0x80,
  i64RemS: 0x81,
  i64RemU: 0x82,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  i64Rotl: 0x89,
  i64Rotr: 0x8a,
  i32WrapI64: 0xa7,
  i64ExtendI32S: 0xac,
  i64ExtendI32U: 0xad,
  i32Extend8S: 0xc0,
  i32Extend16S: 0xc1,
  i64Extend8S: 0xc2,
  i64Extend16S: 0xc3,
  i64Extend32S: 0xc4,
  refIsNull: 0xd1,
} as const;
export type Op = (typeof op)[keyof typeof op];

/** Loads and stores; opcodes above 0xff are those of the prefix 0xfd. */
export const access = {
  i32Load: 0x28,
  i64Load: 0x29,
  i32Load8S: 0x2c,
  i32Load8U: 0x2d,
  i32Load16S: 0x2e,
  i32Load16U: 0x2f,
  i64Load8S: 0x30,
  i64Load8U: 0x31,
  i64Load16S: 0x32,
  i64Load16U: 0x33,
  i64Load32S: 0x34,
  i64Load32U: 0x35,
  i32Store: 0x36,
  i64Store: 0x37,
  i32Store8: 0x3a,
  i32Store16: 0x3b,
  i64Store8: 0x3c,
  i64Store16: 0x3d,
  i64Store32: 0x3e,
  v128Load: 0xfd00,
  v128Store: 0xfd0b,
} as const;
export type Access = (typeof access)[keyof typeof access];

/** log2 of the bytes each access moves: the alignment that is assumed unless another is given. */
const naturalAlignment: Readonly<Record<Access, number>> = {
  [access.i32Load]: 2,
  [access.i64Load]: 3,
  [access.i32Load8S]: 0,
  [access.i32Load8U]: 0,
  [access.i32Load16S]: 1,
  [access.i32Load16U]: 1,
  [access.i64Load8S]: 0,
  [access.i64Load8U]: 0,
  [access.i64Load16S]: 1,
  [access.i64Load16U]: 1,
  [access.i64Load32S]: 2,
  [access.i64Load32U]: 2,
  [access.i32Store]: 2,
  [access.i64Store]: 3,
  [access.i32Store8]: 0,
  [access.i32Store16]: 1,
  [access.i64Store8]: 0,
  [access.i64Store16]: 1,
  [access.i64Store32]: 2,
  [access.v128Load]: 4,
  [access.v128Store]: 4,
};

/** How many blocks were open when a block was opened, itself included; 0 is the function body. */
export type Label = number;

/** Writes one function body. Operands are on the stack, immediates are parameters. */
export interface CodeWriter {
  /** A new local, zero at entry; returns its index, after the parameters. Locals of a type in a row cost 2 bytes. */
  addLocal(type: ValueType): number;
  op(opcode: Op): void;
  i32Const(value: number): void;
  i64Const(value: number | bigint): void;
  localGet(index: number): void;
  localSet(index: number): void;
  localTee(index: number): void;
  globalGet(index: number): void;
  globalSet(index: number): void;
  /** A load or store at the address plus `offset` bytes; `align` is log2 of the alignment promised, natural if absent. */
  access(opcode: Access, offset?: number, align?: number): void;
  memorySize(): void;
  memoryGrow(): void;
  memoryFill(): void;
  memoryCopy(): void;
  /** Opens a block with at most one result; the label is for `br` to its end, of a loop to its head. */
  block(result?: ValueType): Label;
  loop(result?: ValueType): Label;
  if(result?: ValueType): Label;
  else(): void;
  /** Closes the innermost block. The body's own end is written by the module. */
  end(): void;
  br(label: Label): void;
  brIf(label: Label): void;
  brTable(labels: readonly Label[], otherwise: Label): void;
  call(functionIndex: number): void;
  /** Calls the function at the i32 on top of the stack in `table`; traps if it is not of type `typeIndex`. */
  callIndirect(typeIndex: number, table?: number): void;
  returnCall(functionIndex: number): void;
  returnCallIndirect(typeIndex: number, table?: number): void;
  /** A reference to a function; the module must export it or name it in `elements`. */
  refFunc(functionIndex: number): void;
  tableGet(table: number): void;
  tableSet(table: number): void;
  /** Bytes of instructions so far. */
  length(): number;
  /** Locals and instructions with the closing `end`: a function body without its size. All blocks must be closed. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** A body of a function with `parameters` parameters. */
export function codeWriter(parameters: number): CodeWriter {
  const out = byteWriter(1024);
  const locals: ValueType[] = [];
  let depth = 0;
  const indexed =
    (opcode: number) =>
    (index: number): void => {
      out.byte(opcode);
      out.unsigned(index);
    };
  const open =
    (opcode: number) =>
    (result?: ValueType): Label => {
      out.byte(opcode);
      out.byte(result ?? EMPTY_BLOCK);
      depth++;
      return depth;
    };
  const depthOf = (label: Label): number => {
    assert(label >= 0 && label <= depth, `wasm: branch to label ${label} from depth ${depth}`);
    return depth - label;
  };
  const branch =
    (opcode: number) =>
    (label: Label): void => {
      out.byte(opcode);
      out.unsigned(depthOf(label));
    };
  const indirect =
    (opcode: number) =>
    (typeIndex: number, table = 0): void => {
      out.byte(opcode);
      out.unsigned(typeIndex);
      out.unsigned(table);
    };
  const fixed =
    (...values: number[]) =>
    (): void => {
      for (const value of values) out.byte(value);
    };
  return {
    addLocal: type => parameters + locals.push(type) - 1,
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
    tableGet: indexed(0x25),
    tableSet: indexed(0x26),
    access: (opcode, offset = 0, align = naturalAlignment[opcode]) => {
      if (opcode > 0xff) out.byte(opcode >> 8);
      out.byte(opcode & 0xff);
      out.unsigned(align);
      out.unsigned(offset);
    },
    memorySize: fixed(0x3f, 0),
    memoryGrow: fixed(0x40, 0),
    memoryCopy: fixed(0xfc, 10, 0, 0),
    memoryFill: fixed(0xfc, 11, 0),
    block: open(0x02),
    loop: open(0x03),
    if: open(0x04),
    else: fixed(0x05),
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
      for (const label of labels) out.unsigned(depthOf(label));
      out.unsigned(depthOf(otherwise));
    },
    call: indexed(0x10),
    callIndirect: indirect(0x11),
    returnCall: indexed(0x12),
    returnCallIndirect: indirect(0x13),
    refFunc: indexed(0xd2),
    length: () => out.length(),
    finish: () => {
      assert(depth === 0, `wasm: ${depth} blocks are open at the end of a body`);
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

function writeLocals(out: ByteWriter, locals: readonly ValueType[]): void {
  const groups: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = groups.at(-1);
    if (last?.type === type) last.count++;
    else groups.push({ type, count: 1 });
  }
  out.unsigned(groups.length);
  for (const { type, count } of groups) {
    out.unsigned(count);
    out.byte(type);
  }
}
