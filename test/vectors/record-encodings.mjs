// Records every MATCH and MASK of Spike's riscv/encoding.h (which riscv-opcodes generates) as
// `name mask match` in hexadecimal: node test/vectors/record-encodings.mjs <encoding.h> <commit of riscv-isa-sim>
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [path, commit] = process.argv.slice(2);
const values = { MATCH: new Map(), MASK: new Map() };
for (const [, kind, name, value] of readFileSync(path, 'utf8').matchAll(/^#define (MATCH|MASK)_(\w+) (0x[0-9a-f]+)/gm)) {
  values[kind].set(name.toLowerCase(), BigInt(value).toString(16));
}
const lines = [...values.MATCH].map(([name, match]) => `${name} ${values.MASK.get(name)} ${match}`);
const text = `# riscv-isa-sim ${commit}, riscv/encoding.h\n${lines.join('\n')}\n`;
writeFileSync(join(import.meta.dirname, 'encodings.txt.gz'), gzipSync(text, { level: 9 }));
