// Guests of other zkVMs: the marks by which a file is told apart from programs that run here.

import type { Elf, Segment } from '../../codegen/elf/elf.ts';
import { JitExecError } from '../../runtime/errors.ts';
import { isOpenVmElf } from './openvm/elf.ts';

interface ForeignSystem {
  readonly name: string;
  /** By what the file was recognised, for the message. */
  readonly marks: string;
  /** What its owner can do. */
  readonly advice: string;
  readonly isIts: (elf: Elf) => boolean;
}

/** Base of text of RV32 guests. risc0:risc0/zkvm/platform/src/memory.rs TEXT_START; SP1 up to 5 and OpenVM took it over. */
const TEXT_START_32 = 0x0020_0800;
/** Names of RISC Zero's system calls, in the data of every guest that reads or writes: risc0/zkvm/platform/src/syscall.rs. */
const RISC_ZERO_CALLS = new TextEncoder().encode('risc0_zkvm_platform::syscall::nr::');
/** Start of a user and a kernel ELF in one file: risc0:risc0/binfmt/src/elf.rs MAGIC. */
const RISC_ZERO_CONTAINER = 'R0BF';
/** Where the first instruction of a guest can be: zisk:core/src/mem.rs ROM_ADDR, ROM_SIZE. */
const ZISK_TEXT = { start: 0x8000_0000, end: 0x8800_0000 };
/** The function that ziskos calls first: zisk:ziskos/entrypoint/src/lib.rs. */
const ZISK_MAIN = '_zisk_main';
/** CSRs that its precompiles are, set from a register: zisk:ziskos/entrypoint/src/syscalls (0x800 is Keccak-f). */
const ZISK_CSRS = { start: 0x800, end: 0x900 };
/** jolt:common/src/constants.rs RAM_START_ADDRESS. */
const JOLT_TEXT_START = 0x8000_0000;
/** Loaded into a0 before an ecall: jolt:jolt-platform/src/print.rs, cycle_tracking.rs. */
const JOLT_CALLS: readonly number[] = [0x50_5249, 0xc_7c1e];
/** jolt:jolt-platform/src/exit.rs. */
const JOLT_EXIT = 'platform_exit';

const ECALL = 0x73;
const [T0, A0, A7] = [5, 10, 17];
/** Instructions before an ecall among which its number is looked for. */
const LOOK_BACK = 16;

const SYSTEMS: readonly ForeignSystem[] = [
  {
    name: 'RISC Zero',
    marks: 'it names risc0_zkvm_platform system calls',
    advice: 'its guests run in r0vm',
    isIts: elf => elf.xlen === 32 && elf.segments.some(segment => includes(segment.fileBytes, RISC_ZERO_CALLS)),
  },
  {
    name: 'SP1 1 to 5',
    marks: '32-bit text at 0x200800 with system call numbers in t0',
    advice: 'jit-exec runs guests of SP1 6, which are 64-bit: build it again with cargo prove of SP1 6',
    isIts: elf =>
      elf.xlen === 32 &&
      executableOf(elf).some(isOldText) &&
      !isOpenVmElf(elf) &&
      callsBy(elf, T0) &&
      !callsBy(elf, A7),
  },
  {
    name: 'ZisK',
    marks: 'text at 0x80000000 with _zisk_main or its precompiles',
    advice: 'its guests run in ziskemu',
    isIts: elf => elf.xlen === 64 && isZiskEntry(elf.entry) && (hasFunction(elf, ZISK_MAIN) || setsZiskCsr(elf)),
  },
  {
    name: 'Jolt',
    marks: 'text at 0x80000000 with its calls',
    advice: 'its guests run in jolt-emu',
    isIts: elf => elf.entry >= JOLT_TEXT_START && (hasFunction(elf, JOLT_EXIT) || callsJolt(elf)),
  },
];

const executableOf = (elf: Elf): readonly Segment[] => elf.segments.filter(segment => segment.executable);

