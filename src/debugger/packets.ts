// Packets of gdb's remote serial protocol as bytes: `$text#checksum`, with `}` before bytes that would be read as something else.
// Reference: "Overview" of the appendix "GDB Remote Serial Protocol" of gdb's manual.

const [DOLLAR, HASH, ESCAPE, STAR] = [0x24, 0x23, 0x7d, 0x2a];
const ESCAPED = 0x20;
const [ACK, NAK, INTERRUPT] = [0x2b, 0x2d, 0x03];
/** Longest packet that is taken: a larger one is somebody who does not speak the protocol. */
export const PACKET_BYTES = 0x4000;

export type Heard =
  | { readonly kind: 'packet'; readonly data: Uint8Array }
  /** A packet whose checksum is wrong. */
  | { readonly kind: 'garbled' }
  | { readonly kind: 'acknowledged' | 'refused' | 'interrupt' };

const HEX = /^[\da-f]{2}$/i;

function unescaped(bytes: readonly number[]): Uint8Array {
  const data: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === ESCAPE && i + 1 < bytes.length) data.push(bytes[++i]! ^ ESCAPED);
    else data.push(bytes[i]!);
  }
  return Uint8Array.from(data);
}

/** Finds packets in what comes in pieces of any size. */
export class PacketReader {
  /** Of the packet that is under way, from behind its `$`. */
  #body: number[] | undefined;
  /** The digits of its checksum so far. */
  #digits: string | undefined;

  push(bytes: Uint8Array): Heard[] {
    const heard: Heard[] = [];
    for (const byte of bytes) {
      const one = this.#take(byte);
      if (one !== undefined) heard.push(one);
    }
    return heard;
  }

  #take(byte: number): Heard | undefined {
    if (this.#body === undefined) return this.#between(byte);
    if (this.#digits !== undefined) return this.#checksum(byte);
    if (byte === HASH) this.#digits = '';
    else if (byte === DOLLAR) this.#body = [];
    else if (this.#body.length >= PACKET_BYTES) this.#body = undefined;
    else this.#body.push(byte);
    return undefined;
  }

  #between(byte: number): Heard | undefined {
    switch (byte) {
      case DOLLAR:
        this.#body = [];
        return undefined;
      case ACK:
        return { kind: 'acknowledged' };
      case NAK:
        return { kind: 'refused' };
      case INTERRUPT:
        return { kind: 'interrupt' };
      default:
        return undefined;
    }
  }

  #checksum(byte: number): Heard | undefined {
    this.#digits += String.fromCharCode(byte);
    if (this.#digits!.length < 2) return undefined;
    const [body, digits] = [this.#body!, this.#digits!];
    this.#body = undefined;
    this.#digits = undefined;
    const sum = body.reduce((total, one) => (total + one) & 0xff, 0);
    if (!HEX.test(digits) || Number.parseInt(digits, 16) !== sum) return { kind: 'garbled' };
    return { kind: 'packet', data: unescaped(body) };
  }
}

/** A packet with its frame. */
export function packet(data: Uint8Array): Uint8Array {
  const body: number[] = [];
  for (const byte of data) {
    if (byte === DOLLAR || byte === HASH || byte === ESCAPE || byte === STAR) body.push(ESCAPE, byte ^ ESCAPED);
    else body.push(byte);
  }
  const sum = body.reduce((total, one) => (total + one) & 0xff, 0);
  const digits = sum.toString(16).padStart(2, '0');
  return Uint8Array.from([DOLLAR, ...body, HASH, digits.charCodeAt(0), digits.charCodeAt(1)]);
}

export const ACKNOWLEDGEMENT: Uint8Array = Uint8Array.of(ACK);
export const REFUSAL: Uint8Array = Uint8Array.of(NAK);

/** Texts of the protocol are bytes, one a character. */
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0));
export const textOf = (bytes: Uint8Array): string => Array.from(bytes, byte => String.fromCharCode(byte)).join('');
/** Undefined where it is no even number of hexadecimal digits. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[\da-f]*$/i.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
