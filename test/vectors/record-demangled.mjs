// Records what symbols are called by those who know: node test/vectors/record-demangled.mjs SYMBOLS RUST_DEMANGLER
// SYMBOLS has one a line: here from nm of rustc 1.95's compiler library, of rustc-demangle itself, of libstdc++ 12 and of
// Node 20, made by hand for constants and identifiers that are not ASCII, and every third of OpenVM 1.4's benchmark guests
// (base64_json, bubblesort, fibonacci, revm_snailtracer; all 3,590 of them were compared once). Names of Rust are those of a program that prints
// format!("{:#}", rustc_demangle::demangle(line)) with rustc-demangle 0.1.26, others those of binutils 2.40's c++filt.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const [list, rust] = process.argv.slice(2);
const symbols = [...new Set(readFileSync(list, 'utf8').trim().split('\n'))];
const isRust = symbol => symbol.startsWith('_R') || /17h[0-9a-f]{16}E/.test(symbol);
const named = (program, some) =>
  some.length === 0 ? [] : execFileSync(program, { input: `${some.join('\n')}\n`, encoding: 'utf8' }).trim().split('\n');
const lines = [
  [rust, symbols.filter(isRust)],
  ['c++filt', symbols.filter(symbol => !isRust(symbol))],
].flatMap(([program, some]) => {
  const names = named(program, some);
  return some.map((symbol, i) => `${symbol}\t${names[i]}\n`);
});
writeFileSync(join(import.meta.dirname, 'demangled.txt.gz'), gzipSync(lines.join(''), { level: 9 }));
