/* The instructions that OpenVM adds to RV32IM, all under opcode custom-0. */
#ifndef OPENVM_H
#define OPENVM_H

#include "guest.h"

/* The next input vector becomes the hint stream: its length, then its bytes, in words. */
static inline void openvm_hint_input(void) { asm volatile(".insn i 0x0b, 3, x0, x0, 0"); }

/* The next words of the hint stream, at least one. */
static inline void openvm_hint_buffer(void *to, u32 words) {
  asm volatile(".insn i 0x0b, 1, %0, %1, 1" : : "r"(to), "r"(words) : "memory");
}

static inline void openvm_print(const void *bytes, u32 size) {
  asm volatile(".insn i 0x0b, 3, %0, %1, 1" : : "r"(bytes), "r"(size) : "memory");
}

_Noreturn static inline void openvm_halt(int code) {
  if (code == 0) asm volatile(".insn i 0x0b, 0, x0, x0, 0");
  for (;;) asm volatile(".insn i 0x0b, 0, x0, x0, 1");
}

#endif
