// Which line of which file an address comes from: .debug_line of DWARF 2 to 5 (DWARF 5, section 6.2).

import { Damaged, DwarfReader } from './reader.ts';

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** Gives what an address comes from. */
export type LineTable = (address: number) => SourceLine | undefined;

export interface LineSections {
  readonly line: Uint8Array;
  readonly str?: Uint8Array | undefined;
  readonly lineStr?: Uint8Array | undefined;
}

/** Addresses [start, end) of one line. */
interface Row {
  readonly start: number;
  readonly end: number;
  readonly file: string;
  readonly line: number;
}

const FORM = {
  string: 0x08,
  block: 0x09,
  data1: 0x0b,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  data16: 0x1e,
  udata: 0x0f,
  strp: 0x0e,
  lineStrp: 0x1f,
} as const;
const CONTENT = { path: 1, directory: 2 } as const;
const STANDARD = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  constAddPc: 8,
  fixedAdvancePc: 9,
  setIsa: 12,
} as const;
const EXTENDED = { endSequence: 1, setAddress: 2 } as const;
/** Where one table says nothing, or nothing true. */
const MOST_ROWS = 2 ** 22;

interface Header {
  readonly minimum: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly lengths: readonly number[];
  readonly fileAt: (index: number) => string;
}

const joined = (directory: string | undefined, name: string): string =>
  name.startsWith('/') || !directory ? name : `${directory}/${name}`;

/** Tables of DWARF 5: of each entry, its path and the index of its directory. */
function readEntries(
  reader: DwarfReader,
  offsetBytes: 4 | 8,
  { str, lineStr }: LineSections,
): readonly { readonly path: string; readonly directory: number }[] {
  const formats = Array.from({ length: reader.u8() }, () => [reader.uleb(), reader.uleb()] as const);
  const count = reader.uleb();
  if (formats.length === 0 && count > 0) throw new Damaged();
  const textAt = (section: Uint8Array | undefined): string => {
    const offset = reader.unsigned(offsetBytes);
    return section === undefined ? '' : new DwarfReader(section, offset).text();
  };
  const formValue = (form: number): string | number => {
    switch (form) {
      case FORM.string:
        return reader.text();
      case FORM.strp:
        return textAt(str);
      case FORM.lineStrp:
        return textAt(lineStr);
      case FORM.udata:
        return reader.uleb();
      case FORM.data1:
        return reader.u8();
      case FORM.data2:
        return reader.u16();
      case FORM.data4:
        return reader.u32();
      case FORM.data8:
        return reader.u64();
      case FORM.data16:
        reader.skip(16);
        return 0;
      case FORM.block:
        reader.skip(reader.uleb());
        return 0;
      default:
        throw new Damaged();
    }
  };
  const entries: { path: string; directory: number }[] = [];
  for (let i = 0; i < count; i++) {
    const entry = { path: '', directory: 0 };
    for (const [content, form] of formats) {
      const value = formValue(form);
      if (content === CONTENT.path) entry.path = String(value);
      if (content === CONTENT.directory) entry.directory = Number(value);
    }
    entries.push(entry);
  }
  return entries;
}

/** Tables up to DWARF 4: both count from 1, directory 0 is where the compiler ran. */
function readOldFiles(reader: DwarfReader): (index: number) => string {
  const directories = [''];
  for (let text = reader.text(); text !== ''; text = reader.text()) directories.push(text);
  const files = [''];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    files.push(joined(directories[reader.uleb()], name));
    reader.uleb();
    reader.uleb();
  }
  return index => files[index] ?? '';
}

