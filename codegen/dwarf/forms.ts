// Values of attributes, by the forms that they are written in (DWARF 5, section 7.5.6; of earlier versions these are more).

import { Damaged, type DwarfReader } from './reader.ts';

/** What the header of a unit says of the sizes in it. */
export interface FormEncoding {
  readonly version: number;
  readonly offsetBytes: 4 | 8;
  readonly addressBytes: 4 | 8;
}

export interface FormValue {
  readonly form: number;
  /** The number as it stands there: a constant, an address, an offset or an index. */
  readonly number: number;
  /** Of form `string`. */
  readonly text?: string;
}

export const FORM = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
} as const;

/** Bytes of forms that have always as many. */
const BYTES = new Map<number, number>([
  ...[FORM.flagPresent, FORM.implicitConst].map(form => [form, 0] as const),
  ...[FORM.data1, FORM.ref1, FORM.flag, FORM.strx1, FORM.addrx1].map(form => [form, 1] as const),
  ...[FORM.data2, FORM.ref2, FORM.strx2, FORM.addrx2].map(form => [form, 2] as const),
  ...[FORM.strx3, FORM.addrx3].map(form => [form, 3] as const),
  ...[FORM.data4, FORM.ref4, FORM.strx4, FORM.addrx4, FORM.refSup4].map(form => [form, 4] as const),
  ...[FORM.data8, FORM.ref8, FORM.refSig8, FORM.refSup8].map(form => [form, 8] as const),
  [FORM.data16, 16],
]);
const OFFSETS: ReadonlySet<number> = new Set([FORM.secOffset, FORM.strp, FORM.lineStrp, FORM.strpSup]);
const LEBS: ReadonlySet<number> = new Set([
  FORM.udata,
  FORM.refUdata,
  FORM.strx,
  FORM.addrx,
  FORM.loclistx,
  FORM.rnglistx,
]);

/** Bytes of a value in this form; undefined where it says so itself. */
export function bytesOfForm(form: number, { version, offsetBytes, addressBytes }: FormEncoding): number | undefined {
  if (form === FORM.addr) return addressBytes;
  if (form === FORM.refAddr) return version <= 2 ? addressBytes : offsetBytes;
  return OFFSETS.has(form) ? offsetBytes : BYTES.get(form);
}

function fixed(reader: DwarfReader, bytes: number): number {
  if (bytes === 0) return 0;
  if (bytes === 3) return reader.u16() + 65_536 * reader.u8();
  if (bytes <= 8) return reader.unsigned(bytes);
  reader.skip(bytes);
  return 0;
}

/** Of blocks and expressions, which nothing here follows, the number is 0. `implicit`: what an abbreviation itself gives. */
export function readValue(reader: DwarfReader, form: number, encoding: FormEncoding, implicit: number): FormValue {
  const bytes = bytesOfForm(form, encoding);
  if (bytes !== undefined) return { form, number: form === FORM.implicitConst ? implicit : fixed(reader, bytes) };
  if (LEBS.has(form)) return { form, number: reader.uleb() };
  switch (form) {
    case FORM.sdata:
      return { form, number: reader.sleb() };
    case FORM.string:
      return { form, number: 0, text: reader.text() };
    case FORM.block1:
      reader.skip(reader.u8());
      break;
    case FORM.block2:
      reader.skip(reader.u16());
      break;
    case FORM.block4:
      reader.skip(reader.u32());
      break;
    case FORM.block:
    case FORM.exprloc:
      reader.skip(reader.uleb());
      break;
    case FORM.indirect: {
      const inner = reader.uleb();
      if (inner === FORM.indirect || inner === FORM.implicitConst) throw new Damaged();
      return readValue(reader, inner, encoding, 0);
    }
    default:
      throw new Damaged();
  }
  return { form, number: 0 };
}
