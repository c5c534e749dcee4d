// What text does at calls, returns and jumps between functions where links know the way; else it asks the host, which does the
// same (CallFlow of runtime/trace/observer.ts).

import { CONTROL } from '../../runtime/layout.ts';
import { LINKS, STACK } from '../../runtime/trace/call-layout.ts';
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

  get #link(): number {
    return this.#local('link');
  }

  /** Takes up node and top. */
  load(): void {
    const { i32 } = this.#v;
    i32.set(this.#node, i32.load(undefined, NODE));
    i32.set(this.#top, i32.load(undefined, TOP));
  }

  /**
   * The same behind a call, where they are mostly as they were: a branch that is foreseen lets the next call begin before this one
   * has stored what it comes to.
   */
  resume(): void {
    const { i32, seldom } = this.#v;
    const isOther = i32.or(
      i32.ne(i32.load(undefined, NODE), i32.get(this.#node)),
      i32.ne(i32.load(undefined, TOP), i32.get(this.#top)),
    );
    seldom(isOther, () => this.load());
  }

  entered(to: number | Value, back: Value, now: Value, ask: () => void): void {
    const { i32, when } = this.#v;
    const { stack } = this.#followed;
    const [node, top, link] = [this.#node, this.#top, this.#link];
    const hasRoom = i32.ltU(i32.get(top), i32.constant(STACK.bytes));
    const go = (): void => {
      i32.store(top, stack + STACK.back, back);
      i32.store(top, stack + STACK.caller, i32.get(node));
      i32.store(top, stack + STACK.since, now);
      i32.store(undefined, TOP, i32.add(i32.get(top), i32.constant(STACK.entryBytes)));
      this.#count(link);
      i32.store(undefined, NODE, i32.load(link, this.#followed.links + LINKS.node));
    };
    when(i32.and(this.#isLinked(to), hasRoom), go, ask);
  }

  /** Node and top are not taken up again. */
  returned(to: Value, now: Value, ask: () => void): void {
    const { i32, when } = this.#v;
    const entry = this.#followed.stack - STACK.entryBytes;
    const [node, top, caller] = [this.#node, this.#top, this.#local('caller')];
    when(
      i32.eq(i32.load(top, entry + STACK.back), to),
      () => {
        i32.set(caller, i32.load(top, entry + STACK.caller));
        when(i32.ne(i32.get(caller), i32.get(node)), () =>
          this.#spend(i32.sub(now, i32.load(top, entry + STACK.since))),
        );
        i32.store(undefined, TOP, i32.sub(i32.get(top), i32.constant(STACK.entryBytes)));
        i32.store(undefined, NODE, i32.get(caller));
      },
      ask,
    );
  }

  moved(to: number | Value, now: Value, ask: () => void): void {
    const { i32, when } = this.#v;
    const entry = this.#followed.stack - STACK.entryBytes;
    const [node, top, link] = [this.#node, this.#top, this.#link];
    const isOwn = i32.ne(i32.load(top, entry + STACK.caller), i32.get(node));
    const complement = typeof to === 'number' ? ~to : i32.xor(to, i32.constant(-1));
    const go = (): void => {
      this.#spend(i32.sub(now, i32.load(top, entry + STACK.since)));
      i32.store(top, entry + STACK.since, now);
      this.#count(link);
      i32.set(node, i32.load(link, this.#followed.links + LINKS.node));
      i32.store(undefined, NODE, i32.get(node));
    };
    when(i32.and(this.#isLinked(complement), isOwn), go, () => {
      ask();
      this.load();
    });
  }

  #spend(weight: Value): void {
    const { i32 } = this.#v;
    const { nodes } = this.#followed;
    i32.store(this.#node, nodes, i32.add(i32.load(this.#node, nodes), weight));
  }

  #count(link: number): void {
    const { i32 } = this.#v;
    const place = this.#followed.links + LINKS.count;
    i32.store(link, place, i32.add(i32.load(link, place), i32.constant(1)));
  }

  /** Whether there is a link from the node; `link` is where it would be. */
  #isLinked(to: number | Value): Value {
    const { i32, i64, extend } = this.#v;
    const [ofNode, ofTo] = LINKS.factors;
    const byTo = typeof to === 'number' ? i32.constant(Math.imul(to, ofTo)) : i32.mul(to, i32.constant(ofTo));
    const hash = i32.xor(i32.mul(i32.get(this.#node), i32.constant(ofNode)), byTo);
    const place = i32.shrU(hash, i32.constant(LINKS.shift));
    i32.set(this.#link, i32.shl(place, i32.constant(Math.log2(LINKS.entryBytes))));
    const high =
      typeof to === 'number'
        ? i64.constant(BigInt.asIntN(64, BigInt(to) << HIGH_SHIFT))
        : i64.shl(extend(to), i64.constant(HIGH_SHIFT));
    const key = i64.or(extend(i32.get(this.#node)), high);
    return i64.eq(i64.load(this.#link, this.#followed.links + LINKS.from), key);
  }
}
