// What gdb is told of a hart: its registers by number, as features of the target description say.
// Reference: "RISC-V Features" of the appendix "Target Descriptions" of gdb's manual.

/** x0 to x31, then the pc. */
export const PC_NUMBER = 32;
export const REGISTERS = 33;

const NAMES =
  'zero ra sp gp tp t0 t1 t2 fp s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(' ');

export function targetDescription(xlen: 32 | 64): string {
  const typeOf = (name: string): string => (name === 'sp' || name === 'gp' || name === 'fp' ? 'data_ptr' : 'int');
  const registers = NAMES.map(
    (name, i) =>
      `    <reg name="${name}" bitsize="${xlen}" type="${i === 1 ? 'code_ptr' : typeOf(name)}" regnum="${i}"/>`,
  );
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0">',
    `  <architecture>riscv:rv${xlen}</architecture>`,
    '  <feature name="org.gnu.gdb.riscv.cpu">',
    ...registers,
    `    <reg name="pc" bitsize="${xlen}" type="code_ptr" regnum="${PC_NUMBER}"/>`,
    '  </feature>',
    '</target>',
    '',
  ].join('\n');
}