function readHeader(reader: DwarfReader, offsetBytes: 4 | 8, sections: LineSections): Header {
  const version = reader.u16();
  if (version < 2 || version > 5) throw new Damaged();
  if (version >= 5) reader.skip(2);
  const programAt = reader.unsigned(offsetBytes) + reader.at;
  const minimum = reader.u8();
  if (version >= 4) reader.u8();
  reader.u8();
  const [lineBase, lineRange, opcodeBase] = [reader.i8(), reader.u8(), reader.u8()];
  if (lineRange === 0 || opcodeBase === 0) throw new Damaged();
  const lengths = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  let fileAt: Header['fileAt'];
  if (version < 5) fileAt = readOldFiles(reader);
  else {
    const directories = readEntries(reader, offsetBytes, sections).map(({ path }) => path);
    const files = readEntries(reader, offsetBytes, sections);
    fileAt = index => {
      const file = files[index];
      return file === undefined ? '' : joined(directories[file.directory], file.path);
    };
  }
  if (programAt < reader.at || programAt > reader.end) throw new Damaged();
  reader.at = programAt;
  return { minimum, lineBase, lineRange, opcodeBase, lengths, fileAt };
}

/** Runs the program of one unit; each row ends where the next one begins. */
function runProgram(reader: DwarfReader, header: Header, rows: Row[]): void {
  const { minimum, lineBase, lineRange, opcodeBase, lengths, fileAt } = header;
  let [address, file, line] = [0, 1, 1];
  let open: { start: number; file: number; line: number } | undefined;
  const copy = (): void => {
    close();
    open = { start: address, file, line };
  };
  const close = (): void => {
    if (open !== undefined && address > open.start && open.line > 0) {
      rows.push({ start: open.start, end: address, file: fileAt(open.file), line: open.line });
      if (rows.length > MOST_ROWS) throw new Damaged();
    }
    open = undefined;
  };
  const extended = (): void => {
    const next = reader.uleb() + reader.at;
    const opcode = reader.u8();
    if (opcode === EXTENDED.endSequence) {
      close();
      [address, file, line] = [0, 1, 1];
    } else if (opcode === EXTENDED.setAddress) {
      address = reader.unsigned(next - reader.at);
    }
    reader.at = next;
  };
  while (!reader.isAtEnd) {
    const opcode = reader.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      address += minimum * Math.floor(adjusted / lineRange);
      line += lineBase + (adjusted % lineRange);
      copy();
    } else if (opcode === 0) extended();
    else if (opcode === STANDARD.copy) copy();
    else if (opcode === STANDARD.advancePc) address += minimum * reader.uleb();
    else if (opcode === STANDARD.advanceLine) line += reader.sleb();
    else if (opcode === STANDARD.setFile) file = reader.uleb();
    else if (opcode === STANDARD.constAddPc) address += minimum * Math.floor((255 - opcodeBase) / lineRange);
    else if (opcode === STANDARD.fixedAdvancePc) address += reader.u16();
    else for (let i = lengths[opcode - 1] ?? 0; i > 0; i--) reader.uleb();
  }
}

function readRows(sections: LineSections): Row[] {
  const rows: Row[] = [];
  const reader = new DwarfReader(sections.line);
  while (!reader.isAtEnd) {
    const { length, offsetBytes } = reader.initialLength();
    const next = reader.at + length;
    if (next > reader.end) throw new Damaged();
    const unit = new DwarfReader(sections.line, reader.at, next);
    try {
      runProgram(unit, readHeader(unit, offsetBytes, sections), rows);
    } catch (error) {
      // Other units may be sound.
      if (!(error instanceof Damaged)) throw error;
    }
    reader.at = next;
  }
  return rows;
}

/** The files of the unit whose table is at an offset, by the numbers that other sections give them. */
export function lineFiles(sections: LineSections, offset: number): (index: number) => string {
  try {
    const reader = new DwarfReader(sections.line, offset);
    const { length, offsetBytes } = reader.initialLength();
    return readHeader(new DwarfReader(sections.line, reader.at, reader.at + length), offsetBytes, sections).fileAt;
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    return () => '';
  }
}

/** The table of a program: read when it is first asked. Damaged parts say nothing. */
export function lineTable(sections: LineSections): LineTable {
  let rows: readonly Row[] | undefined;
  return address => {
    if (rows === undefined) {
      try {
        rows = readRows(sections);
      } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        rows = [];
      }
      // Code that the linker dropped lies at 0.
      rows = rows.filter(({ start }) => start > 0).sort((a, b) => a.start - b.start);
    }
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const row = rows[low - 1];
    return row !== undefined && address < row.end && row.file !== '' ? { file: row.file, line: row.line } : undefined;
  };
}
