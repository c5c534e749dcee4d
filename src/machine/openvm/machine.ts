// The `openvm` machine: RV32IM with OpenVM 1.4's memory, streams and instructions of its own.
// Reference: openvm:extensions/rv32im/circuit/src and crates/vm/src/arch, v1.4.0.

import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { isa } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import type { Exit } from '../../../runtime/exit.ts';
import { PAGE_BYTES } from '../../../runtime/layout.ts';
import type { GuestMemory } from '../../../runtime/memory/memory.ts';
import type { EcallResult, Fault, Hart, Machine, MachineInput } from '../../engine/machine.ts';
import { MEMORY_BYTES } from './elf.ts';
import { KeyValueStore } from './key-value.ts';
import { Streams } from './streams.ts';
import { isNop, PHANTOMS, SYSTEM_EXIT_CODE } from './transpiler.ts';

/** Half of memory; the rest, which few guests reach, is mapped page by page. */
const WINDOW_BITS = 28;
const WINDOW_BASE = 4096;
const WORD_BYTES = 4;
/** Where its linker puts the top of the stack. */
const STACK_TOP = 0x0020_0400;
/** Public values that a run has: openvm's SystemConfig default. */
const PUBLIC_VALUES = 32;
/** Their address space is one page; what a guest reveals behind its public values is kept by nobody. */
const PUBLIC_BYTES = 4096;

type Call = (hart: Hart, instruction: Instruction) => EcallResult;

const registerOf = ({ memory }: Hart, r: number): number => Number(BigInt.asUintN(32, memory.readRegister(r)));

export class OpenVmMachine implements Machine {
  readonly name = 'openvm';
  readonly isa = 'openvm';
  readonly alignedOnly = true;
  /** Word accesses drop the low bits of their address; those of half words are faults. */
  readonly dropsLowBits = true;
  readonly syscalls: Record<string, number> = {};
  readonly #input: MachineInput;
  readonly #decode = makeDecoder(isa('openvm'));
  readonly #streams: Streams;
  readonly #keyValues: KeyValueStore;
  readonly #public = new Uint8Array(PUBLIC_BYTES);

  constructor(input: MachineInput) {
    this.#input = input;
    this.#streams = new Streams(input.inputs);
    this.#keyValues = new KeyValueStore(input.keyValues);
  }

  get publicBytes(): Uint8Array {
    return this.#public.subarray(0, PUBLIC_VALUES);
  }

  /** Inputs and bytes of the hint stream that the guest has not taken. */
  get left(): { readonly inputs: number; readonly hintBytes: number } {
    return { inputs: this.#streams.inputsLeft, hintBytes: this.#streams.hintLeft };
  }

  get stackTop(): number {
    return STACK_TOP;
  }

  get imageEnd(): number {
    return Math.max(...this.#input.elf.segments.map(({ address, memoryBytes }) => address + memoryBytes));
  }

  refuses(): boolean {
    return false;
  }

  memoryPlan(): ReturnType<Machine['memoryPlan']> {
    return {
      windowBase: WINDOW_BASE,
      windowBits: WINDOW_BITS,
      farBase: 0,
      farBytes: 0,
      areaBytes: MEMORY_BYTES + 2 * PAGE_BYTES,
      addressFloor: 0,
      addressLimit: MEMORY_BYTES,
      // The program is apart from memory: a store to where it was loaded from changes nothing of it.
      protectedStart: 0,
      protectedEnd: 0,
      maxPoolBytes: MEMORY_BYTES,
      maxBytes: this.#input.maxMemory,
    };
  }

  start({ memory }: Hart): void {
    for (const { address, fileBytes } of this.#input.elf.segments) memory.writeBytes(address, fileBytes);
  }

  ecall(hart: Hart): EcallResult {
    const { text, textBase } = this.#input.program;
    const word = new DataView(text.buffer, text.byteOffset).getInt32(hart.pc - textBase, true);
    const instruction = this.#decode(word)!;
    const { mnemonic } = instruction.row;
    const call = this.#calls[mnemonic];
    if (call === undefined) return isNop(instruction) ? undefined : this.#halt(hart, SYSTEM_EXIT_CODE);
    this.syscalls[mnemonic] = (this.syscalls[mnemonic] ?? 0) + 1;
    return call(hart, instruction);
  }

  /** By mnemonic; what is missing is of the SYSTEM opcode. */
  readonly #calls: Readonly<Record<string, Call>> = {
    terminate: (hart, { imm }) => this.#halt(hart, imm),
    hint_storew: (hart, { rd }) => this.#storeHint(hart, registerOf(hart, rd), 1),
    hint_buffer: (hart, { rd, rs1 }) => this.#storeHint(hart, registerOf(hart, rd), registerOf(hart, rs1)),
    reveal: (hart, { rd, rs1, imm }) => this.#reveal(hart, (registerOf(hart, rd) + imm) >>> 0, registerOf(hart, rs1)),
    hint_input: hart => (this.#streams.hintInput() ? undefined : phantomFault(hart, 'hint_input', 'EndOfInputStream')),
    print_str: (hart, { rd, rs1 }) => this.#print(hart, registerOf(hart, rd), registerOf(hart, rs1)),
    hint_random: (hart, { rd }) => this.#hintRandom(registerOf(hart, rd)),
    hint_load_by_key: (hart, { rd, rs1 }) => this.#loadByKey(hart, registerOf(hart, rd), registerOf(hart, rs1)),
  };

  #halt({ pc }: Hart, code: number): Exit {
    return { kind: 'halted', code, pc: BigInt(pc) };
  }

  /** Takes words from the hint stream to memory. */
  #storeHint(hart: Hart, address: number, words: number): EcallResult {
    if (words * WORD_BYTES > this.#streams.hintLeft) return fault(hart, 'HintOutOfBounds');
    const at = address - (address % WORD_BYTES);
    if (words > 0 && at + words * WORD_BYTES > MEMORY_BYTES) return fault(hart, 'MemoryOutOfBounds', BigInt(at));
    return store(hart, at, this.#streams.take(words * WORD_BYTES)!);
  }

  #reveal(hart: Hart, address: number, value: number): EcallResult {
    const at = address - (address % WORD_BYTES);
    if (at + WORD_BYTES > PUBLIC_BYTES) return fault(hart, 'MemoryOutOfBounds', BigInt(address));
    new DataView(this.#public.buffer).setUint32(at, value, true);
    return undefined;
  }

  #print(hart: Hart, address: number, length: number): EcallResult {
    const bytes = read(hart.memory, address, length);
    if (bytes === undefined) return fault(hart, 'MemoryOutOfBounds', BigInt(address));
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return phantomFault(hart, 'print_str', 'what it prints is not UTF-8');
    }
    this.#input.stdout(bytes);
    return undefined;
  }

  #hintRandom(words: number): EcallResult {
    this.#streams.hintRandom(words * WORD_BYTES);
    return undefined;
  }

