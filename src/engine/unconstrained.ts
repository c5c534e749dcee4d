// Unconstrained execution: what a guest does between two marks is undone at the second.

import { CONTROL } from '../../runtime/layout.ts';
import type { GuestMemory } from '../../runtime/memory/memory.ts';
import { UndoLog } from '../../runtime/memory/undo-log.ts';

export class Unconstrained {
  readonly #memory: GuestMemory;
  readonly #switched: (isOn: boolean) => void;
  #undo: UndoLog | undefined;
  #saved: { readonly registers: Int32Array; readonly pc: number } | undefined;

  /** Tells `switched` when it begins and when it has ended. */
  constructor(memory: GuestMemory, switched: (isOn: boolean) => void) {
    this.#memory = memory;
    this.#switched = switched;
  }

  get isOn(): boolean {
    return this.#saved !== undefined;
  }

  enter(pc: number): void {
    this.#undo ??= new UndoLog(this.#memory);
    this.#saved = { registers: this.#memory.control.slice(CONTROL.registers, CONTROL.sink), pc };
    this.#switched(true);
  }

  /** Of a doubleword that is about to be written. */
  save(offset: number): void {
    this.#undo!.save(offset);
  }

  /** Memory and registers are as they were; gives the pc of the entry. */
  leave(): number {
    const { registers, pc } = this.#saved!;
    this.#undo!.undo();
    this.#memory.control.set(registers);
    this.#saved = undefined;
    this.#switched(false);
    return pc;
  }
}
