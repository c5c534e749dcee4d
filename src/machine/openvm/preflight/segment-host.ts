// What the blocks of a preflight run leave to the host: faults, jumps through registers, hints, phantoms, the end.

import type { GuestText } from '../../../../codegen/program/text.ts';
import type { Exit } from '../../../../runtime/exit.ts';
import { POINTER_BITS } from '../../../../runtime/openvm/address-spaces.ts';
import { ACCESSED } from '../../../../runtime/openvm/preflight-layout.ts';
import { offsetOf, type RecordLayout } from '../../../../runtime/openvm/record-layout.ts';
import { HINT_WORD, NO_POINTER, RECORDS } from '../../../../runtime/openvm/records.ts';
import type { GuestView, InstructionFailure } from '../host.ts';
import type { RecordArenas } from './arenas.ts';
import type { PreflightOperation } from './operations.ts';
import type { RecordedMemory } from './recorded-memory.ts';
import type { VmState } from './state.ts';

const WORD = 4;
const MEMORY_BYTES: number = 2 ** POINTER_BITS;
/** What a block gives where the run does not go on. */
const ENDED = -1;

type HostOperation = Extract<PreflightOperation, { isHost: true }>;

const word = (layout: RecordLayout, name: string): number => offsetOf(layout, name) / WORD;
const HINT = RECORDS.HintStore;
const PHANTOM = RECORDS.Phantom;

export class SegmentHost implements GuestView {
  readonly memory: RecordedMemory;
  pc: number;
  exitCode: number | undefined;
  /** Why the run cannot go on. */
  exit: Exit | undefined;
  /** Of the instruction that failed, where it is one. */
  failedSlot: number | undefined;
  readonly #state: VmState;
  readonly #arenas: RecordArenas;
  readonly #text: GuestText;

  constructor(state: VmState, memory: RecordedMemory, arenas: RecordArenas, text: GuestText) {
    this.#state = state;
    this.memory = memory;
    this.#arenas = arenas;
    this.#text = text;
    this.pc = state.pc;
  }

  get clock(): number {
    return this.memory.clock[0]!;
  }

  get hasEnded(): boolean {
    return this.exit !== undefined || this.exitCode !== undefined;
  }

  register(r: number): number {
    return this.memory.registers[2 * r]! >>> 0;
  }

  read(address: number, bytes: number): Uint8Array | undefined {
    if (address + bytes > MEMORY_BYTES) return undefined;
    return this.memory.bytes(address, bytes);
  }

  /** The slot at a pc; where none is, the run ends. */
  slotOf(target: number): number {
    const pc = target >>> 0;
    const { base, slots } = this.#text;
    const slot = (pc - base) / WORD;
    if (slot >= 0 && slot < slots && Number.isInteger(slot) && !this.#text.isGap(slot)) return slot;
    this.pc = pc;
    const at = BigInt(pc);
    if (pc % WORD !== 0) {
      const feature = `a jump to ${at}, which OpenVM runs but no proof can be of`;
      this.exit = { kind: 'unsupported', feature, pc: at };
    } else this.exit = { kind: 'fault', cause: slot >= slots ? 'PcOutOfBounds' : 'Unreachable', pc: at, address: at };
    return ENDED;
  }

  /** A load or store that cannot be recorded. */
  fault(pc: number, target: number): number {
    const address = target >>> 0;
    const isMisaligned = this.#bytesAt(pc) > 1 && address % this.#bytesAt(pc) !== 0;
    const kind = this.#isStore(pc) ? 'store' : 'load';
    return this.#fail(pc, { cause: isMisaligned ? `${kind}-misaligned` : 'MemoryOutOfBounds', address });
  }

  #effectAt(pc: number): { readonly kind: string; readonly bytes?: number } {
    return this.#text.instructionAt((pc - this.#text.base) >>> 2)!.row.effect;
  }

