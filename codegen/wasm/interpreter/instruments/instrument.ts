// What a kind of instrumentation adds to the interpreter; its other files ask it and nothing else.

import type { CodeWriter } from '../../binary/code.ts';

/** Slots as the interpreter has them: locals, and what pushes arena byte offsets. */
export interface Slots {
  readonly code: CodeWriter;
  /** Local with the arena byte offset of the current slot, and with the number of the slot that a jump goes to. */
  readonly slot: number;
  readonly to: number;
  readonly fuel: number;
  /** Pushes the number of the current slot. */
  pushSlot(): void;
  /** Bytes of P to the next instruction. */
  pushStep(): void;
}

/** Locals: the access's area offset, the fuel, and two that are free. */
export interface TouchPlaces {
  readonly offset: number;
  readonly fuel: number;
  readonly doubleword: number;
  readonly tail: number;
}

export interface InterpreterInstrument {
  /** Before each access: a function of the module, (area offset, fuel), or in place. */
  readonly touch:
    | { readonly body: CodeWriter }
    | { readonly write: (code: CodeWriter, places: TouchPlaces) => void }
    | undefined;
  /** Whether the host is told of each access instead. */
  readonly tellsHost: boolean;
  /** Words of the control page by which the interpreter leaves behind an access where a list is full. */
  readonly full: { readonly tail: number; readonly limit: number } | undefined;
  /** A straight run of instructions ends behind the current one, or before it. */
  end(slots: Slots): void;
  endHere(slots: Slots): void;
  /** One begins at the slot in `to`, or at the current one. */
  begin(slots: Slots): void;
  beginHere(slots: Slots): void;
  /** A jump-and-link or a jump through a register goes to the slot in `to`; between the end of a run and its begin. */
  went(slots: Slots): void;
}

const nothing = (): void => undefined;

/** Nothing but the program. */
export const PURE_INTERPRETER: InterpreterInstrument = {
  touch: undefined,
  tellsHost: false,
  full: undefined,
  end: nothing,
  endHere: nothing,
  begin: nothing,
  beginHere: nothing,
  went: nothing,
};
