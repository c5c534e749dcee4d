// Writes small ELF files, well-formed unless told otherwise, for tests of the reader and of the command.

export interface BuiltSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes?: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
  /** PT_LOAD unless given. */
  readonly type?: number;
}

export interface BuiltSymbol {
  readonly name: string;
  readonly address: number;
  readonly size?: number;
  /** STT_FUNC unless given. */
  readonly type?: number;
}

export interface ElfPlan {
  readonly xlen: 32 | 64;
  readonly entry: number;
  readonly flags?: number;
  readonly segments: readonly BuiltSegment[];
  readonly symbols?: readonly BuiltSymbol[];
}

export function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** RV32/RV64: `li a0, code; li a7, 93; ecall`. */
export function exitCode(code: number): Uint8Array {
  return words(((code << 20) | 0x0513) >>> 0, 0x05d0_0893, 0x0000_0073);
}

/** A program of one executable segment that exits with `code`. */
export function tinyElf(xlen: 32 | 64, code = 0): Uint8Array {
  const address = 0x1_0000;
  return buildElf({
    xlen,
    entry: address,
    segments: [{ address, bytes: exitCode(code), flags: 5 }],
    symbols: [{ name: '_start', address, size: 12 }],
  });
}

export function buildElf({ xlen, entry, flags = 0, segments, symbols = [] }: ElfPlan): Uint8Array {
  const wide = xlen === 64;
  const headerBytes = wide ? 64 : 52;
  const phBytes = wide ? 56 : 32;
  const shBytes = wide ? 64 : 40;
  const parts: { at: number; bytes: Uint8Array }[] = [];
  let end = headerBytes + segments.length * phBytes;
  const place = (bytes: Uint8Array): number => {
    const at = Math.ceil(end / 8) * 8;
    parts.push({ at, bytes });
    end = at + bytes.length;
    return at;
  };
  const segmentAt = segments.map(segment => place(segment.bytes));
  const { table, strings } = symbolTable(wide, symbols);
  const tableAt = place(table);
  const stringsAt = place(strings);
  const sectionsAt = place(new Uint8Array(3 * shBytes));
  const bytes = new Uint8Array(end);
  for (const part of parts) bytes.set(part.bytes, part.at);
  const view = new DataView(bytes.buffer);
  const word = (at: number, value: number): void =>
    wide ? view.setBigUint64(at, BigInt(value), true) : view.setUint32(at, value, true);
  const half = (at: number, ...values: readonly number[]): void => {
    for (const [i, value] of values.entries()) view.setUint16(at + 2 * i, value, true);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  half(16, 2, 243, 1);
  word(24, entry);
  word(wide ? 32 : 28, headerBytes);
  word(wide ? 40 : 32, sectionsAt);
  view.setUint32(wide ? 48 : 36, flags, true);
  half(wide ? 52 : 40, headerBytes, phBytes, segments.length, shBytes, 3, 0);
  for (const [i, { address, bytes: content, memoryBytes, flags: permissions, type = 1 }] of segments.entries()) {
    const at = headerBytes + i * phBytes;
    const sizes = [content.length, memoryBytes ?? content.length];
    view.setUint32(at, type, true);
    view.setUint32(at + (wide ? 4 : 24), permissions, true);
    const fields = [segmentAt[i]!, address, address, ...sizes];
    for (const [k, value] of fields.entries()) word(at + (wide ? 8 + 8 * k : 4 + 4 * k), value);
    word(at + (wide ? 48 : 28), 4);
  }
  const section = (index: number, type: number, at: number, size: number, link: number): void => {
    const header = sectionsAt + index * shBytes;
    view.setUint32(header + 4, type, true);
    word(header + (wide ? 24 : 16), at);
    word(header + (wide ? 32 : 20), size);
    view.setUint32(header + (wide ? 40 : 24), link, true);
    if (type === 2) word(header + (wide ? 56 : 36), wide ? 24 : 16);
  };
  section(1, 2, tableAt, table.length, 2);
  section(2, 3, stringsAt, strings.length, 0);
  return bytes;
}

function symbolTable(wide: boolean, symbols: readonly BuiltSymbol[]): { table: Uint8Array; strings: Uint8Array } {
  const entryBytes = wide ? 24 : 16;
  const names = symbols.map(symbol => new TextEncoder().encode(`${symbol.name}\0`));
  const strings = new Uint8Array(1 + names.reduce((sum, name) => sum + name.length, 0));
  const table = new Uint8Array((1 + symbols.length) * entryBytes);
  const view = new DataView(table.buffer);
  let nameAt = 1;
  for (const [i, { address, size = 0, type = 2 }] of symbols.entries()) {
    const at = (i + 1) * entryBytes;
    strings.set(names[i]!, nameAt);
    view.setUint32(at, nameAt, true);
    nameAt += names[i]!.length;
    view.setUint8(at + (wide ? 4 : 12), 0x10 | type);
    view.setUint16(at + (wide ? 6 : 14), 1, true);
    if (wide) {
      view.setBigUint64(at + 8, BigInt(address), true);
      view.setBigUint64(at + 16, BigInt(size), true);
    } else {
      view.setUint32(at + 4, address, true);
      view.setUint32(at + 8, size, true);
    }
  }
  return { table, strings };
}
