// Who called whom when a guest stopped: functions from the return addresses on its stack.

import type { RegisterRule } from '../../../codegen/dwarf/frames.ts';
import { isa } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import type { Program } from '../../../codegen/program/program.ts';
import { type GuestText, makeText } from '../../../codegen/program/text.ts';
import type { Exit } from '../../../runtime/exit.ts';
import type { Execution } from '../execution.ts';

/**
 * How a frame was found: the place itself; what the file says of the frame (DWARF); what the
 * function's own instructions do to sp and ra; the register ra; a chain of frame pointers; or a guess, a word on the stack that could be its return address.
 */
export type FoundBy = 'pc' | 'cfi' | 'prologue' | 'ra' | 'frame-pointer' | 'scan';

export interface BacktraceFrame {
  /** Of the next instruction; of callers, the one behind their call. Hexadecimal. */
  readonly pc: string;
  /** As `fib+0x10`, where a symbol covers it; of an inlined function, its name. */
  readonly symbol?: string;
  /** The function has no frame of its own: its body is in that of the next one here. */
  readonly inlined?: true;
  readonly by: FoundBy;
  readonly file?: string;
  readonly line?: number;
}

export interface BacktraceSource {
  readonly program: Program;
  readonly text: GuestText;
  /** x0 … x31. */
  readonly registers: readonly bigint[];
  /** A word of xlen bits; undefined where there is no memory. */
  readonly read: (address: number) => number | undefined;
  /** Where the stack starts to grow down from. */
  readonly stackTop: number | undefined;
}

const RA = 1;
const SP = 2;
const FP = 8;
const MOST_FRAMES = 64;
/** Words of the stack that a scan looks at. */
const MOST_SCANNED = 4096;
/** Instructions of a function that are looked at for how it sets up its frame. */
const MOST_PROLOGUE = 16_384;

interface State {
  readonly pc: number;
  readonly by: FoundBy;
  /** Those that are known. */
  readonly registers: ReadonlyMap<number, number>;
}

class Unwinder {
  readonly #source: BacktraceSource;
  readonly #wordBytes: 4 | 8;

  constructor(source: BacktraceSource) {
    this.#source = source;
    this.#wordBytes = source.program.isa.xlen === 64 ? 8 : 4;
  }

  /** Whether the instruction before `address` is a call that comes back there. */
  isReturnAddress(address: number): boolean {
    const { text } = this.#source;
    return [4, 2].some(size => {
      const call = this.#instruction(address - size);
      return size >= 1 << text.slotShift && call?.size === size && call.row.effect.kind === 'jump' && call.rd === RA;
    });
  }