const isOldText = ({ address, memoryBytes }: Segment): boolean =>
  address <= TEXT_START_32 && address + memoryBytes > TEXT_START_32 && address >= TEXT_START_32 - 0x800;

const isZiskEntry = (entry: number): boolean => entry >= ZISK_TEXT.start && entry < ZISK_TEXT.end;

const hasFunction = (elf: Elf, name: string): boolean => elf.symbols.some(symbol => symbol.name === name);

function includes(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return true;
  }
  return false;
}

/** The words at multiples of `step` bytes, which overlap where that is 2. */
function* wordsOf({ fileBytes }: Segment, step: 2 | 4): Generator<number> {
  const view = new DataView(fileBytes.buffer, fileBytes.byteOffset, fileBytes.byteLength);
  for (let at = 0; at + 4 <= fileBytes.length; at += step) yield view.getUint32(at, true);
}

const stepOf = (elf: Elf): 2 | 4 => (elf.isCompressed ? 2 : 4);

/** `addi rd, x0, imm` or `lui rd, imm`. */
const loadsConstant = (word: number, rd: number): boolean =>
  (word & 0xf_ffff) === ((rd << 7) | 0x13) || (word & 0xfff) === ((rd << 7) | 0x37);

/** Whether an ecall stands shortly behind a constant for the register. */
function callsBy(elf: Elf, register: number): boolean {
  return executableOf(elf).some(segment => {
    let since = Number.POSITIVE_INFINITY;
    for (const word of wordsOf(segment, stepOf(elf))) {
      if (word === ECALL && since <= LOOK_BACK) return true;
      since = loadsConstant(word, register) ? 0 : since + 1;
    }
    return false;
  });
}

/** `csrrs x0, csr, rs1` with rs1 not x0. */
function setsZiskCsr(elf: Elf): boolean {
  return executableOf(elf).some(segment => {
    for (const word of wordsOf(segment, stepOf(elf))) {
      const csr = word >>> 20;
      const isSet = (word & 0x7fff) === 0x2073 && ((word >>> 15) & 31) !== 0;
      if (isSet && csr >= ZISK_CSRS.start && csr < ZISK_CSRS.end) return true;
    }
    return false;
  });
}

/** `lui a0` and `addi a0, a0` or `addiw a0, a0` that together load one of the numbers. */
function callsJolt(elf: Elf): boolean {
  return executableOf(elf).some(segment => {
    let upper: number | undefined;
    let since = 0;
    for (const word of wordsOf(segment, stepOf(elf))) {
      since++;
      if ((word & 0xfff) === ((A0 << 7) | 0x37)) {
        upper = word & ~0xfff;
        since = 0;
      }
      const isAdd = [0x13, 0x1b].some(opcode => (word & 0xf_ffff) === ((A0 << 15) | (A0 << 7) | opcode));
      if (isAdd && upper !== undefined && since <= LOOK_BACK && JOLT_CALLS.includes(upper + (word >> 20))) return true;
    }
    return false;
  });
}

const refusal = ({ name, marks, advice }: Omit<ForeignSystem, 'isIts'>, file: string, more: string): JitExecError =>
  new JitExecError(
    'ELF_UNSUPPORTED',
    `${file} is a guest of ${name} (${marks}), which does not run here: ${advice}${more}`,
  );

/** Throws ELF_UNSUPPORTED for a guest of another system, by its name. */
export function refuseForeign(elf: Elf): void {
  const system = SYSTEMS.find(({ isIts }) => isIts(elf));
  if (system !== undefined) throw refusal(system, elf.name, '; --machine bare runs it as a plain program all the same');
}

/** Throws ELF_UNSUPPORTED for a file that is no ELF because it wraps some for another system. */
export function refuseContainer(bytes: Uint8Array, name: string): void {
  const magic = String.fromCharCode(...bytes.subarray(0, RISC_ZERO_CONTAINER.length));
  if (magic !== RISC_ZERO_CONTAINER) return;
  throw refusal({ ...SYSTEMS[0]!, marks: `it begins with ${RISC_ZERO_CONTAINER}` }, name, '');
}
