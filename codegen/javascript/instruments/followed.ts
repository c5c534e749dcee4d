// Text that follows calls, besides what another instrument does: as codegen/wasm/call-writer.ts, where the way is known; else it asks
// the host.

import { CONTROL } from '../../../runtime/layout.ts';
import { LINKS, NODES, STACK } from '../../../runtime/trace/call-layout.ts';
import { transferOf } from '../../program/transfer.ts';
import type { Followed } from '../../region/instrumentation.ts';
import { type Block, endOf, lastPc } from '../../region/region.ts';
import {
  assign,
  bin,
  block as braces,
  call,
  control,
  declare,
  type Expression,
  id,
  increment,
  index,
  int,
  logical,
  num,
  type Statement,
  statementOf,
  unary,
  when,
} from '../estree.ts';
import type { Instrument } from './instrument.ts';

export interface TextPlace {
  /** First address of the text, and log2 of the bytes of a slot. */
  readonly base: number;
  readonly slotShift: number;
}

/** Words of an entry of the stack, and of a link. */
const ENTRY = STACK.entryBytes >> 2;
const LINK_SHIFT = Math.log2(LINKS.entryBytes >> 2);
/** Locals: the node, the end of the stack in words, the place of a link, and the node that is called. */
const [NODE, TOP, LINK, CALLEE] = [id('node'), id('top'), id('link'), id('callee')];
const inStack = (field: number, entries = 0): Expression => {
  const words = (field >> 2) - ENTRY * entries;
  return index('X', words === 0 ? TOP : bin('+', TOP, num(words)));
};
const inLink = (field: number): Expression => index('L', field === 0 ? LINK : bin('+', LINK, num(field >> 2)));
const inNode = (node: Expression, place: number): Expression => {
  const first = bin('>>', node, num(2));
  return index('N', place === 0 ? first : bin('+', first, num(place >> 2)));
};
const setTop = (entries: number): Statement =>
  assign(control(CONTROL.callTop), bin('<<', bin('+', TOP, num(ENTRY * entries)), num(2)));
const setNode = (node: Expression): Statement => assign(control(CONTROL.node), node);
const TOP_NOW = bin('>>', control(CONTROL.callTop), num(2));
const load = (): Statement[] => [assign(NODE, control(CONTROL.node)), assign(TOP, TOP_NOW)];
const HAS_ROOM = bin('<', TOP, num(STACK.bytes >> 2));
/** The node ends. */
const spend = (now: Expression): Statement[] => [
  assign(inNode(NODE, NODES.weight), bin('-', now, inStack(STACK.since, 1)), '+='),
  increment(inNode(NODE, NODES.calls)),
];

/** Whether there is a link, once the statement is done. */
function linked(to: Expression): readonly [Statement, Expression] {
  const [ofNode, ofTo] = LINKS.factors;
  const hash = bin('^', call('imul', NODE, num(ofNode)), call('imul', to, num(ofTo)));
  const place = bin('<<', bin('>>>', hash, num(LINKS.shift)), num(LINK_SHIFT));
  const isThere = logical('&&', bin('===', inLink(LINKS.from), NODE), bin('===', inLink(LINKS.to), to));
  return [assign(LINK, place), isThere];
}

/** Where the way to the node that is called is known, and else. */
const enter = (isKnown: Expression, back: Expression, now: Expression, ask: readonly Statement[]): Statement => {
  const go = [
    assign(inStack(STACK.back), back),
    assign(inStack(STACK.caller), NODE),
    assign(inStack(STACK.since), now),
    setTop(1),
    setNode(CALLEE),
  ];
  return when(logical('&&', isKnown, HAS_ROOM), braces(go), braces([...ask]));
};

function returned(to: Expression, now: Expression): Statement[] {
  const go = [...spend(now), setTop(-1), setNode(inStack(STACK.caller, 1))];
  return [when(bin('===', inStack(STACK.back, 1), to), braces(go), braces([statementOf(call('returned', to, now))]))];
}

function moved(to: Expression, now: Expression): Statement[] {
  const [find, isThere] = linked(unary('~', to));
  const go = [...spend(now), assign(inStack(STACK.since, 1), now), assign(NODE, inLink(LINKS.node)), setNode(NODE)];
  const ask = [statementOf(call('moved', to, now)), ...load()];
  return [find, when(isThere, braces(go), braces(ask))];
}

export function followedText(
  inner: Instrument,
  followed: Followed | undefined,
  { base, slotShift }: TextPlace,
): Instrument {
  if (followed === undefined) return inner;
  const now = followed.isWeighed ? id('weight') : int(bin('-', control(CONTROL.counted), id('fuel')));
  const slotOf = (pc: number): number => (pc - base) >> slotShift;
  const slotAt = (pc: Expression): Expression => bin('>>', bin('-', pc, num(base | 0)), num(slotShift));
  const entered = (from: number, to: number | Expression, back: Expression): Statement[] => {
    const slot = typeof to === 'number' ? num(slotOf(to)) : slotAt(to);
    const ask = statementOf(call('entered', slot, back, now));
    const place = followed.placeOf(from, typeof to === 'number' ? slotOf(to) : undefined);
    if (place === undefined) return [ask];
    const isThere = bin('===', inNode(CALLEE, NODES.to), slot);
    const find = assign(CALLEE, inNode(NODE, place));
    if (typeof to === 'number') return [find, enter(isThere, back, now, [ask])];
    // A call out of the text leads to no other.
    const keep = when(bin('!==', CALLEE, NODE), assign(inNode(NODE, place), CALLEE));
    return [find, enter(isThere, back, now, [ask, assign(CALLEE, control(CONTROL.node)), keep])];
  };
  const transfer = (block: Block, to: number | Expression): Statement[] => {
    const slot = typeof to === 'number' ? num(slotOf(to)) : slotAt(to);
    const from = slotOf(lastPc(block));
    switch (transferOf(block.instructions.at(-1)!)) {
      case 'call':
        return entered(from, to, num(slotOf(endOf(block))));
      case 'return':
        return returned(slot, now);
      case 'jump':
        if (typeof to !== 'number') return [statementOf(call('jumped', num(from), slot, now)), ...load()];
        return followed.leaves(from, slotOf(to)) ? moved(slot, now) : [];
    }
  };
  return {
    ...inner,
    mode: { ...inner.mode, profiled: true },
    declare: () => [
      ...inner.declare(),
      declare('let', [
        [NODE.name, control(CONTROL.node)],
        [TOP.name, TOP_NOW],
        [LINK.name, num(0)],
        [CALLEE.name, num(0)],
      ]),
    ],
    reload: () => [...inner.reload(), when(bin('!==', TOP, TOP_NOW), braces(load()))],
    transfer,
  };
}
