// What text does at calls, returns and jumps between functions where the way is known; else it asks the host, which does the
// same (CallFlow of runtime/trace/observer.ts).

import { CONTROL } from '../../runtime/layout.ts';
import { LINKS, NODES, STACK } from '../../runtime/trace/call-layout.ts';
import type { Followed } from '../region/instrumentation.ts';
import type { Dialect, Value } from './binary/values.ts';

const NODE = 4 * CONTROL.node;
const TOP = 4 * CONTROL.callTop;
const HIGH_SHIFT = 32n;

export class CallWriter {
  readonly #v: Dialect;
  readonly #followed: Followed;
  readonly #local: (name: string) => number;

  /** `local` gives a local of 32 bits by name: of node and top, as the control page has them, and for what is between. */
  constructor(v: Dialect, followed: Followed, local: (name: string) => number) {
    this.#v = v;
    this.#followed = followed;
    this.#local = local;
  }

  get #node(): number {
    return this.#local('node');
  }

  get #top(): number {
    return this.#local('call top');
  }

  /** Takes up node and top. */
  load(): void {
    const { i32 } = this.#v;
    i32.set(this.#node, i32.load(undefined, NODE));
    i32.set(this.#top, i32.load(undefined, TOP));
  }

  /**
   * The same behind a call, where they are as they were unless the stack was moved or the call did not return: a branch that is
   * foreseen lets the next call begin before this one has stored what it comes to.
   */
  resume(): void {
    const { i32, seldom } = this.#v;
    seldom(i32.ne(i32.load(undefined, TOP), i32.get(this.#top)), () => this.load());
  }

  /** A call to a slot, of which `place` says where in the node's entry its node is named. */
  called(place: number, to: Value, back: Value, now: Value, ask: () => void): void {
    const { i32, foreseen } = this.#v;
    const { nodes } = this.#followed;
    const callee = this.#local('callee');
    i32.set(callee, i32.load(this.#node, nodes + place));
    const isOther = i32.ne(i32.load(callee, nodes + NODES.to), to);
    foreseen([isOther, this.#isFull], () => this.#enter(callee, back, now), ask);
  }

  /** The same where a register says the slot: the place has the node that the last such call led to. */
  calledAnywhere(place: number, to: Value, back: Value, now: Value, ask: () => void): void {
    const { i32, when } = this.#v;
    const [node, callee] = [this.#node, this.#local('callee')];
    this.called(place, to, back, now, () => {
      ask();
      i32.set(callee, i32.load(undefined, NODE));
      // A call out of the text leads to no other.
      when(i32.ne(i32.get(callee), i32.get(node)), () =>
        i32.store(node, this.#followed.nodes + place, i32.get(callee)),
      );
    });
  }

  entered(to: Value, back: Value, now: Value, ask: () => void): void {
    const { i32, foreseen } = this.#v;
    const [callee, link] = [this.#local('callee'), this.#local('link')];
    const go = (): void => {
      i32.set(callee, i32.load(link, this.#followed.links + LINKS.node));
      this.#enter(callee, back, now);
    };
    foreseen([this.#isUnlinked(to), this.#isFull], go, ask);
  }

  get #isFull(): Value {
    const { i32 } = this.#v;
    return i32.geU(i32.get(this.#top), i32.constant(STACK.bytes));
  }

  #enter(callee: number, back: Value, now: Value): void {
    const { i32 } = this.#v;
    const { stack } = this.#followed;
    const [node, top] = [this.#node, this.#top];
    i32.store(top, stack + STACK.back, back);
    i32.store(top, stack + STACK.caller, i32.get(node));
    i32.store(top, stack + STACK.since, now);
    i32.store(undefined, TOP, i32.add(i32.get(top), i32.constant(STACK.entryBytes)));
    i32.store(undefined, NODE, i32.get(callee));
  }

  /** Node and top are not taken up again. */
  returned(to: Value, now: Value, ask: () => void): void {
    const { i32, foreseen } = this.#v;
    const entry = this.#followed.stack - STACK.entryBytes;
    const top = this.#top;
    const go = (): void => {
      this.#spend(i32.sub(now, i32.load(top, entry + STACK.since)));
      i32.store(undefined, TOP, i32.sub(i32.get(top), i32.constant(STACK.entryBytes)));
      i32.store(undefined, NODE, i32.load(top, entry + STACK.caller));
    };
    foreseen([i32.ne(i32.load(top, entry + STACK.back), to)], go, ask);
  }

  moved(to: Value, now: Value, ask: () => void): void {
    const { i32, foreseen } = this.#v;
    const entry = this.#followed.stack - STACK.entryBytes;
    const [node, top, link] = [this.#node, this.#top, this.#local('link')];
    const go = (): void => {
      this.#spend(i32.sub(now, i32.load(top, entry + STACK.since)));
      i32.store(top, entry + STACK.since, now);
      i32.set(node, i32.load(link, this.#followed.links + LINKS.node));
      i32.store(undefined, NODE, i32.get(node));
    };
    foreseen([this.#isUnlinked(i32.xor(to, i32.constant(-1)))], go, () => {
      ask();
      this.load();
    });
  }

  /** The node ends. */
  #spend(weight: Value): void {
    const { i64, extend } = this.#v;
    const { nodes } = this.#followed;
    const spent = i64.or(i64.shl(extend(weight), i64.constant(HIGH_SHIFT)), i64.constant(1));
    i64.store(this.#node, nodes, i64.add(i64.load(this.#node, nodes), spent));
  }

  /** Whether there is no link from the node; local `link` is where it would be. */
  #isUnlinked(to: Value): Value {
    const { i32, i64, extend } = this.#v;
    const [ofNode, ofTo] = LINKS.factors;
    const [node, link] = [this.#node, this.#local('link')];
    const hash = i32.xor(i32.mul(i32.get(node), i32.constant(ofNode)), i32.mul(to, i32.constant(ofTo)));
    const place = i32.shrU(hash, i32.constant(LINKS.shift));
    const key = i64.or(extend(i32.get(node)), i64.shl(extend(to), i64.constant(HIGH_SHIFT)));
    return () => {
      i32.set(link, i32.shl(place, i32.constant(Math.log2(LINKS.entryBytes))));
      i64.ne(i64.load(link, this.#followed.links + LINKS.from), key)();
    };
  }
}
