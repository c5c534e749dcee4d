// What phantom instructions do: to the streams and the output, never to the guest's memory.

import type { Instruction } from '../../../codegen/isa/instruction.ts';
import type { FaultCause } from '../../../runtime/exit.ts';
import type { KeyValue } from '../../engine/machine.ts';
import { KeyValueStore } from './key-value.ts';
import { Streams } from './streams.ts';
import { PHANTOMS } from './transpiler.ts';

const WORD_BYTES = 4;

/** The guest as a phantom instruction sees it. */
export interface GuestView {
  /** Unsigned. */
  register(r: number): number;
  /** Undefined where memory ends before. */
  read(address: number, bytes: number): Uint8Array | undefined;
}

/** Why an instruction failed. */
export interface InstructionFailure {
  readonly cause: FaultCause;
  readonly address?: number;
  readonly detail?: string;
}

export interface HostInput {
  readonly inputs: readonly Uint8Array[];
  readonly keyValues: readonly KeyValue[];
  readonly stdout: (bytes: Uint8Array) => void;
}

type PhantomName = keyof typeof PHANTOMS;

const failed = (name: PhantomName, detail: string): InstructionFailure => ({
  cause: 'Phantom',
  detail: `phantom ${PHANTOMS[name]}: ${detail}`,
});
const outOfMemory = (address: number): InstructionFailure => ({ cause: 'MemoryOutOfBounds', address });

export class OpenVmHost {
  readonly streams: Streams;
  readonly #keyValues: KeyValueStore;
  readonly #stdout: (bytes: Uint8Array) => void;

  /** @throws INPUT_INVALID where a value by key is malformed */
  constructor({ inputs, keyValues, stdout }: HostInput) {
    this.streams = new Streams(inputs);
    this.#keyValues = new KeyValueStore(keyValues);
    this.#stdout = stdout;
  }

  /** Does the phantom instruction of that name; undefined where there is none of it, false where all went well. */
  phantom(guest: GuestView, { row, rd, rs1 }: Instruction): InstructionFailure | false | undefined {
    switch (row.mnemonic as PhantomName) {
      case 'hint_input':
        return this.streams.hintInput() ? false : failed('hint_input', 'EndOfInputStream');
      case 'print_str':
        return this.#print(guest, guest.register(rd), guest.register(rs1));
      case 'hint_random':
        this.streams.hintRandom(guest.register(rd) * WORD_BYTES);
        return false;
      case 'hint_load_by_key':
        return this.#loadByKey(guest, guest.register(rd), guest.register(rs1));
      default:
        return undefined;
    }
  }

  #print(guest: GuestView, address: number, length: number): InstructionFailure | false {
    const bytes = guest.read(address, length);
    if (bytes === undefined) return outOfMemory(address);
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return failed('print_str', 'what it prints is not UTF-8');
    }
    this.#stdout(bytes);
    return false;
  }

  #loadByKey(guest: GuestView, address: number, length: number): InstructionFailure | false {
    const key = guest.read(address, length);
    if (key === undefined) return outOfMemory(address);
    const inputs = this.#keyValues.get(key);
    if (inputs === undefined) return failed('hint_load_by_key', 'Rv32HintLoadByKey: key not found');
    this.streams.pushFront(inputs);
    return false;
  }
}
