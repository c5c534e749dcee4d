/*
 * One way to go wrong per argv[1]. Each prints what it is about to do first; a machine on which the fault is allowed
 * goes on to print "survived" and exits with 0. Without an argument, lists the names and exits with 2.
 */
#include "guest.h"

#if __riscv_xlen == 64
# define WILD 0x5555555500001230ul /* beyond any guest memory */
#else
# define WILD 0xeeee1230ul
#endif

static NOINLINE u32 read_at(word address) { return *(volatile u32 *)address; }
static NOINLINE void write_at(word address, u32 value) { *(volatile u32 *)address = value; }
static NOINLINE void jump_to(word address) { ((void (*)(void))address)(); }

static void wild_load(void) { read_at(WILD); }
static void wild_store(void) { write_at(WILD, 1); }
static void wild_jump(void) { jump_to(WILD); }
static void null_load(void) { read_at(0); }
static void null_store(void) { write_at(0, 1); }
static void null_call(void) { jump_to(0); }
static void misaligned(void) {
  static u32 pair[2] = {0x03020100, 0x07060504};
  print("%x\n", read_at((word)pair + 1));
}
static void illegal(void) { asm volatile(".word 0xffffffff"); }
static void zero_word(void) { asm volatile(".word 0"); }
static void ebreak(void) { asm volatile(".option push; .option norvc; ebreak; .option pop"); }
static void store_to_text(void) { write_at((word)&store_to_text, 0); }
static void store_to_rodata(void) { write_at((word) "constant", 0); }
static void run_data(void) {
  static u32 code[] = {0x00008067}; /* ret */
  jump_to((word)code);
}
static void endless(void) {
  for (;;) asm volatile("");
}
static NOINLINE u32 grow_stack(u32 depth) {
  volatile u32 frame[512]; /* smaller than the text segment, so that it cannot be stepped over */
  frame[depth & 511] = depth;
  if (depth == UINT32_MAX) return 0;
  return grow_stack(depth + 1) + frame[(depth + 1) & 511];
}
static void stack_overflow(void) { grow_stack(0); }
static void bad_pointer(void) { print("write gives %d\n", (int)sys_write(1, (const void *)WILD, 8)); }
static void divide_by_zero(void) {
  volatile u32 zero = 0;
  u32 quotient, rest;
  asm volatile("divu %0, %1, %2" : "=r"(quotient) : "r"(7u), "r"(zero));
  asm volatile("remu %0, %1, %2" : "=r"(rest) : "r"(7u), "r"(zero));
  print("7 / 0 = %x, 7 %c 0 = %x\n", quotient, '%', rest);
}

static const struct {
  const char *name;
  void (*run)(void);
} faults[] = {
    {"wild-load", wild_load},
    {"wild-store", wild_store},
    {"wild-jump", wild_jump},
    {"null-load", null_load},
    {"null-store", null_store},
    {"null-call", null_call},
    {"misaligned", misaligned},
    {"illegal", illegal},
    {"zero-word", zero_word},
    {"ebreak", ebreak},
    {"store-to-text", store_to_text},
    {"store-to-rodata", store_to_rodata},
    {"run-data", run_data},
    {"endless", endless},
    {"stack-overflow", stack_overflow},
    {"bad-pointer", bad_pointer},
    {"divide-by-zero", divide_by_zero},
};

int main(int argc, char **argv) {
  for (u32 i = 0; i < COUNT(faults); i++) {
    if (argc < 2) print("%s\n", faults[i].name);
    if (argc < 2 || !streq(argv[1], faults[i].name)) continue;
    print("%s\n", faults[i].name);
    flush();
    faults[i].run();
    print("survived\n");
    return 0;
  }
  return 2;
}
