/*
 * A stack machine in one switch over bytecode, which GCC turns into a jump table. Its program finds the primes below
 * argv[1] (default 200) by trial division and prints their number and the largest.
 */
#include "guest.h"

enum Op { PUSH, LOAD, STORE, ADD, SUB, MUL, DIV, MOD, LESS, EQUAL, JUMP, JUMP_IF, JUMP_UNLESS, DUP, PRINT, HALT };

typedef struct {
  u8 op, operand;
} Instruction;

enum Variable { LIMIT, CANDIDATE, DIVISOR, FOUND, LAST, VARIABLES };
enum Label { OUTER = 2, INNER = 8, PRIME = 23, NEXT = 29, DONE = 34 };

static const Instruction primes[] = {
    {PUSH, 2},        {STORE, CANDIDATE},
    [OUTER] = {LOAD, CANDIDATE}, {LOAD, LIMIT}, {LESS, 0}, {JUMP_UNLESS, DONE},
    {PUSH, 2},        {STORE, DIVISOR},
    [INNER] = {LOAD, CANDIDATE}, {LOAD, DIVISOR}, {DUP, 0}, {MUL, 0}, {LESS, 0}, {JUMP_IF, PRIME},
    {LOAD, CANDIDATE}, {LOAD, DIVISOR}, {MOD, 0}, {JUMP_UNLESS, NEXT},
    {LOAD, DIVISOR},  {PUSH, 1}, {ADD, 0}, {STORE, DIVISOR}, {JUMP, INNER},
    [PRIME] = {LOAD, FOUND}, {PUSH, 1}, {ADD, 0}, {STORE, FOUND}, {LOAD, CANDIDATE}, {STORE, LAST},
    [NEXT] = {LOAD, CANDIDATE}, {PUSH, 1}, {ADD, 0}, {STORE, CANDIDATE}, {JUMP, OUTER},
    [DONE] = {LOAD, FOUND}, {PRINT, 0}, {LOAD, LAST}, {PRINT, 0}, {HALT, 0},
};

/* Returns 0 at HALT, 1 for an unknown operation. */
NOINLINE int interpret(const Instruction *code, u32 *variable) {
  u32 stack[16];
  u32 *top = stack; /* one past the topmost value */
  for (const Instruction *at = code;;) {
    Instruction now = *at++;
    switch (now.op) {
      case PUSH: *top++ = now.operand; break;
      case LOAD: *top++ = variable[now.operand]; break;
      case STORE: variable[now.operand] = *--top; break;
      case ADD: top--, top[-1] += top[0]; break;
      case SUB: top--, top[-1] -= top[0]; break;
      case MUL: top--, top[-1] *= top[0]; break;
      case DIV: top--, top[-1] /= top[0]; break;
      case MOD: top--, top[-1] %= top[0]; break;
      case LESS: top--, top[-1] = top[-1] < top[0]; break;
      case EQUAL: top--, top[-1] = top[-1] == top[0]; break;
      case JUMP: at = code + now.operand; break;
      case JUMP_IF: if (*--top) at = code + now.operand; break;
      case JUMP_UNLESS: if (!*--top) at = code + now.operand; break;
      case DUP: top++, top[-1] = top[-2]; break;
      case PRINT: print("%u\n", *--top); break;
      case HALT: return 0;
      default: return 1;
    }
  }
}

int main(int argc, char **argv) {
  u32 variable[VARIABLES] = {[LIMIT] = arg_u32(argc, argv, 1, 200)};
  return interpret(primes, variable);
}
