// Makes a small RV64 program large: half a million instructions and thousands of symbols in front of its own.
// References: System V gABI, chapters 4 (symbol table) and 5 (program header).

const EHDR = { entry: 24, phoff: 32, shoff: 40, phentsize: 54, phnum: 56, shentsize: 58, shnum: 60 } as const;
const PH_BYTES = 56;
const PT_LOAD = 1;
const SHT_SYMTAB = 2;
const SYMBOL_BYTES = 24;
const STT_FUNC_GLOBAL = 0x12;
const PAGE = 4096;

export interface Padding {
  readonly instructions: number;
  readonly symbols: number;
}

/**
 * Repeats the text of an RV64 program in a segment in front of it, under function symbols with names as long as
 * Rust's. The program moves up by the size of that; it must address everything relative to pc (-mcmodel=medany).
 */
export function padElf(elf: Uint8Array, { instructions, symbols }: Padding): Uint8Array {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const u64 = (at: number): number => Number(view.getBigUint64(at, true));
  const headers = Array.from({ length: view.getUint16(EHDR.phnum, true) }, (_, i) => {
    const at = u64(EHDR.phoff) + i * PH_BYTES;
    return Uint8Array.from(elf.subarray(at, at + PH_BYTES));
  });
  const loads = headers.map(bytes => new DataView(bytes.buffer)).filter(load => load.getUint32(0, true) === PT_LOAD);
  const word = (load: DataView, at: number): number => Number(load.getBigUint64(at, true));
  const text = loads.find(load => (load.getUint32(4, true) & 1) !== 0)!;
  const own = elf.subarray(word(text, 8), word(text, 8) + word(text, 32));
  const base = Math.min(...loads.map(load => word(load, 16)));
  const size = Math.ceil((4 * instructions) / PAGE) * PAGE;

  for (const load of loads) for (const at of [16, 24]) load.setBigUint64(at, BigInt(word(load, at) + size), true);
  const padding = new Uint8Array(size);
  for (let at = 0; at < size; at += own.length) padding.set(own.subarray(0, Math.min(own.length, size - at)), at);
  const header = new DataView(new ArrayBuffer(PH_BYTES));
  header.setUint32(0, PT_LOAD, true);
  header.setUint32(4, 5, true);
  const place = Math.ceil(elf.length / PAGE) * PAGE;
  for (const [i, value] of [place, base, base, size, size, PAGE].entries()) {
    header.setBigUint64(8 + 8 * i, BigInt(value), true);
  }
  const { table, strings } = symbolTable(elf, view, { count: symbols, base, size });
  const parts = [padding, table, strings, new Uint8Array(header.buffer), ...headers];
  const out = new Uint8Array(place + parts.reduce((sum, part) => sum + part.length, 0));
  out.set(elf);
  const offsets: number[] = [];
  parts.reduce((at, part) => {
    out.set(part, at);
    offsets.push(at);
    return at + part.length;
  }, place);
  const patch = new DataView(out.buffer);
  const set = (at: number, value: number): void => patch.setBigUint64(at, BigInt(value), true);
  set(EHDR.entry, u64(EHDR.entry) + size);
  set(EHDR.phoff, offsets[3]!);
  patch.setUint16(EHDR.phnum, headers.length + 1, true);
  const [symtab, strtab] = symbolSections(view);
  for (const [section, offset, length] of [
    [symtab, offsets[1]!, table.length],
    [strtab, offsets[2]!, strings.length],
  ] as const) {
    set(section + 24, offset);
    set(section + 32, length);
  }
  return out;
}

/** Offsets of the section headers of the symbol table and of its strings. */
function symbolSections(view: DataView): readonly [symtab: number, strtab: number] {
  const at = (i: number): number =>
    Number(view.getBigUint64(EHDR.shoff, true)) + i * view.getUint16(EHDR.shentsize, true);
  const count = view.getUint16(EHDR.shnum, true);
  const index = Array.from({ length: count }, (_, i) => i).find(i => view.getUint32(at(i) + 4, true) === SHT_SYMTAB);
  if (index === undefined) throw new RangeError('the program has no symbol table');
  return [at(index), at(view.getUint32(at(index) + 40, true))];
}

/** The program's own symbols, moved up by `size`, and `count` functions over [base, base + size). */
function symbolTable(
  elf: Uint8Array,
  view: DataView,
  { count, base, size }: { readonly count: number; readonly base: number; readonly size: number },
): { readonly table: Uint8Array; readonly strings: Uint8Array } {
  const content = symbolSections(view).map(section => {
    const start = Number(view.getBigUint64(section + 24, true));
    return elf.subarray(start, start + Number(view.getBigUint64(section + 32, true)));
  });
  const [ownTable, ownStrings] = content as [Uint8Array, Uint8Array];
  const name = (i: number): string => `_ZN12guest_crate6module8function17h${String(i).padStart(16, '0')}E\0`;
  const names = new TextEncoder().encode(Array.from({ length: count }, (_, i) => name(i)).join(''));
  const strings = new Uint8Array([...ownStrings, ...names]);
  const table = new Uint8Array(ownTable.length + count * SYMBOL_BYTES);
  table.set(ownTable);
  const out = new DataView(table.buffer);
  for (let at = SYMBOL_BYTES; at < ownTable.length; at += SYMBOL_BYTES) {
    const isAbsolute = out.getUint16(at + 6, true) >= 0xff00;
    if (!isAbsolute) out.setBigUint64(at + 8, out.getBigUint64(at + 8, true) + BigInt(size), true);
  }
  const bytes = Math.floor(size / count / 4) * 4;
  for (let i = 0; i < count; i++) {
    const at = ownTable.length + i * SYMBOL_BYTES;
    out.setUint32(at, ownStrings.length + i * name(0).length, true);
    out.setUint8(at + 4, STT_FUNC_GLOBAL);
    out.setUint16(at + 6, 1, true);
    out.setBigUint64(at + 8, BigInt(base + i * bytes), true);
    out.setBigUint64(at + 16, BigInt(bytes), true);
  }
  return { table, strings };
}