  #instruction(address: number): Instruction | undefined {
    const { base, slotShift, bytes, instructionAt } = this.#source.text;
    const offset = address - base;
    const isPlace = offset >= 0 && offset < bytes.length && offset % (1 << slotShift) === 0;
    return isPlace ? instructionAt(offset >> slotShift) : undefined;
  }

  /** A stack only grows: frames of callers lie above. */
  #isAbove(address: number | undefined, sp: number | undefined): address is number {
    const { stackTop = Number.POSITIVE_INFINITY } = this.#source;
    return address !== undefined && sp !== undefined && address >= sp && address <= stackTop + 4096;
  }

  #caller(
    ra: number | undefined,
    by: FoundBy,
    state: State,
    known: readonly (readonly [number, number | undefined])[],
  ): State | undefined {
    if (ra === undefined || !this.isReturnAddress(ra)) return undefined;
    const registers = new Map(state.registers);
    registers.delete(RA);
    for (const [register, value] of known) {
      if (value === undefined) registers.delete(register);
      else registers.set(register, value);
    }
    return { pc: ra, by, registers };
  }

  /** By DWARF. `at`: an address inside the call, not behind it. */
  #byCfi(state: State, at: number): State | undefined {
    const row = this.#source.program.debug.frames(at);
    if (row === undefined) return undefined;
    const base = state.registers.get(row.cfaRegister);
    const cfa = base === undefined ? undefined : base + row.cfaOffset;
    if (!this.#isAbove(cfa, state.registers.get(SP))) return undefined;
    const ofRegister = (register: number, rule: RegisterRule | undefined): number | undefined => {
      if (rule?.kind === 'offset') return this.#source.read(cfa + rule.offset);
      if (rule?.kind === 'register') return state.registers.get(rule.register);
      return rule?.kind === 'undefined' ? undefined : state.registers.get(register);
    };
    const known = [...row.registers].map(([register, rule]) => [register, ofRegister(register, rule)] as const);
    const ra = ofRegister(row.returnRegister, row.registers.get(row.returnRegister));
    return this.#caller(ra, 'cfi', state, [...known, [SP, cfa]]);
  }

  /** By the function's text before `at`: how far it moves sp down, and where it puts ra and s0. */
  #byPrologue(state: State, at: number): State | undefined {
    const start =
      state.by === 'pc' && this.#instruction(at) === undefined ? at : this.#source.program.functionBefore(at);
    const sp = state.registers.get(SP);
    if (start === undefined || sp === undefined) return undefined;
    let size = 0;
    let pointer: number | undefined;
    const saved = new Map<number, number>();
    for (let [pc, n] = [start, 0]; pc < at && n < MOST_PROLOGUE; n++) {
      const instruction = this.#instruction(pc);
      if (instruction === undefined) break;
      const { row, rd, rs1, rs2, imm } = instruction;
      const { kind } = row.effect;
      if (/^(c\.)?(addi|addi16sp)$/.test(row.mnemonic) && rd === SP && rs1 === SP) {
        // What goes up belongs to a return that was not taken.
        if (imm < 0) size -= imm;
      } else if (/^(c\.)?(addi|addi4spn)$/.test(row.mnemonic) && rd === FP && rs1 === SP) pointer = size - imm;
      else if (kind === 'store' && rs1 === SP && (rs2 === RA || rs2 === FP)) saved.set(rs2, imm - size);
      pc += instruction.size;
    }
    const fp = state.registers.get(FP);
    const cfa = pointer !== undefined && fp !== undefined && this.#isAbove(fp, sp) ? fp + pointer : sp + size;
    const from = (register: number): number | undefined => {
      const offset = saved.get(register);
      return offset === undefined ? undefined : this.#source.read(cfa + offset);
    };
    if (!saved.has(RA)) {
      // A function that calls nothing leaves it where it was, but only the last one can be such.
      if (state.by !== 'pc') return undefined;
      return this.#caller(state.registers.get(RA), 'ra', state, [[SP, cfa]]);
    }
    const kept = saved.has(FP) ? from(FP) : fp;
    return this.#caller(from(RA), 'prologue', state, [
      [FP, kept],
      [SP, cfa],
    ]);
  }

  /** The psABI's frame record: s0 points behind ra and the caller's s0. */
  #byFramePointer(state: State): State | undefined {
    const fp = state.registers.get(FP);
    if (!this.#isAbove(fp, state.registers.get(SP)) || fp % this.#wordBytes !== 0) return undefined;
    const [ra, caller] = [1, 2].map(n => this.#source.read(fp - n * this.#wordBytes));
    return this.#isAbove(caller, fp)
      ? this.#caller(ra, 'frame-pointer', state, [
          [FP, caller],
          [SP, fp],
        ])
      : undefined;
  }

  /** The next word on the stack that is behind a call. */
  #byScan(state: State): State | undefined {
    const sp = state.registers.get(SP);
    const { stackTop = Number.POSITIVE_INFINITY } = this.#source;
    if (sp === undefined) return undefined;
    const first = Math.ceil(sp / this.#wordBytes) * this.#wordBytes;
    for (let n = 0; n < MOST_SCANNED; n++) {
      const at = first + n * this.#wordBytes;
      const word = at < stackTop ? this.#source.read(at) : undefined;
      if (word === undefined) return undefined;
      const found = this.#caller(word, 'scan', state, [
        [SP, at + this.#wordBytes],
        [FP, undefined],
      ]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  next(state: State): State | undefined {
    const isFirst = state.by === 'pc';
    const at = isFirst ? state.pc : state.pc - 2;
    return this.#byCfi(state, at) ?? this.#byPrologue(state, at) ?? this.#byFramePointer(state) ?? this.#byScan(state);
  }
}

/** The frames of a guest that stopped at `stop`, the innermost first. */
export function backtrace(source: BacktraceSource, stop: bigint): BacktraceFrame[] {
  const { program } = source;
  const unwinder = new Unwinder(source);
  const frames: BacktraceFrame[] = [];
  const known = source.registers.map((value, register) => [register, Number(value)] as const);
  let state: State | undefined = { pc: Number(stop), by: 'pc', registers: new Map(known) };
  while (state !== undefined && frames.length < MOST_FRAMES) {
    frames.push(...functionsAt(program, state, stop));
    state = unwinder.next(state);
  }
  return frames;
}

/** The function of a frame, after those that were inlined there. */
function functionsAt({ debug, symbolAt, describeAddress }: Program, { pc, by }: State, stop: bigint): BacktraceFrame[] {
  // Of a caller, what it was doing is the call before.
  const place = by === 'pc' ? pc : pc - 1;
  const at = `0x${(by === 'pc' ? stop : BigInt(pc)).toString(16)}`;
  let line = debug.lines(place);
  const frames: BacktraceFrame[] = [];
  for (const { name, calledAt } of debug.inlines.at(place).toReversed()) {
    frames.push({ pc: at, symbol: name, inlined: true, by, ...line });
    line = calledAt;
  }
  const symbol = symbolAt(place) === undefined ? {} : { symbol: describeAddress(pc) };
  return [...frames, { pc: at, ...symbol, by, ...line }];
}

/** Of a run that ended by `exit`, unless it ended well. */
export function backtraceOf(
  { program, machine, memory }: Execution,
  exit: Exit,
): readonly BacktraceFrame[] | undefined {
  if (exit.kind === 'halted' && exit.code === 0) return undefined;
  const { textBase, text: bytes, gaps } = program;
  const wordBytes = program.isa.xlen / 8;
  const read = (address: number): number | undefined => {
    if (!Number.isSafeInteger(address) || address < 0 || address + wordBytes > memory.plan.addressLimit)
      return undefined;
    const view = new DataView(memory.peekBytes(address, wordBytes).buffer);
    return wordBytes === 8 ? Number(view.getBigUint64(0, true)) : view.getUint32(0, true);
  };
  const text = makeText(isa(machine.isa), textBase, bytes, i => machine.refuses(i), gaps);
  const registers = Array.from({ length: 32 }, (_, r) => memory.readRegister(r));
  return backtrace({ program, text, registers, read, stackTop: machine.stackTop }, exit.pc);
}
