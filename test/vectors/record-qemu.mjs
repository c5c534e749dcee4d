// Records what QEMU user mode computes for single instructions: node test/vectors/record-qemu.mjs
// Needs qemu-riscv32, qemu-riscv64 and riscv64-unknown-elf-gcc in PATH. One line per case, in hexadecimal:
//   <word> <rs1> <rs2> <result>
// result is rd after arithmetic and loads, 1 or 0 for a branch taken or not, and for stores the doubleword (RV32: word)
// at offset 16 of the scratch memory afterwards. The address operand of loads and stores is an offset into that
// memory, whose byte i is (37 * i + 129) mod 256 before each case.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const SCRATCH_BYTES = 48;
const here = import.meta.dirname;

/** Marsaglia's xorshift64, seeded: recordings repeat exactly. */
let state = 0x9e3779b97f4a7c15n;
function random() {
  state ^= BigInt.asUintN(64, state << 13n);
  state ^= state >> 7n;
  state ^= BigInt.asUintN(64, state << 17n);
  return state;
}

const EDGES = [0n, 1n, 2n, -1n, -7n, 31n, 33n, 0x7fffffffn, 0x80000000n, -(2n ** 31n), 2n ** 63n - 1n, 2n ** 63n];
const BINARY = ['add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and', 'mul', 'mulh', 'mulhsu', 'mulhu'].concat(
  ['div', 'divu', 'rem', 'remu'],
);
const BINARY_64 = ['addw', 'subw', 'sllw', 'srlw', 'sraw', 'mulw', 'divw', 'divuw', 'remw', 'remuw'];
const IMMEDIATE = ['addi', 'slti', 'sltiu', 'xori', 'ori', 'andi'];
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];

/** The cases of one xlen: { kind, text, rs1, rs2, values }, texts being assembly with a0, a1 in and a2 out. */
function casesFor(xlen) {
  const wide = xlen === 64;
  const edges = [...new Set(EDGES.map(edge => BigInt.asUintN(xlen, edge)))];
  const cases = [];
  const put = (kind, text, rs1, rs2 = 0n) => cases.push({ kind, text, rs1, rs2 });
  const value = () => BigInt.asUintN(xlen, random() >> BigInt(Number(random() % 64n)));
  const pairs = [...edges.flatMap(a => edges.map(b => [a, b])), ...Array.from({ length: 24 }, () => [value(), value()])];
  for (const head of [...BINARY, ...(wide ? BINARY_64 : [])]) {
    for (const [a, b] of pairs) put('rd', `${head} a2,a0,a1`, a, b);
  }
  for (const head of BRANCHES) for (const [a, b] of pairs) put('branch', `${head} a0,a1,1f`, a, b);
  const singles = [...edges, ...Array.from({ length: 4 }, value)];
  for (const a of singles) {
    for (const head of [...IMMEDIATE, ...(wide ? ['addiw'] : [])]) {
      for (const imm of [0, 1, -1, 2047, -2048]) put('rd', `${head} a2,a0,${imm}`, a);
    }
    for (const head of ['slli', 'srli', 'srai']) {
      for (const by of [0, 1, 31, ...(wide ? [32, 63] : [])]) put('rd', `${head} a2,a0,${by}`, a);
      if (wide) for (const by of [0, 1, 31]) put('rd', `${head}w a2,a0,${by}`, a);
    }
    compressedCases(put, a, singles, wide);
  }
  for (const imm of [0, 1, 0x7ffff, 0x80000, 0xfffff]) put('rd', `lui a2,${imm}`, 0n);
  memoryCases(put, value, wide);
  return cases;
}

function compressedCases(put, a, others, wide) {
  for (const head of ['c.and', 'c.or', 'c.xor', 'c.sub', 'c.add', 'c.mv', ...(wide ? ['c.addw', 'c.subw'] : [])]) {
    for (const b of others) put('a0', `${head} a0,a1`, a, b);
  }
  for (const imm of [1, -1, 31, -32]) {
    for (const head of ['c.addi', 'c.andi', 'c.li', ...(wide ? ['c.addiw'] : [])]) put('a0', `${head} a0,${imm}`, a);
  }
  for (const imm of [1, 31, 0xfffe0, 0xfffff]) put('a0', `c.lui a0,${imm}`, a);
  for (const by of [1, 31, ...(wide ? [32, 63] : [])]) {
    for (const head of ['c.slli', 'c.srli', 'c.srai']) put('a0', `${head} a0,${by}`, a);
  }
  put('c-branch', 'c.beqz a0,1f', a);
  put('c-branch', 'c.bnez a0,1f', a);
}

