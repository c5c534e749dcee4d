// Where a function keeps what its caller had: call frame information of .debug_frame (DWARF 5, section 6.4) and .eh_frame
// (LSB, "Exception Frames").

import { Damaged, DwarfReader } from './reader.ts';

/** How to find a register of the caller. `offset`: stored at the CFA plus so many bytes. */
export type RegisterRule =
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'same' }
  | { readonly kind: 'undefined' };

/** The canonical frame address is a register plus an offset. */
export interface FrameRow {
  readonly cfaRegister: number;
  readonly cfaOffset: number;
  readonly registers: ReadonlyMap<number, RegisterRule>;
  readonly returnRegister: number;
}

/** Gives the row that holds at an address, if there is information of it. */
export type FrameTable = (address: number) => FrameRow | undefined;

interface Cie {
  readonly codeAlignment: number;
  readonly dataAlignment: number;
  readonly returnRegister: number;
  readonly pointerEncoding: number;
  readonly hasAugmentation: boolean;
  readonly instructions: DwarfReader;
}

interface Fde {
  readonly cie: Cie;
  readonly start: number;
  readonly end: number;
  readonly instructions: DwarfReader;
}

export interface FrameSection {
  readonly bytes: Uint8Array;
  /** Where it is loaded: pointers of .eh_frame are relative to their own place. */
  readonly address: number;
  readonly kind: 'eh' | 'debug';
  readonly addressBytes: 4 | 8;
}

const PE_OMIT = 0xff;

/** DW_EH_PE: the low 4 bits are the form, the next 3 what it is relative to. */
function readPointer(reader: DwarfReader, encoding: number, { address, addressBytes }: FrameSection): number {
  const place = address + reader.at;
  const form = encoding & 15;
  const value =
    form === 0
      ? reader.unsigned(addressBytes)
      : form === 1
        ? reader.uleb()
        : form === 2 || form === 3 || form === 4
          ? reader.unsigned(2 ** (form - 1))
          : form === 9
            ? reader.sleb()
            : form === 10 || form === 11 || form === 12
              ? reader.signed(2 ** (form - 9))
              : Number.NaN;
  const base = (encoding >> 4) & 7;
  if (Number.isNaN(value) || base > 1) throw new Damaged();
  return base === 1 ? (place + value) % 2 ** (8 * addressBytes) : value;
}

function readCie(reader: DwarfReader, section: FrameSection): Cie {
  const version = reader.u8();
  const augmentation = reader.text();
  if (version >= 4) reader.skip(2);
  const codeAlignment = reader.uleb();
  const dataAlignment = reader.sleb();
  const returnRegister = version === 1 ? reader.u8() : reader.uleb();
  let pointerEncoding = 0;
  const hasAugmentation = augmentation.startsWith('z');
  if (hasAugmentation) {
    const end = reader.uleb() + reader.at;
    for (const letter of augmentation.slice(1)) {
      if (letter === 'R') pointerEncoding = reader.u8();
      else if (letter === 'L') reader.u8();
      else if (letter === 'P') readPointer(reader, reader.u8(), section);
      else if (letter !== 'S' && letter !== 'B') break;
    }
    reader.at = end;
  } else if (augmentation !== '') throw new Damaged();
  const instructions = new DwarfReader(reader.bytes, reader.at, reader.end);
  return { codeAlignment, dataAlignment, returnRegister, pointerEncoding, hasAugmentation, instructions };
}

function readFde(reader: DwarfReader, cie: Cie, section: FrameSection): Fde {
  const start = readPointer(reader, cie.pointerEncoding, section);
  const length = readPointer(reader, cie.pointerEncoding & 15, section);
  if (cie.hasAugmentation) reader.skip(reader.uleb());
  return { cie, start, end: start + length, instructions: new DwarfReader(reader.bytes, reader.at, reader.end) };
}

