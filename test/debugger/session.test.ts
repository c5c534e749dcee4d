// gdb's remote protocol: packets, and sessions as a debugger has them, with what it must be told. Packets by the appendix "GDB
// Remote Serial Protocol" of gdb's manual.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf } from '../../runtime/hex.ts';
import { Connection, type Parting } from '../../src/debugger/connection.ts';
import { bytesOf, fromHex, PacketReader, packet, textOf } from '../../src/debugger/packets.ts';
import { debugTarget } from './debug-target.ts';

const read = (name: string): Uint8Array =>
  readFileSync(new URL(`../../examples/guests/bin/${name}.elf`, import.meta.url));

describe('packets', () => {
  it('have the checksum and escapes of the manual', () => {
    expect(textOf(packet(bytesOf('OK')))).toBe('$OK#9a');
    expect(textOf(packet(bytesOf('')))).toBe('$#00');
    expect(textOf(packet(bytesOf('a}b#c$d*')))).toBe('$a}\x5db}\x03c}\x04d}\x0a#ec');
  });

  it('are read from pieces of any size, whatever bytes they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.integer({ min: 1, max: 9 }), (all, size) => {
        const stream = Buffer.concat(all.map(packet));
        const reader = new PacketReader();
        const heard = [];
        for (let at = 0; at < stream.length; at += size) heard.push(...reader.push(stream.subarray(at, at + size)));
        expect(heard).toEqual(all.map(data => ({ kind: 'packet', data })));
      }),
      { numRuns: 50 },
    );
  });

  it('that are garbled are said to be, and nothing makes the reader throw', () => {
    expect(new PacketReader().push(bytesOf('$OK#9b'))).toEqual([{ kind: 'garbled' }]);
    expect(new PacketReader().push(bytesOf('+-\x03'))).toEqual(
      ['acknowledged', 'refused', 'interrupt'].map(kind => ({ kind })),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => void new PacketReader().push(bytes)));
  });
});

interface Talk {
  /** What is answered to a packet, outputs of the guest left out. */
  readonly ask: (text: string) => Promise<string>;
  readonly said: () => string;
  readonly parting: () => Parting | undefined;
}

function talkTo(name: string, args: readonly string[], times = 1): Talk {
  const reader = new PacketReader();
  const replies: string[] = [];
  let said = '';
  let parting: Parting | undefined;
  const write = (bytes: Uint8Array): void => {
    for (const heard of reader.push(bytes)) {
      if (heard.kind !== 'packet') continue;
      const text = textOf(heard.data);
      if (/^O[\da-f]/.test(text)) said += textOf(fromHex(text.slice(1))!);
      else replies.push(text);
    }
  };
  const { target, tell } = debugTarget(read(name), { args });
  const connection = new Connection(target, { write, turn: () => Promise.resolve() }, how => {
    parting = how;
  });
  tell(bytes => connection.output(bytes));
  const ask = async (text: string): Promise<string> => {
    await connection.push(Buffer.concat(new Array<Uint8Array>(times).fill(packet(bytesOf(text)))));
    return replies.splice(0).join('|');
  };
  return { ask, said: () => said, parting: () => parting };
}

const little = (value: bigint): string => hexOf(new Uint8Array(BigUint64Array.of(value).buffer));

