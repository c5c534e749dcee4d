// The functions of a WebAssembly module as text, in the flat form of the specification's text format, with the names that the module has:
// for goldens, of the instructions that our printers write.

import { access, lane, op, valueType, vector } from '../../codegen/wasm/binary/instructions.ts';

/** `i64ExtendI32U` → `i64.extend_i32_u`, `localGet` → `local.get`. */
function spelled(name: string): string {
  const [, type, rest] = /^([if]\d+x\d+|[if]\d+|v128|[a-z]+)(.*)$/.exec(name)!;
  if (rest === '') return type!;
  const words = rest!.replace(/(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Z])/g, '_').toLowerCase();
  return `${type}.${words}`;
}

const named = (table: Readonly<Record<string, number>>): ReadonlyMap<number, string> =>
  new Map(Object.entries(table).map(([name, code]) => [code, spelled(name)]));

const PLAIN = named(op);
const ACCESSES = named(access);
const VECTORS = named(vector);
const LANES = named(lane);
const TYPES = new Map(Object.entries(valueType).map(([name, code]) => [code as number, name]));
const INDEXED = new Map([
  [0x20, 'local.get'],
  [0x21, 'local.set'],
  [0x22, 'local.tee'],
  [0x23, 'global.get'],
  [0x24, 'global.set'],
  [0x0c, 'br'],
  [0x0d, 'br_if'],
]);
const BLOCKS = new Map([
  [0x02, 'block'],
  [0x03, 'loop'],
  [0x04, 'if'],
]);
const SECTION = { custom: 0, import: 2, function: 3, code: 10 } as const;

class Reader {
  readonly #bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  signed(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return byte & 64 ? value - (1n << (shift + 7n)) : value;
    }
  }

  unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  name(): string {
    const length = this.unsigned();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }

  part(): Reader {
    const length = this.unsigned();
    const part = new Reader(this.#bytes, this.at, this.at + length);
    this.at += length;
    return part;
  }

  limits(): void {
    const flags = this.byte();
    this.unsigned();
    if (flags & 1) this.unsigned();
  }
}

interface Names {
  readonly functions: string[];
  readonly globals: string[];
}

function readImports(section: Reader, names: Names): void {
  for (let n = section.unsigned(); n > 0; n--) {
    section.name();
    const name = section.name();
    const kind = section.byte();
    if (kind === 0) {
      names.functions.push(name);
      section.unsigned();
    } else if (kind === 3) {
      names.globals.push(name);
      section.at += 2;
    } else {
      if (kind === 1) section.byte();
      section.limits();
    }
  }
}

function readNames(section: Reader, names: Names): void {
  if (section.name() !== 'name') return;
  section.byte();
  const list = section.part();
  for (let n = list.unsigned(); n > 0; n--) names.functions[list.unsigned()] = list.name();
}

/** An instruction; `depth`: of the blocks around it. */
function instruction(code: Reader, names: Names): string {
  const byte = code.byte();
  const block = BLOCKS.get(byte);
  if (block !== undefined) {
    const result = TYPES.get(code.byte());
    return result === undefined ? block : `${block} (result ${result})`;
  }
  if (byte === 0x41) return `i32.const ${code.signed()}`;
  if (byte === 0x42) return `i64.const ${code.signed()}`;
  if (byte === 0x10 || byte === 0x12)
    return `${byte === 0x10 ? 'call' : 'return_call'} $${names.functions[code.unsigned()]}`;
  if (byte === 0x11 || byte === 0x13) {
    code.unsigned();
    code.unsigned();
    return byte === 0x11 ? 'call_indirect' : 'return_call_indirect';
  }
  if (byte === 0x23) return `global.get $${names.globals[code.unsigned()]}`;
  if (byte === 0x0e) {
    const labels = Array.from({ length: code.unsigned() + 1 }, () => code.unsigned());
    return `br_table ${labels.join(' ')}`;
  }
  if (byte === 0x05) return 'else';
  if (byte === 0x0b) return 'end';
  const indexed = INDEXED.get(byte);
  if (indexed !== undefined) return `${indexed} ${code.unsigned()}`;
  if (byte === 0xfd) return vectorInstruction(code);
  const accessed = ACCESSES.get(byte);
  if (accessed !== undefined) return withOffset(accessed, code);
  const plain = PLAIN.get(byte);
  if (plain === undefined) throw new Error(`wat: no instruction 0x${byte.toString(16)}`);
  return plain;
}

function withOffset(name: string, code: Reader): string {
  code.unsigned();
  const offset = code.unsigned();
  return offset === 0 ? name : `${name} offset=${offset}`;
}

function vectorInstruction(code: Reader): string {
  const number = code.unsigned();
  const accessed = ACCESSES.get(0xfd00 + number);
  if (accessed !== undefined) return withOffset(accessed, code);
  const ofLane = LANES.get(number);
  if (ofLane !== undefined) return `${ofLane} ${code.byte()}`;
  const plain = VECTORS.get(number);
  if (plain === undefined) throw new Error(`wat: no vector instruction ${number}`);
  return plain;
}

function body(code: Reader, names: Names, name: string): string {
  const locals: string[] = [];
  for (let runs = code.unsigned(); runs > 0; runs--) {
    const count = code.unsigned();
    locals.push(`${count} ${TYPES.get(code.byte())}`);
  }
  const lines = [`(func $${name}${locals.length === 0 ? '' : ` ;; locals: ${locals.join(', ')}`}`];
  let depth = 1;
  while (code.at < code.end) {
    const text = instruction(code, names);
    if (text === 'end' || text === 'else') depth--;
    lines.push(depth === 0 ? ')' : '  '.repeat(depth) + text);
    if (text === 'else' || /^(block|loop|if)\b/.test(text)) depth++;
  }
  return lines.join('\n');
}

/** The functions that a module defines. */
export function wat(bytes: Uint8Array): string {
  const names: Names = { functions: [], globals: [] };
  const bodies: Reader[] = [];
  let imported = 0;
  for (const module = new Reader(bytes, 8); module.at < module.end; ) {
    const id = module.byte();
    const section = module.part();
    if (id === SECTION.import) {
      readImports(section, names);
      imported = names.functions.length;
    } else if (id === SECTION.custom) readNames(section, names);
    else if (id === SECTION.code) for (let n = section.unsigned(); n > 0; n--) bodies.push(section.part());
  }
  return `${bodies.map((code, i) => body(code, names, names.functions[imported + i] ?? `${i}`)).join('\n\n')}\n`;
}
