/**
 * Guest bytes in, tables and program text out: the parts that need no machine to run on. Pure functions, all of them.
 * Internals by name for tools and tests; the package's main entry is what stays stable between minor versions.
 *
 * @module
 */

export { type Elf, type ElfSymbol, type Note, parseElf, type Segment, type SymbolKind } from './elf/elf.ts';
export { type CompressedForm, type Instruction, makeDecoder } from './isa/decode.ts';
/** An instruction in the notation of `objdump -M no-aliases`. */
export { disassemble, REGISTER_NAMES } from './isa/disassemble.ts';
export { encode, type Operands } from './isa/encode.ts';
/** The slow, obvious meaning of every instruction, on BigInt: the oracle that engines are tested against. */
export { type OracleState, oracleState, readMemory, step, writeMemory } from './isa/evaluate.ts';
export { type Isa, type IsaName, isa, type Row, rowOf } from './isa/index.ts';
/** Names an instruction that is not executed, with its extension. */
export { nameUnsupported } from './isa/unsupported.ts';
export { type CompiledText, compileRegion, functionName, REGION_ABI } from './javascript/compile.ts';
export { type AddressRange, loadProgram, type Program, type SymbolOffset } from './program/program.ts';
