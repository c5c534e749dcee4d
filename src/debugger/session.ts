// Answers a debugger: packets of gdb's remote protocol in, replies out; what runs the guest is the caller's to run.

import { demangle } from '../../codegen/demangle/demangle.ts';
import type { Exit } from '../../runtime/exit.ts';
import { hexOf } from '../../runtime/hex.ts';
import { PC_NUMBER, REGISTERS, targetDescription } from './description.ts';
import { bytesOf, fromHex, PACKET_BYTES, textOf } from './packets.ts';
import type { DebugTarget, Stop } from './target.ts';
import type { WatchKind } from './watch-observer.ts';

/** What a packet asks for that takes time. */
export type Motion = 'step' | 'continue' | 'step back' | 'continue back';

export type Answer =
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'run'; readonly motion: Motion }
  /** The debugger goes: the guest runs on by itself, or not. */
  | { readonly kind: 'leave'; readonly text: string; readonly runsOn: boolean };

const OK = 'OK';
/** What gdb shows of these is only that something failed. */
const [BAD, NO_MEMORY] = ['E16', 'E0e'];
const SIGNAL = { interrupt: '02', illegal: '04', trap: '05', abort: '06', bus: '0a', access: '0b' } as const;
const WATCH_KINDS: Readonly<Record<string, WatchKind>> = { 2: 'write', 3: 'read', 4: 'access' };
const WATCH_WORDS: Readonly<Record<WatchKind, string>> = { write: 'watch', read: 'rwatch', access: 'awatch' };
const BYTE = 8n;

/** Of the end of a run, as a signal that the guest was sent. */
function signalOf(exit: Exit): string {
  if (exit.kind === 'unsupported') return SIGNAL.illegal;
  if (exit.kind !== 'fault') return SIGNAL.abort;
  if (exit.cause.endsWith('misaligned')) return SIGNAL.bus;
  if (exit.cause === 'illegal-instruction') return SIGNAL.illegal;
  if (exit.cause === 'breakpoint') return SIGNAL.trap;
  return exit.cause === 'syscall' ? SIGNAL.abort : SIGNAL.access;
}

const numberOf = (text: string | undefined): number =>
  text !== undefined && /^[\da-f]{1,16}$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN;

export class Session {
  readonly #target: DebugTarget;
  readonly #bytes: number;
  #last: Stop = { kind: 'done' };
  /** Whether gdb takes acknowledgements, and words about breakpoints. */
  acknowledges = true;
  #knowsBreakpoints = false;

  constructor(target: DebugTarget) {
    this.#target = target;
    this.#bytes = target.run.text.isa.xlen / 8;
  }

  answer(data: Uint8Array): Answer {
    const text = textOf(data);
    const motion = this.#motionOf(text);
    if (motion !== undefined) return { kind: 'run', motion };
    if (text === 'k' || text.startsWith('vKill')) return { kind: 'leave', text: OK, runsOn: false };
    if (text === 'D' || text.startsWith('D;')) return { kind: 'leave', text: OK, runsOn: true };
    return { kind: 'reply', text: this.#reply(text, data) };
  }

  #motionOf(text: string): Motion | undefined {
    if (/^s([\da-f]*)$/.test(text) || /^vCont;s/.test(text)) return 'step';
    if (/^c([\da-f]*)$/.test(text) || /^vCont;c/.test(text)) return 'continue';
    if (text === 'bs') return 'step back';
    return text === 'bc' ? 'continue back' : undefined;
  }