describe('a session', () => {
  it('goes as gdb has it: features, registers, memory, a breakpoint, back, and the end', async () => {
    const { ask, said, parting } = talkTo('rec.rv64', ['5']);
    expect(await ask('qSupported:multiprocess+;swbreak+;hwbreak+')).toContain('ReverseContinue+');
    expect(await ask('?')).toBe('T05thread:1;');
    expect(await ask('qXfer:features:read:target.xml:0,4')).toBe('m<?xm');
    expect(await ask('qXfer:features:read:target.xml:0,ffff')).toMatch(/^l<\?xml[\s\S]*<reg name="pc" bitsize="64"/);
    expect(await ask('qXfer:features:read:other.xml:0,4')).toBe('E16');
    const { target } = debugTarget(read('rec.rv64'), { args: ['5'] });
    const [entry, descend] = [target.pc, target.run.program.rangeOf('descend')!.start];
    expect(await ask('p20')).toBe(little(BigInt(entry)));
    expect(await ask(`m${entry.toString(16)},4`)).toBe(
      hexOf(target.run.program.text.subarray(entry - target.run.text.base).subarray(0, 4)),
    );
    expect(await ask(`Z0,${descend.toString(16)},4`)).toBe('OK');
    expect(await ask('c')).toBe('T05swbreak:;thread:1;');
    expect(await ask('p20')).toBe(little(BigInt(descend)));
    // a0 is the depth that is left.
    expect(await ask('pa')).toBe(little(5n));
    expect(await ask('vCont;c')).toBe('T05swbreak:;thread:1;');
    expect(await ask('pa')).toBe(little(4n));
    expect(await ask('bc')).toBe('T05swbreak:;thread:1;');
    expect(await ask('pa')).toBe(little(5n));
    expect(await ask('bc')).toBe('T05replaylog:begin;thread:1;');
    expect(await ask('p20')).toBe(little(BigInt(entry)));
    expect(await ask('s')).toBe('T05thread:1;');
    expect(await ask('bs')).toBe('T05thread:1;');
    expect(await ask('p20')).toBe(little(BigInt(entry)));
    expect(await ask(`z0,${descend.toString(16)},4`)).toBe('OK');
    expect(said()).toBe('');
    expect(await ask('c')).toBe('W00');
    expect(said()).toContain('depth 5 result');
    expect(parting()).toBe('ended');
  });

  it('changes registers and memory, and what follows is of the change', async () => {
    const { ask, said } = talkTo('rec.rv64', ['5']);
    const { target } = debugTarget(read('rec.rv64'), { args: ['5'] });
    const descend = target.run.program.rangeOf('descend')!.start.toString(16);
    await ask(`Z1,${descend},4`);
    await ask('c');
    expect(await ask(`Pa=${little(2n)}`)).toBe('OK');
    const sp = Number(
      BigInt.asUintN(
        64,
        (await ask('p2')).match(/../g)!.reduceRight((all, byte) => (all << 8n) | BigInt(`0x${byte}`), 0n),
      ),
    );
    expect(await ask(`M${(sp - 64).toString(16)},2:beef`)).toBe('OK');
    expect(await ask(`X${(sp - 62).toString(16)},2:a#`)).toBe('OK');
    expect(await ask(`m${(sp - 64).toString(16)},4`)).toBe('beef6123');
    await ask(`z1,${descend},4`);
    expect(await ask('c')).toBe('W00');
    const plain = talkTo('rec.rv64', ['2']);
    await plain.ask('c');
    expect(said().replace('depth 5', 'depth 2')).toBe(plain.said());
  });

  it('names signals of faults, answers nothing to what it does not know, and lets go', async () => {
    const { ask, parting } = talkTo('faults.rv64', ['wild-store']);
    expect(await ask('c')).toBe('T0bthread:1;');
    expect(await ask('vMustReplyEmpty')).toBe('');
    expect(await ask('m0,zz')).toBe('E16');
    expect(await ask('mffffffffffffff00,4')).toBe('E0e');
    expect(await ask('p21')).toBe('E16');
    expect(await ask('Z0,3,4')).toBe('E0e');
    const help = await ask(`qRcmd,${hexOf(bytesOf('help'))}`);
    expect(textOf(fromHex(help)!)).toContain('goto N');
    const where = await ask(`qRcmd,${hexOf(bytesOf('where'))}`);
    expect(textOf(fromHex(where)!)).toBe('write_at, after 456 instructions\n');
    expect(await ask('D')).toBe('OK');
    expect(parting()).toBe('detached');
  });

  it('answers once what a debugger that has waited sends again', async () => {
    const { ask } = talkTo('rec.rv64', ['5'], 3);
    expect(await ask('qC')).toBe('QC1');
  });

  it('is not thrown out by any packet', async () => {
    const words = fc.constantFrom(
      'g',
      'G',
      'p',
      'P0=',
      'm0,',
      'M0,1:',
      'X0,1:',
      'Z0,',
      'z2,0,',
      'q',
      'Q',
      'v',
      'H',
      'T',
      '?',
      'qXfer:features:read:',
      'qRcmd,',
      'bs',
      's',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(words, fc.string({ maxLength: 12 })), { maxLength: 12 }), async asked => {
        const { ask } = talkTo('fibonacci.rv64', []);
        for (const [word, rest] of asked) await ask(word + rest);
      }),
      { numRuns: 10 },
    );
  });
});