  #bytesAt(pc: number): number {
    return this.#effectAt(pc).bytes ?? WORD;
  }

  #isStore(pc: number): boolean {
    return this.#effectAt(pc).kind !== 'load';
  }

  #fail(pc: number, { cause, address, detail }: InstructionFailure): number {
    const where = address === undefined ? {} : { address: BigInt(address) };
    this.failedSlot = (pc - this.#text.base) >>> 2;
    this.exit = { kind: 'fault', cause, pc: BigInt(pc), ...where, ...(detail !== undefined && { detail }) };
    return ENDED;
  }

  /** Somebody wants the run to stop before the instruction at a slot. */
  interrupt(slot: number): number {
    this.pc = this.#text.base + WORD * slot;
    this.exit = { kind: 'interrupted', pc: BigInt(this.pc) };
    return ENDED;
  }

  /** Room for so many words of an AIR's records: the place of the first. @throws USAGE where there is none */
  alloc(air: number, words: number): number {
    return this.#arenas.alloc(air, words);
  }

  full(air: number): never {
    return this.#arenas.full(air);
  }

  /** Does an instruction that is the host's; gives the slot to go on at. */
  perform(operation: HostOperation): number {
    const { kind, pc, operands } = operation;
    if (kind === 'Terminate') {
      this.exitCode = operands[2]!;
      this.pc = pc;
      return ENDED;
    }
    const failure = kind === 'HintStore' ? this.#hint(operation) : this.#phantom(operation);
    return failure === undefined ? this.slotOf(pc + WORD) : this.#fail(pc, failure);
  }

  #phantom({ air, pc, operands, instruction }: HostOperation): InstructionFailure | undefined {
    const at = this.#arenas.alloc(air, PHANTOM.bytes / WORD);
    const { words } = this.#arenas;
    words[at + word(PHANTOM, 'pc')] = pc;
    words.set(operands.slice(0, 3), at + word(PHANTOM, 'operands'));
    words[at + word(PHANTOM, 'timestamp')] = this.clock;
    this.memory.clock[0]! += 1;
    return this.#state.host.phantom(this, instruction) || undefined;
  }

  /** HINT_STOREW and HINT_BUFFER: their pointers are read, then each word is written three timestamps after the one before. */
  #hint({ air, pc, operands, instruction }: HostOperation): InstructionFailure | undefined {
    const isSingle = instruction.row.mnemonic === 'hint_storew';
    const [countPointer, addressPointer] = operands as [number, number];
    const address = this.register(addressPointer / WORD);
    const count = isSingle ? 1 : this.register(countPointer / WORD);
    if (count === 0)
      return { cause: 'Fail', detail: 'HINT_BUFFER of 0 words, which OpenVM runs but no proof can be of' };
    const { streams } = this.#state.host;
    if (count * WORD > streams.hintLeft) return { cause: 'HintOutOfBounds' };
    if (address % WORD !== 0) return { cause: 'store-misaligned', address };
    if (address + count * WORD > MEMORY_BYTES) return { cause: 'MemoryOutOfBounds', address };
    const at = this.#arenas.alloc(air, (HINT.bytes + count * HINT_WORD.bytes) / WORD);
    const { words } = this.#arenas;
    const time = this.clock;
    words[at + word(HINT, 'num_words')] = count;
    words[at + word(HINT, 'from_pc')] = pc;
    words[at + word(HINT, 'timestamp')] = time;
    words[at + word(HINT, 'mem_ptr_ptr')] = addressPointer;
    words[at + word(HINT, 'mem_ptr')] = address;
    words[at + word(HINT, 'mem_ptr_prev_timestamp')] = this.memory.touchOf(addressPointer / WORD, time);
    words[at + word(HINT, 'num_words_ptr')] = isSingle ? NO_POINTER : countPointer;
    if (!isSingle)
      words[at + word(HINT, 'num_words_prev_timestamp')] = this.memory.touchOf(countPointer / WORD, time + 1);
    this.#storeHints(at + HINT.bytes / WORD, address, streams.take(count * WORD)!, time + 2);
    this.memory.clock[0] = time + 3 * count;
    return undefined;
  }

  #storeHints(from: number, address: number, bytes: Uint8Array, time: number): void {
    const { words } = this.#arenas;
    const { memory } = this;
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < bytes.length; i += WORD) {
      const at = from + (i / WORD) * (HINT_WORD.bytes / WORD);
      const value = data.getInt32(i, true);
      words[at + word(HINT_WORD, 'write_prev_timestamp')] = memory.touch(
        address + i,
        (time + (3 * i) / WORD) | ACCESSED,
      );
      words[at + word(HINT_WORD, 'prev_data')] = memory.word(address + i);
      words[at + word(HINT_WORD, 'data')] = value;
      memory.setWord(address + i, value);
    }
  }
}
