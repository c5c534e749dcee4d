// Joins a session to whatever carries bytes: packets in, replies out, a guest that runs in pieces between them.

import { ACKNOWLEDGEMENT, bytesOf, type Heard, PacketReader, packet, REFUSAL, textOf } from './packets.ts';
import { type Motion, Session } from './session.ts';
import type { DebugTarget, Stop } from './target.ts';

/** Instructions between two looks at what the debugger says: some tens of milliseconds. */
const PIECE: number = 2 ** 20;

export interface Carrier {
  write(bytes: Uint8Array): void;
  /** Resolves when others had their turn. */
  turn(): Promise<void>;
}

/** How a debugger went. */
export type Parting = 'killed' | 'detached' | 'ended';

export class Connection {
  readonly session: Session;
  readonly #target: DebugTarget;
  readonly #carrier: Carrier;
  readonly #reader = new PacketReader();
  readonly #queue: Heard[] = [];
  #sent: Uint8Array | undefined;
  #isBusy = false;
  #isInterrupted = false;
  #parting: Parting | undefined;
  readonly #left: (parting: Parting) => void;

  constructor(target: DebugTarget, carrier: Carrier, left: (parting: Parting) => void) {
    this.#target = target;
    this.#carrier = carrier;
    this.#left = left;
    this.session = new Session(target);
  }

  /** What came from the debugger. */
  async push(bytes: Uint8Array): Promise<void> {
    for (const heard of this.#reader.push(bytes)) {
      // It may come in the middle of a run, which does not wait for it.
      if (heard.kind === 'interrupt') this.#isInterrupted = true;
      else if (!this.#isRepeated(heard)) this.#queue.push(heard);
    }
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#parting === undefined) {
      const heard = this.#queue.shift();
      if (heard === undefined) break;
      await this.#hear(heard);
    }
    this.#isBusy = false;
  }

  /** gdb asks one thing at a time: the same again, before there was an answer, is what it sent anew for having waited. */
  #isRepeated(heard: Heard): boolean {
    const last = this.#queue.at(-1);
    return heard.kind === 'packet' && last?.kind === 'packet' && textOf(heard.data) === textOf(last.data);
  }

  /** What the guest writes, unless it did so before. */
  output(bytes: Uint8Array): void {
    if (!this.#target.isAgain && bytes.length > 0) this.#send(Session.output(bytes));
  }

  #send(data: Uint8Array): void {
    this.#sent = packet(data);
    this.#carrier.write(this.#sent);
  }

  async #hear(heard: Heard): Promise<void> {
    if (heard.kind === 'refused' && this.#sent !== undefined) this.#carrier.write(this.#sent);
    if (heard.kind === 'garbled') this.#carrier.write(REFUSAL);
    if (heard.kind !== 'packet') return;
    if (this.session.acknowledges) this.#carrier.write(ACKNOWLEDGEMENT);
    const answer = this.session.answer(heard.data);
    switch (answer.kind) {
      case 'reply':
        this.#send(bytesOf(answer.text));
        return;
      case 'run':
        return this.#run(answer.motion);
      case 'leave':
        this.#send(bytesOf(answer.text));
        this.#part(answer.runsOn ? 'detached' : 'killed');
    }
  }

  async #run(motion: Motion): Promise<void> {
    const stop = await this.#move(motion);
    this.#send(bytesOf(this.session.stopped(stop)));
    if (stop.kind === 'ended' && stop.exit.kind === 'halted') this.#part('ended');
  }

  async #move(motion: Motion): Promise<Stop> {
    this.#isInterrupted = false;
    switch (motion) {
      case 'step':
        return this.#target.forward(1);
      case 'step back':
        return this.#target.stepBack();
      case 'continue back':
        return this.#target.back();
    }
    for (;;) {
      const stop = this.#target.forward(PIECE);
      if (stop.kind !== 'done') return stop;
      await this.#carrier.turn();
      if (this.#isInterrupted) return { kind: 'interrupted' };
    }
  }

  /** The carrier is gone. */
  close(): void {
    this.#part('killed');
  }

  #part(parting: Parting): void {
    if (this.#parting !== undefined) return;
    this.#parting = parting;
    this.#left(parting);
  }
}