function memoryCases(put, value, wide) {
  const loads = ['lb', 'lbu', 'lh', 'lhu', 'lw', ...(wide ? ['lwu', 'ld'] : [])];
  for (const head of loads) {
    for (let offset = 0; offset < 32; offset++) put('load', `${head} a2,${offset - 20}(a0)`, 20n);
  }
  for (const head of ['sb', 'sh', 'sw', ...(wide ? ['sd'] : [])]) {
    for (const offset of [0, 1, 2, 3, 4, 6, 8]) put('store', `${head} a1,${offset - 2}(a0)`, 16n, value());
  }
  for (const [unit, size] of [['w', 4], ...(wide ? [['d', 8]] : [])]) {
    for (let offset = 0; offset <= 32; offset += size) put('load', `c.l${unit} a2,${offset}(a0)`, 4n);
    for (const offset of [0, size, 2 * size]) put('store', `c.s${unit} a1,${offset}(a0)`, 12n, value());
  }
}

const BEFORE = { 'c-branch': '', branch: '', rd: '', a0: '', load: 'add a0,a0,s1', store: 'add a0,a0,s1' };
const AFTER = {
  rd: '',
  load: '',
  store: 'LX a2,16(s1)',
  a0: 'mv a2,a0',
  branch: 'li a2,0\nj 2f\n1: li a2,1\n2:',
  'c-branch': 'li a2,0\nj 2f\n1: li a2,1\n2:',
};

/** A program that runs the cases one after another and writes an array of (rd, word) to its standard output. */
function program(cases, xlen) {
  const bytes = xlen / 8;
  const unit = xlen === 64 ? 'd' : 'w';
  const macros = `.macro LX r,m\nl${unit} \\r,\\m\n.endm\n.macro SX r,m\ns${unit} \\r,\\m\n.endm\n`;
  const pattern = `.Lpattern:\nla t0,pattern\nmv t1,s1\nli t2,${SCRATCH_BYTES}\n3: lbu t3,0(t0)\nsb t3,0(t1)\naddi t0,t0,1\naddi t1,t1,1\naddi t2,t2,-1\nbnez t2,3b\nret\n`;
  const body = cases.map(({ kind, text }) =>
    [
      'jal .Lpattern',
      'LX a0,0(s0)',
      `LX a1,${bytes}(s0)`,
      BEFORE[kind],
      `4: .option push\n.option ${text.startsWith('c.') ? 'rvc' : 'norvc'}\n${text}\n.option pop`,
      AFTER[kind],
      `SX a2,${2 * bytes}(s0)`,
      `la t0,4b\nlhu t1,0(t0)\nlhu t2,2(t0)\nslli t2,t2,16\nor t1,t1,t2\nsw t1,${3 * bytes}(s0)`,
      `addi s0,s0,${4 * bytes}`,
    ].join('\n'),
  );
  const data = cases.map(({ rs1, rs2 }) => `.${bytes}byte ${rs1},${rs2},0,0`).join('\n');
  const bytesOfPattern = Array.from({ length: SCRATCH_BYTES }, (_, i) => (37 * i + 129) & 255).join(',');
  const total = cases.length * 4 * bytes;
  // Linux on RISC-V: a7 = 64 is write, 93 is exit.
  const end = `la a1,table\nli a2,${total}\n5: li a0,1\nli a7,64\necall\nadd a1,a1,a0\nsub a2,a2,a0\nbnez a2,5b\nli a0,0\nli a7,93\necall\n`;
  return `${macros}.option norvc\n.globl _start\n.text\n_start:\nla s0,table\nla s1,scratch\n${body.join('\n')}\n${end}${pattern}.data\npattern: .byte ${bytesOfPattern}\n.balign 8\nscratch: .zero ${SCRATCH_BYTES}\ntable:\n${data}\n`;
}

function run(source, xlen) {
  const folder = mkdtempSync(join(tmpdir(), 'qemu-'));
  try {
    const [text, elf] = [join(folder, 'cases.s'), join(folder, 'cases')];
    writeFileSync(text, source);
    const abi = xlen === 64 ? ['-march=rv64imc', '-mabi=lp64'] : ['-march=rv32imc', '-mabi=ilp32'];
    execFileSync('riscv64-unknown-elf-gcc', [...abi, '-nostdlib', '-mno-relax', '-o', elf, text]);
    return execFileSync(`qemu-riscv${xlen}`, [elf], { maxBuffer: 1 << 28 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const xlen of [32, 64]) {
  const cases = casesFor(xlen);
  const output = run(program(cases, xlen), xlen);
  const bytes = xlen / 8;
  const read = at => (xlen === 64 ? output.readBigUInt64LE(at) : BigInt(output.readUInt32LE(at)));
  if (output.length !== cases.length * 4 * bytes) throw new Error(`${output.length} bytes for ${cases.length} cases`);
  const lines = cases.map(({ text, rs1, rs2 }, i) => {
    const at = i * 4 * bytes;
    const raw = output.readUInt32LE(at + 3 * bytes);
    const word = text.startsWith('c.') ? raw & 0xffff : raw;
    return [word, rs1, rs2, read(at + 2 * bytes)].map(value => value.toString(16)).join(' ');
  });
  const version = execFileSync(`qemu-riscv${xlen}`, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  const header = `# ${version}: word rs1 rs2 result`;
  writeFileSync(join(here, `qemu-rv${xlen}.txt.gz`), gzipSync(`${header}\n${lines.join('\n')}\n`, { level: 9 }));
}
