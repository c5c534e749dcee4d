// The same program on each engine: the same answer, the same count, another speed.
//   node examples/compare-engines.mjs [program.elf [arguments…]]
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execute } from 'jit-exec';

const sort = fileURLToPath(new URL('guests/bin/sort.rv32.elf', import.meta.url));
const [path = sort, ...given] = process.argv.slice(2);
const args = path === sort && given.length === 0 ? ['200000'] : given;
const bytes = readFileSync(path);

for (const engine of ['interpreter', 'js', 'wasm']) {
  let output = '';
  const stdout = piece => {
    output += new TextDecoder().decode(piece);
  };
  const result = execute(bytes, { name: path, args, engine, stdout });
  if (result.engine !== engine) continue; // not every host has every engine
  const speed = `${result.seconds.toFixed(2)} s, ${result.mips.toFixed(0)} MIPS`;
  console.log(`${engine}: ${result.instructions} instructions, ${speed}, ${output.trim().split('\n').at(-1)}`);
}
