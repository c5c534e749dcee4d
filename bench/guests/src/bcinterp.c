/*
 * A register machine with 32-bit instructions, dispatched by one switch that GCC turns into a jump table. Its program
 * sieves primes below 8192 and adds up Collatz lengths. argv[1]: runs of the program.
 */
#include "guest.h"

enum Op { SET, ADD, ADDI, SUB, MUL, AND, OR, XOR, SHL, SHR, LOAD, STORE, BLT, BNE, BEQ, JUMP, MIX, STOP };

#define I(op, a, b, c) ((u32)(op) | (u32)(a) << 8 | (u32)(b) << 16 | (u32)(u8)(c) << 24)
#define WIDE(op, a, value) ((u32)(op) | (u32)(a) << 8 | (u32)(value) << 16)
#define SIZE 8192

/* Branches count from the instruction after them. Registers: r0 = 0, r1 = 1, r15 checksum. */
static const u32 program[] = {
    WIDE(SET, 0, 0), WIDE(SET, 1, 1), WIDE(SET, 2, SIZE),
    /* clear: for r3 in 0..SIZE: memory[r3] = 0 */
    WIDE(SET, 3, 0),
    I(STORE, 0, 3, 0), I(ADD, 3, 3, 1), I(BLT, 3, 2, -3),
    /* sieve: for r3 from 2: if memory[r3] == 0 then strike r4 = r3 * r3, + r3, ... */
    WIDE(SET, 3, 2),
    I(LOAD, 5, 3, 0), I(BNE, 5, 0, 6),
    I(XOR, 15, 15, 3), I(MUL, 4, 3, 3), I(BLT, 2, 4, 3),
    I(STORE, 1, 4, 0), I(ADD, 4, 4, 3), I(BLT, 4, 2, -3),
    I(ADD, 3, 3, 1), I(BLT, 3, 2, -10),
    /* Collatz lengths of r3 in 1..1024 */
    WIDE(SET, 3, 1), WIDE(SET, 6, 1024), WIDE(SET, 9, 3),
    I(OR, 4, 3, 0), WIDE(SET, 7, 0),
    I(BEQ, 4, 1, 9), I(AND, 5, 4, 1), I(BEQ, 5, 0, 3),
    I(MUL, 4, 4, 9), I(ADDI, 4, 4, 1), I(JUMP, 0, 0, 1),
    I(SHR, 4, 4, 1), I(ADDI, 7, 7, 1), I(BNE, 4, 1, -8), I(JUMP, 0, 0, 0),
    I(MIX, 15, 7, 5), I(ADD, 3, 3, 1), I(BLT, 3, 6, -15),
    WIDE(STOP, 15, 0),
};

NOINLINE u32 interpret(const u32 *code, u32 *memory, u32 checksum) {
  u32 r[16] = {[15] = checksum};
  for (const u32 *pc = code;;) {
    u32 i = *pc++;
    u32 a = i >> 8 & 15, b = i >> 16 & 15, c = i >> 24 & 15;
    i32 offset = (i32)i >> 24;
    switch (i & 255) {
      case SET: r[a] = i >> 16; break;
      case ADD: r[a] = r[b] + r[c]; break;
      case ADDI: r[a] = r[b] + (u32)offset; break;
      case SUB: r[a] = r[b] - r[c]; break;
      case MUL: r[a] = r[b] * r[c]; break;
      case AND: r[a] = r[b] & r[c]; break;
      case OR: r[a] = r[b] | r[c]; break;
      case XOR: r[a] = r[b] ^ r[c]; break;
      case SHL: r[a] = r[b] << (r[c] & 31); break;
      case SHR: r[a] = r[b] >> (r[c] & 31); break;
      case LOAD: r[a] = memory[r[b] % (SIZE + 1)]; break;
      case STORE: memory[r[b] % (SIZE + 1)] = r[a]; break;
      case BLT: if (r[a] < r[b]) pc += offset; break;
      case BNE: if (r[a] != r[b]) pc += offset; break;
      case BEQ: if (r[a] == r[b]) pc += offset; break;
      case JUMP: pc += offset; break;
      case MIX: r[a] = rotl32(r[a], 5) + r[b]; break;
      default: return r[a];
    }
  }
}

int main(int argc, char **argv) {
  static u32 memory[SIZE + 1];
  u32 runs = arg_u32(argc, argv, 1, 40);
  u32 checksum = 1;
  for (u32 i = 0; i < runs; i++) checksum = interpret(program, memory, checksum);
  u32 primes = 0;
  for (u32 i = 2; i < SIZE; i++) primes += memory[i] == 0;
  print("bcinterp %x, %u primes\n", checksum, primes);
  return 0;
}
