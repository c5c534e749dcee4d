// The `openvm` machine: RV32IM with OpenVM 1.4's memory, streams and instructions of its own.
// Reference: openvm:extensions/rv32im/circuit/src and crates/vm/src/arch, v1.4.0.

import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { isa } from '../../../codegen/isa/index.ts';
import type { Instruction } from '../../../codegen/isa/instruction.ts';
import type { Exit } from '../../../runtime/exit.ts';
import { PAGE_BYTES } from '../../../runtime/layout.ts';
import type { EcallResult, Fault, Hart, Machine, MachineInput } from '../../engine/machine.ts';
import { replace } from '../replace.ts';
import { MEMORY_BYTES } from './elf.ts';
import { type GuestView, type InstructionFailure, OpenVmHost } from './host.ts';
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
  readonly #host: OpenVmHost;
  readonly #public = new Uint8Array(PUBLIC_BYTES);

  constructor(input: MachineInput) {
    this.#input = input;
    this.#host = new OpenVmHost(input);
  }

  get publicBytes(): Uint8Array {
    return this.#public.subarray(0, PUBLIC_VALUES);
  }

  /** Inputs and bytes of the hint stream that the guest has not taken. */
  get left(): { readonly inputs: number; readonly hintBytes: number } {
    return { inputs: this.#host.streams.inputsLeft, hintBytes: this.#host.streams.hintLeft };
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

  save(): () => void {
    const [syscalls, bytes, streams] = [{ ...this.syscalls }, this.#public.slice(), this.#host.streams.save()];
    return () => {
      replace(this.syscalls, syscalls);
      this.#public.set(bytes);
      streams();
    };
  }

  ecall(hart: Hart): EcallResult {
    const { text, textBase } = this.#input.program;
    const word = new DataView(text.buffer, text.byteOffset).getInt32(hart.pc - textBase, true);
    const instruction = this.#decode(word)!;
    const { mnemonic } = instruction.row;
    const call = this.#calls[mnemonic];
    if (call === undefined && !(mnemonic in PHANTOMS))
      return isNop(instruction) ? undefined : this.#halt(hart, SYSTEM_EXIT_CODE);
    this.syscalls[mnemonic] = (this.syscalls[mnemonic] ?? 0) + 1;
    if (call !== undefined) return call(hart, instruction);
    const failure = this.#host.phantom(viewOf(hart), instruction);
    return failure ? failed(hart, failure) : undefined;
  }

  /** By mnemonic; what is missing is of the SYSTEM opcode. */
  readonly #calls: Readonly<Record<string, Call>> = {
    terminate: (hart, { imm }) => this.#halt(hart, imm),
    hint_storew: (hart, { rd }) => this.#storeHint(hart, registerOf(hart, rd), 1),
    hint_buffer: (hart, { rd, rs1 }) => this.#storeHint(hart, registerOf(hart, rd), registerOf(hart, rs1)),
    reveal: (hart, { rd, rs1, imm }) => this.#reveal(hart, (registerOf(hart, rd) + imm) >>> 0, registerOf(hart, rs1)),
  };

  #halt({ pc }: Hart, code: number): Exit {
    return { kind: 'halted', code, pc: BigInt(pc) };
  }

  /** Takes words from the hint stream to memory. */
  #storeHint(hart: Hart, address: number, words: number): EcallResult {
    if (words * WORD_BYTES > this.#host.streams.hintLeft) return fault(hart, 'HintOutOfBounds');
    const at = address - (address % WORD_BYTES);
    if (words > 0 && at + words * WORD_BYTES > MEMORY_BYTES) return fault(hart, 'MemoryOutOfBounds', BigInt(at));
    return store(hart, at, this.#host.streams.take(words * WORD_BYTES)!);
  }

  #reveal(hart: Hart, address: number, value: number): EcallResult {
    const at = address - (address % WORD_BYTES);
    if (at + WORD_BYTES > PUBLIC_BYTES) return fault(hart, 'MemoryOutOfBounds', BigInt(address));
    new DataView(this.#public.buffer).setUint32(at, value, true);
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

const failed = (hart: Hart, { cause, address, detail }: InstructionFailure): Exit =>
  fault(hart, cause, address === undefined ? undefined : BigInt(address), detail);

const viewOf = (hart: Hart): GuestView => ({
  register: r => registerOf(hart, r),
  read: (address, bytes) => (address + bytes > MEMORY_BYTES ? undefined : hart.memory.readBytes(address, bytes)),
});

function store(hart: Hart, address: number, bytes: Uint8Array): EcallResult {
  // Where memory has run out, the run ends for that.
  if (hart.memory.writeBytes(address, bytes) || hart.memory.exhausted) return undefined;
  return fault(hart, 'MemoryOutOfBounds', BigInt(address));
}
