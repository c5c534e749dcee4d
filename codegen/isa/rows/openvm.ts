// What OpenVM 1.4 has besides RV32IM: its own instructions, under custom-0, and every word of the SYSTEM opcode, which ends
// the run but for one that does nothing. All ask the host. Encodings: openvm:extensions/rv32im/guest/src/lib.rs.

import { type Definition, define } from '../row.ts';

const host = (text: string): Definition => define('OpenVM', text, { kind: 'ecall' });
const custom0 = (mnemonic: string, funct3: number, rest: string): Definition =>
  host(`${mnemonic} rd rs1 ${rest} 14..12=${funct3} 6..2=0x02 1..0=3`);
/** With funct3 0 those that have no CSR: ecall, ebreak, mret and what is like them. */
const system = (mnemonic: string, funct3: number): Definition =>
  host(`${mnemonic} rd rs1 imm12 14..12=${funct3} 6..2=0x1C 1..0=3`);

export function openvmRows(): readonly Definition[] {
  return [
    custom0('terminate', 0, 'imm12'),
    custom0('hint_storew', 1, '31..20=0'),
    custom0('hint_buffer', 1, '31..20=1'),
    custom0('reveal', 2, 'imm12'),
    custom0('hint_input', 3, '31..20=0'),
    custom0('print_str', 3, '31..20=1'),
    custom0('hint_random', 3, '31..20=2'),
    custom0('hint_load_by_key', 3, '31..20=3'),
    ...['system', 'csrrw', 'csrrs', 'csrrc', 'hsystem', 'csrrwi', 'csrrsi', 'csrrci'].map(system),
  ];
}