  #reply(text: string, data: Uint8Array): string {
    switch (text[0]) {
      case '?':
        return this.stopped(this.#last);
      case 'g':
        return Array.from({ length: REGISTERS }, (_, r) => this.#register(r)).join('');
      case 'G':
        return this.#setAll(text.slice(1));
      case 'p':
        return this.#register(numberOf(text.slice(1)));
      case 'P':
        return this.#set(text.slice(1));
      case 'm':
        return this.#memory(text.slice(1));
      case 'M':
        return this.#write(text.slice(1).split(':')[0]!, fromHex(text.split(':')[1] ?? ' '));
      case 'X':
        return this.#write(text.slice(1).split(':')[0]!, data.subarray(data.indexOf(0x3a) + 1));
      case 'Z':
      case 'z':
        return this.#point(text[0] === 'Z', text.slice(1).split(';')[0]!.split(','));
      case 'H':
      case 'T':
        return OK;
      case 'q':
      case 'Q':
        return this.#query(text);
      case 'v':
        return text === 'vCont?' ? 'vCont;c;C;s;S' : '';
      default:
        return '';
    }
  }

  #query(text: string): string {
    const [, name = '', rest = ''] = /^([A-Za-z]+)[:,;]?(.*)$/s.exec(text) ?? [];
    switch (name) {
      case 'qSupported':
        this.#knowsBreakpoints = rest.includes('swbreak+');
        return `PacketSize=${PACKET_BYTES.toString(16)};QStartNoAckMode+;qXfer:features:read+;ReverseStep+;ReverseContinue+;swbreak+;hwbreak+;vContSupported+`;
      case 'QStartNoAckMode':
        this.acknowledges = false;
        return OK;
      case 'qXfer':
        return this.#transfer(rest);
      case 'qC':
        return 'QC1';
      case 'qfThreadInfo':
        return 'm1';
      case 'qsThreadInfo':
        return 'l';
      case 'qAttached':
        return '1';
      case 'qSymbol':
        return OK;
      case 'qRcmd':
        return hexOf(new TextEncoder().encode(this.#monitor(textOf(fromHex(rest) ?? new Uint8Array()))));
      default:
        return '';
    }
  }

  #transfer(rest: string): string {
    const [, range] = /^features:read:target\.xml:([\da-f]+,[\da-f]+)$/.exec(rest) ?? [];
    if (range === undefined) return rest.startsWith('features:read:') ? BAD : '';
    const [from, length] = range.split(',').map(numberOf) as [number, number];
    const whole = targetDescription(this.#target.run.text.isa.xlen);
    const part = whole.slice(from, from + length);
    return (from + length < whole.length ? 'm' : 'l') + part;
  }

  #register(r: number): string {
    if (!(r >= 0 && r < REGISTERS)) return BAD;
    const { run, pc } = this.#target;
    return this.#hex(r === PC_NUMBER ? BigInt(pc) : run.memory.readRegister(r));
  }

  /** As bytes, the lowest first. */
  #hex(value: bigint): string {
    return hexOf(Uint8Array.from({ length: this.#bytes }, (_, i) => Number((value >> (BYTE * BigInt(i))) & 0xffn)));
  }

  #valueOf(hex: string): bigint | undefined {
    const bytes = fromHex(hex);
    if (bytes?.length !== this.#bytes) return undefined;
    return bytes.reduceRight((value, byte) => (value << BYTE) | BigInt(byte), 0n);
  }

  #set(text: string): string {
    const [name, hex = ''] = text.split('=');
    const [r, value] = [numberOf(name), this.#valueOf(hex)];
    if (!(r >= 0 && r < REGISTERS) || value === undefined) return BAD;
    if (r === PC_NUMBER) this.#target.setPc(Number(value));
    else if (r > 0) this.#target.setRegister(r, value);
    return OK;
  }

  #setAll(hex: string): string {
    const digits = 2 * this.#bytes;
    if (hex.length !== REGISTERS * digits) return BAD;
    const one = (r: number): string => `${r.toString(16)}=${hex.slice(r * digits, (r + 1) * digits)}`;
    const replies = Array.from({ length: REGISTERS }, (_, r) => this.#set(one(r)));
    return replies.every(reply => reply === OK) ? OK : BAD;
  }

  #memory(text: string): string {
    const [address, length] = text.split(',').map(numberOf);
    if (!(address! >= 0 && length! >= 0 && length! <= PACKET_BYTES / 2)) return BAD;
    const bytes = this.#target.read(address!, length!);
    return bytes === undefined ? NO_MEMORY : hexOf(bytes);
  }

  #write(range: string, bytes: Uint8Array | undefined): string {
    const [address, length] = range.split(',').map(numberOf);
    if (!(address! >= 0) || bytes === undefined || bytes.length !== length) return BAD;
    return length === 0 || this.#target.setMemory(address!, bytes) ? OK : NO_MEMORY;
  }

  /** Sets or takes back a breakpoint or a watchpoint. */
  #point(isSet: boolean, [type, at, size]: readonly string[]): string {
    const [address, bytes] = [numberOf(at), numberOf(size)];
    if (Number.isNaN(address) || Number.isNaN(bytes)) return BAD;
    if (type === '0' || type === '1') return this.#target.setBreakpoint(address, isSet) ? OK : NO_MEMORY;
    const kind = WATCH_KINDS[type ?? ''];
    if (kind === undefined) return '';
    this.#target.setWatchpoint({ kind, address, bytes }, isSet);
    return OK;
  }

  #monitor(command: string): string {
    const [word = '', argument] = command.trim().split(/\s+/);
    const target = this.#target;
    switch (word) {
      case 'instructions':
        return `${target.instructions}\n`;
      case 'calls': {
        const calls = Object.entries(target.run.machine.syscalls).map(([name, n]) => `${name} ${n}\n`);
        return calls.length === 0 ? 'none\n' : calls.join('');
      }
      case 'where':
        return `${demangle(target.run.program.describeAddress(target.pc))}, after ${target.instructions} instructions\n`;
      case 'goto': {
        const wanted = /^\d+$/.test(argument ?? '') ? Number(argument) : Number.NaN;
        if (!Number.isSafeInteger(wanted)) return 'goto wants a number of instructions\n';
        target.seek(wanted);
        return `after ${target.instructions} instructions; gdb has to be told: maintenance flush register-cache\n`;
      }
      default:
        return 'instructions: how many were executed\ncalls: system calls so far\nwhere: the function of the pc\ngoto N: to where N instructions were executed\n';
    }
  }

  /** The packet that says how the guest stopped. */
  stopped(stop: Stop): string {
    this.#last = stop;
    switch (stop.kind) {
      case 'done':
        return `T${SIGNAL.trap}thread:1;`;
      case 'breakpoint':
        return `T${SIGNAL.trap}${this.#knowsBreakpoints ? 'swbreak:;' : ''}thread:1;`;
      case 'watchpoint':
        return `T${SIGNAL.trap}${WATCH_WORDS[stop.watch.kind]}:${stop.watch.address.toString(16)};thread:1;`;
      case 'start':
        return `T${SIGNAL.trap}replaylog:begin;thread:1;`;
      case 'interrupted':
        return `T${SIGNAL.interrupt}thread:1;`;
      case 'ended':
        if (stop.exit.kind === 'halted') return `W${((stop.exit.code >>> 0) & 0xff).toString(16).padStart(2, '0')}`;
        return `T${signalOf(stop.exit)}thread:1;`;
    }
  }

  /** Something that the guest wrote. */
  static output(bytes: Uint8Array): Uint8Array {
    return bytesOf(`O${hexOf(bytes)}`);
  }
}