  #loadByKey(hart: Hart, address: number, length: number): EcallResult {
    const key = read(hart.memory, address, length);
    if (key === undefined) return fault(hart, 'MemoryOutOfBounds', BigInt(address));
    const inputs = this.#keyValues.get(key);
    if (inputs === undefined) return phantomFault(hart, 'hint_load_by_key', 'Rv32HintLoadByKey: key not found');
    this.#streams.pushFront(inputs);
    return undefined;
  }

  /** Faults of the core by the names of OpenVM's errors. */
  faultAs(found: Fault): Exit {
    const { pc, address } = found;
    switch (found.cause) {
      case 'load-address':
      case 'store-address':
        return { ...found, cause: 'MemoryOutOfBounds' };
      case 'load-misaligned':
      case 'store-misaligned':
        return { ...found, cause: 'Fail', detail: failureOf(this.#instructionAt(pc)) };
      case 'fetch-misaligned':
        return { kind: 'unsupported', feature: `a jump to ${address}, which OpenVM runs but no proof can be of`, pc };
      case 'fetch-address':
        return { ...found, cause: this.#isAbove(pc) ? 'PcOutOfBounds' : 'Unreachable' };
      default:
        return found;
    }
  }

  #instructionAt(pc: bigint): Instruction | undefined {
    const { text, textBase } = this.#input.program;
    return this.#decode(new DataView(text.buffer, text.byteOffset).getInt32(Number(pc) - textBase, true));
  }

  #isAbove(pc: bigint): boolean {
    const { text, textBase } = this.#input.program;
    return pc >= BigInt(textBase + text.length);
  }
}

/** Upstream's words for a half word at an odd address. */
const failureOf = (instruction: Instruction | undefined): string =>
  instruction?.row.mnemonic === 'lh' ? 'LoadSignExtend invalid shift amount' : 'Invalid LoadStoreOp';

function fault({ pc }: Hart, cause: Fault['cause'], address?: bigint, detail?: string): Exit {
  return { kind: 'fault', cause, pc: BigInt(pc), ...(address !== undefined && { address }), ...(detail && { detail }) };
}

const phantomFault = (hart: Hart, name: keyof typeof PHANTOMS, detail: string): Exit =>
  fault(hart, 'Phantom', undefined, `phantom ${PHANTOMS[name]}: ${detail}`);

const read = (memory: GuestMemory, address: number, length: number): Uint8Array | undefined =>
  address + length > MEMORY_BYTES ? undefined : memory.readBytes(address, length);

function store(hart: Hart, address: number, bytes: Uint8Array): EcallResult {
  // Where memory has run out, the run ends for that.
  if (hart.memory.writeBytes(address, bytes) || hart.memory.exhausted) return undefined;
  return fault(hart, 'MemoryOutOfBounds', BigInt(address));
}
