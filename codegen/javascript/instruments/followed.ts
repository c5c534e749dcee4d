// Text that follows calls, besides what another instrument does: as codegen/wasm/call-writer.ts, where links know the way; else it
// asks the host.

import { CONTROL } from '../../../runtime/layout.ts';
import { LINKS, STACK } from '../../../runtime/trace/call-layout.ts';
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
  run,
  type Statement,
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
/** Locals: the node, the end of the stack in words, the place of a link, and a caller. */
const [NODE, TOP, LINK, CALLER] = [id('node'), id('top'), id('link'), id('caller')];
const inStack = (field: number, entries = 0): Expression => {
  const words = (field >> 2) - ENTRY * entries;
  return index('X', words === 0 ? TOP : bin('+', TOP, num(words)));
};
const inLink = (field: number): Expression => index('L', field === 0 ? LINK : bin('+', LINK, num(field >> 2)));
const setTop = (entries: number): Statement =>
  assign(control(CONTROL.callTop), bin('<<', bin('+', TOP, num(ENTRY * entries)), num(2)));
const setNode = (node: Expression): Statement => assign(control(CONTROL.node), node);
const TOP_NOW = bin('>>', control(CONTROL.callTop), num(2));
const load = (): Statement[] => [assign(NODE, control(CONTROL.node)), assign(TOP, TOP_NOW)];
const spend = (now: Expression): Statement =>
  assign(index('N', bin('>>', NODE, num(2))), bin('-', now, inStack(STACK.since, 1)), '+=');

/** Whether there is a link, once the statement is done. */
function linked(to: Expression): readonly [Statement, Expression] {
  const [ofNode, ofTo] = LINKS.factors;
  const hash = bin('^', call('imul', NODE, num(ofNode)), call('imul', to, num(ofTo)));
  const place = bin('<<', bin('>>>', hash, num(LINKS.shift)), num(LINK_SHIFT));
  const isThere = logical('&&', bin('===', inLink(LINKS.from), NODE), bin('===', inLink(LINKS.to), to));
  return [assign(LINK, place), isThere];
}

function entered(to: Expression, back: Expression, now: Expression): Statement[] {
  const [find, isThere] = linked(to);
  const go = [
    assign(inStack(STACK.back), back),
    assign(inStack(STACK.caller), NODE),
    assign(inStack(STACK.since), now),
    setTop(1),
    increment(inLink(LINKS.count)),
    setNode(inLink(LINKS.node)),
  ];
  const hasRoom = bin('<', TOP, num(STACK.bytes >> 2));
  return [find, when(logical('&&', isThere, hasRoom), braces(go), braces([run(call('entered', to, back, now))]))];
}

function returned(to: Expression, now: Expression): Statement[] {
  const go = [
    assign(CALLER, inStack(STACK.caller, 1)),
    when(bin('!==', CALLER, NODE), spend(now)),
    setTop(-1),
    setNode(CALLER),
  ];
  return [when(bin('===', inStack(STACK.back, 1), to), braces(go), braces([run(call('returned', to, now))]))];
}

function moved(to: Expression, now: Expression): Statement[] {
  const [find, isThere] = linked(unary('~', to));
  const isOwn = bin('!==', inStack(STACK.caller, 1), NODE);
  const go = [
    spend(now),
    assign(inStack(STACK.since, 1), now),
    increment(inLink(LINKS.count)),
    assign(NODE, inLink(LINKS.node)),
    setNode(NODE),
  ];
  const ask = [run(call('moved', to, now)), ...load()];
  return [find, when(logical('&&', isThere, isOwn), braces(go), braces(ask))];
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
  const transfer = (block: Block, to: number | Expression): Statement[] => {
    const slot = typeof to === 'number' ? num(slotOf(to)) : slotAt(to);
    const from = slotOf(lastPc(block));
    switch (transferOf(block.instructions.at(-1)!)) {
      case 'call':
        return entered(slot, num(slotOf(endOf(block))), now);
      case 'return':
        return returned(slot, now);
      case 'jump':
        if (typeof to !== 'number') return [run(call('jumped', num(from), slot, now)), ...load()];
        return followed.leaves(from, slotOf(to)) ? moved(slot, now) : [];
    }
  };
  const isOther = logical('||', bin('!==', NODE, control(CONTROL.node)), bin('!==', TOP, TOP_NOW));
  return {
    ...inner,
    mode: { ...inner.mode, profiled: true },
    declare: () => [
      ...inner.declare(),
      declare('let', [
        [NODE.name, control(CONTROL.node)],
        [TOP.name, TOP_NOW],
        [LINK.name, num(0)],
        [CALLER.name, num(0)],
      ]),
    ],
    reload: () => [...inner.reload(), when(isOther, braces(load()))],
    transfer,
  };
}