/** Every entry of a section; what is behind a damaged one is lost. */
function readSection(section: FrameSection): Fde[] {
  const reader = new DwarfReader(section.bytes);
  const cies = new Map<number, Cie>();
  const fdes: Fde[] = [];
  const isEh = section.kind === 'eh';
  try {
    while (!reader.isAtEnd) {
      const from = reader.at;
      const { length, offsetBytes } = reader.initialLength();
      if (length === 0) {
        if (isEh) break;
        continue;
      }
      const idAt = reader.at;
      const next = idAt + length;
      const entry = new DwarfReader(section.bytes, idAt, next);
      const id = entry.unsigned(isEh ? 4 : offsetBytes);
      const isCie = isEh ? id === 0 : id === 2 ** (8 * offsetBytes) - 1 || (offsetBytes === 4 && id === 0xffff_ffff);
      if (isCie) cies.set(from, readCie(entry, section));
      else {
        const cie = cies.get(isEh ? idAt - id : id);
        if (cie !== undefined && (cie.pointerEncoding & PE_OMIT) !== PE_OMIT) fdes.push(readFde(entry, cie, section));
      }
      reader.at = next;
    }
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
  }
  return fdes.filter(({ start }) => start > 0);
}

interface State {
  cfaRegister: number;
  cfaOffset: number;
  registers: Map<number, RegisterRule>;
}

/** Section 6.4.2. Expressions say what this does not follow: Damaged. */
function runInstructions(from: DwarfReader, cie: Cie, state: State, initial: State | undefined, target: number): void {
  const reader = new DwarfReader(from.bytes, from.at, from.end);
  const saved: State[] = [];
  let location = 0;
  const offset = (register: number, factored: number): void => {
    state.registers.set(register, { kind: 'offset', offset: factored * cie.dataAlignment });
  };
  const restore = (register: number): void => {
    const rule = initial?.registers.get(register);
    if (rule === undefined) state.registers.delete(register);
    else state.registers.set(register, rule);
  };
  while (!reader.isAtEnd) {
    const opcode = reader.u8();
    const low = opcode & 63;
    if (opcode >= 0xc0) restore(low);
    else if (opcode >= 0x80) offset(low, reader.uleb());
    else if (opcode >= 0x40) location += low * cie.codeAlignment;
    else if (opcode >= 0x02 && opcode <= 0x04) location += reader.unsigned(2 ** (opcode - 2)) * cie.codeAlignment;
    else if (opcode === 0x05 || opcode === 0x11) {
      const register = reader.uleb();
      offset(register, opcode === 0x05 ? reader.uleb() : reader.sleb());
    } else if (opcode === 0x06) restore(reader.uleb());
    else if (opcode === 0x07) state.registers.set(reader.uleb(), { kind: 'undefined' });
    else if (opcode === 0x08) state.registers.set(reader.uleb(), { kind: 'same' });
    else if (opcode === 0x09) state.registers.set(reader.uleb(), { kind: 'register', register: reader.uleb() });
    else if (opcode === 0x0a) saved.push({ ...state, registers: new Map(state.registers) });
    else if (opcode === 0x0b) {
      const before = saved.pop();
      if (before === undefined) throw new Damaged();
      Object.assign(state, before);
    } else if (opcode === 0x0c || opcode === 0x12) {
      state.cfaRegister = reader.uleb();
      state.cfaOffset = opcode === 0x0c ? reader.uleb() : reader.sleb() * cie.dataAlignment;
    } else if (opcode === 0x0d) state.cfaRegister = reader.uleb();
    else if (opcode === 0x0e) state.cfaOffset = reader.uleb();
    else if (opcode === 0x13) state.cfaOffset = reader.sleb() * cie.dataAlignment;
    else if (opcode === 0x2e) reader.uleb();
    else if (opcode !== 0) throw new Damaged();
    if (location > target) return;
  }
}

function rowOf({ cie, start, instructions }: Fde, address: number): FrameRow | undefined {
  const state: State = { cfaRegister: 2, cfaOffset: 0, registers: new Map() };
  try {
    runInstructions(cie.instructions, cie, state, undefined, Number.POSITIVE_INFINITY);
    const initial: State = { ...state, registers: new Map(state.registers) };
    runUntil(instructions, cie, state, initial, address - start);
  } catch (error) {
    if (error instanceof Damaged) return undefined;
    throw error;
  }
  return { ...state, returnRegister: cie.returnRegister };
}

/** The row that holds at `target` is the one before the first location beyond it. */
function runUntil(from: DwarfReader, cie: Cie, state: State, initial: State, target: number): void {
  runInstructions(from, cie, state, initial, target);
}

/** The table of a program: read when it is first asked. */
export function frameTable(sections: readonly FrameSection[]): FrameTable {
  let fdes: readonly Fde[] | undefined;
  return address => {
    fdes ??= sections.flatMap(readSection);
    const fde = fdes.find(({ start, end }) => address >= start && address < end);
    return fde && rowOf(fde, address);
  };
}
