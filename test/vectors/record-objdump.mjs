// Records what objdump says about a sweep of instruction words: node test/vectors/record-objdump.mjs
// Needs riscv64-unknown-elf-objdump in PATH. Words are drawn without knowledge of our tables, so that the vectors
// also say which words are not instructions. The text of word i at address BASE + size * i is line i.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const OBJDUMP = 'riscv64-unknown-elf-objdump';
const BASE = 0x80000000;
const here = import.meta.dirname;

/** Marsaglia's xorshift32, seeded: recordings repeat exactly. */
let state = 0x2545f491;
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

const LOAD = 0x03;
const MISC_MEM = 0x0f;
const OP_IMM = 0x13;
const AUIPC = 0x17;
const OP_IMM_32 = 0x1b;
const STORE = 0x23;
const OP = 0x33;
const LUI = 0x37;
const OP_32 = 0x3b;
const BRANCH = 0x63;
const JALR = 0x67;
const JAL = 0x6f;
const SYSTEM = 0x73;

/** Every funct3 of every opcode of the base ISA and of M, with the funct7 values that matter and random others. */
function sweep() {
  const words = [0x00000073, 0x00100073, 0x8330000f, 0x0ff0000f, 0x0100000f, 0xc0001073];
  const put = (opcode, mask, bits, times) => {
    for (let i = 0; i < times; i++) words.push(((random() & mask) | bits | opcode) >>> 0);
  };
  for (const opcode of [LUI, AUIPC, JAL]) put(opcode, 0xffffff80, 0, 48);
  for (let funct3 = 0; funct3 < 8; funct3++) {
    for (const opcode of [LOAD, STORE, BRANCH, JALR, OP_IMM, OP_IMM_32]) put(opcode, 0xffff8f80, funct3 << 12, 24);
    for (const funct7 of [0, 1, 2, 16, 32, 33, 5, 48]) {
      const bits = ((funct7 << 25) | (funct3 << 12)) >>> 0;
      for (const opcode of [OP, OP_32, OP_IMM, OP_IMM_32]) put(opcode, 0x01ff8f80, bits, 12);
    }
    put(SYSTEM, 0xffff8f80, funct3 << 12, 4);
  }
  put(MISC_MEM, 0x0ff00000, 0, 64);
  return words;
}

function disassemble(bytes, xlen) {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const file = join(folder, 'words.bin');
    writeFileSync(file, bytes);
    const machine = `riscv:rv${xlen}`;
    const options = ['-D', '-z', '-b', 'binary', '-m', machine, '-M', 'no-aliases', `--adjust-vma=${BASE}`, file];
    const text = execFileSync(OBJDUMP, options, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return text.split('\n').flatMap(line => {
      const parts = /^\s*[0-9a-f]+:\t[0-9a-f ]+\t(.*)$/.exec(line);
      // The comment with a computed address is objdump's guess at what the registers hold.
      return parts ? [parts[1].replace(/ *#.*/, '').replace('\t', ' ').trim()] : [];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function record(name, header, lines) {
  writeFileSync(join(here, name), gzipSync(`${header}\n${lines.join('\n')}\n`, { level: 9 }));
}

const version = execFileSync(OBJDUMP, ['--version'], { encoding: 'utf8' }).split('\n')[0];
const words = sweep();
const halves = [];
for (let half = 0; half < 0x10000; half++) if ((half & 3) !== 3) halves.push(half);

for (const xlen of [32, 64]) {
  const header = `# ${version}, -m riscv:rv${xlen} -M no-aliases, first word at 0x${BASE.toString(16)}`;
  const texts = disassemble(Buffer.from(Uint32Array.from(words).buffer), xlen);
  if (texts.length !== words.length) throw new Error(`${texts.length} lines for ${words.length} words`);
  record(`objdump-rv${xlen}.txt.gz`, header, texts.map((text, i) => `${words[i].toString(16).padStart(8, '0')} ${text}`));
  const compressed = disassemble(Buffer.from(Uint16Array.from(halves).buffer), xlen);
  if (compressed.length !== halves.length) throw new Error(`${compressed.length} lines for ${halves.length} halves`);
  record(`objdump-rv${xlen}c.txt.gz`, header, compressed);
}
