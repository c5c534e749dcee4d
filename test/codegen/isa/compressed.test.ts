import { describe, expect, it } from 'vitest';
import { makeDecoder } from '../../../codegen/isa/decode.ts';
import { disassemble } from '../../../codegen/isa/disassemble.ts';
import { isa } from '../../../codegen/isa/index.ts';
import { recorded } from './vectors.ts';

const BASE = 0x80000000n;

describe.each([32, 64] as const)('all 49,152 compressed encodings of RV%i', xlen => {
  const set = isa(`rv${xlen}imc`);
  const decode = makeDecoder(set);
  const halves = Array.from({ length: 0x10000 }, (_, half) => half).filter(half => (half & 3) !== 3);
  const texts = recorded(`objdump-rv${xlen}c`);

  /** What objdump 2.40 names and the integer subset of C does not have. */
  function isRefused(text: string): boolean {
    if (/^(\.2byte|c\.unimp|c\.f)/.test(text)) return true;
    if (text === 'c.addi16sp sp,0') return true; // reserved
    return xlen === 32 && /^c\.s(ll|rl|ra)i .*,0x[23][0-9a-f]$/.test(text); // for custom use
  }

  it('are shown as objdump shows them, or refused', () => {
    expect(texts.length).toBe(halves.length);
    const wrong: unknown[] = [];
    halves.forEach((half, i) => {
      const text = texts[i]!;
      const instruction = decode(half);
      const ours = instruction && disassemble(instruction, BASE + BigInt(2 * i));
      if (ours !== (isRefused(text) ? undefined : text)) wrong.push([half.toString(16), text, ours]);
    });
    expect(wrong).toEqual([]);
  });

  it('do not depend on the bits that follow them', () => {
    for (const half of [0x0505, 0x4108, 0x8082, 0x9002])
      expect(decode((0xabcd0000 | half) >>> 0)).toEqual(decode(half));
  });

  it('are refused by a set without C', () => {
    const plain = makeDecoder(isa(`rv${xlen}im`));
    for (let half = 0; half < 0x10000; half += 5) if ((half & 3) !== 3) expect(plain(half)).toBeUndefined();
  });

  it('expand to what the chapter on C of the unprivileged ISA manual says', () => {
    const expansion = (half: number): unknown => {
      const { row, rd, rs1, rs2, imm, size } = decode(half)!;
      return { base: row.mnemonic, rd, rs1, rs2, imm, size };
    };
    // Words from GNU assembler 2.40, expansions from the manual. QEMU's recorded results check the others.
    expect(expansion(0x852e)).toEqual({ base: 'add', rd: 10, rs1: 0, rs2: 11, imm: 0, size: 2 }); // c.mv a0,a1
    expect(expansion(0x4505)).toEqual({ base: 'addi', rd: 10, rs1: 0, rs2: 0, imm: 1, size: 2 }); // c.li a0,1
    expect(expansion(0x717d)).toEqual({ base: 'addi', rd: 2, rs1: 2, rs2: 0, imm: -16, size: 2 }); // c.addi16sp sp,-16
    expect(expansion(0x1fe8)).toEqual({ base: 'addi', rd: 10, rs1: 2, rs2: 0, imm: 1020, size: 2 }); // c.addi4spn
    expect(expansion(0x70fd)).toEqual({ base: 'lui', rd: 1, rs1: 0, rs2: 0, imm: -4096, size: 2 }); // c.lui ra,0xfffff
    expect(expansion(0x8082)).toEqual({ base: 'jalr', rd: 0, rs1: 1, rs2: 0, imm: 0, size: 2 }); // c.jr ra
    expect(expansion(0x9082)).toEqual({ base: 'jalr', rd: 1, rs1: 1, rs2: 0, imm: 0, size: 2 }); // c.jalr ra
    expect(expansion(0xa001)).toEqual({ base: 'jal', rd: 0, rs1: 0, rs2: 0, imm: 0, size: 2 }); // c.j .
    expect(expansion(0xdfed)).toEqual({ base: 'beq', rd: 0, rs1: 15, rs2: 0, imm: -6, size: 2 }); // c.beqz a5,.-6
    expect(expansion(0xe709)).toEqual({ base: 'bne', rd: 0, rs1: 14, rs2: 0, imm: 10, size: 2 }); // c.bnez a4,.+10
    expect(expansion(0x4532)).toEqual({ base: 'lw', rd: 10, rs1: 2, rs2: 0, imm: 12, size: 2 }); // c.lwsp a0,12(sp)
    expect(expansion(0xc02a)).toEqual({ base: 'sw', rd: 0, rs1: 2, rs2: 10, imm: 0, size: 2 }); // c.swsp a0,0(sp)
    expect(expansion(0x9002)).toEqual({ base: 'ebreak', rd: 0, rs1: 0, rs2: 0, imm: 0, size: 2 }); // c.ebreak
    if (xlen === 32) {
      expect(expansion(0x37cd)).toEqual({ base: 'jal', rd: 1, rs1: 0, rs2: 0, imm: -30, size: 2 }); // c.jal .-30
    } else {
      expect(expansion(0x6562)).toEqual({ base: 'ld', rd: 10, rs1: 2, rs2: 0, imm: 24, size: 2 }); // c.ldsp a0,24(sp)
      expect(expansion(0xf02e)).toEqual({ base: 'sd', rd: 0, rs1: 2, rs2: 11, imm: 32, size: 2 }); // c.sdsp a1,32(sp)
    }
  });
});
