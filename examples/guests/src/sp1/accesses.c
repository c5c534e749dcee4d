/*
 * Loads and stores of every width at every aligned place of a doubleword, also into x0, in every part of the address
 * space: stack, image, heap, the input region and what lies between and beyond. Commits what was read.
 */
#include "sp1.h"

extern u64 _end[];

#define LOAD(name)                                            \
  static u64 name(const void *at) {                                 \
    u64 value;                                                      \
    asm volatile(#name " zero, 0(%0)" : : "r"(at) : "memory");      \
    asm volatile(#name " %0, 0(%1)" : "=r"(value) : "r"(at) : "memory"); \
    return value;                                                   \
  }
#define STORE(name) \
  static void name(void *at, u64 value) { asm volatile(#name " %1, 0(%0)" : : "r"(at), "r"(value) : "memory"); }

LOAD(lb)
LOAD(lbu)
LOAD(lh)
LOAD(lhu)
LOAD(lw)
LOAD(lwu)
LOAD(ld)
STORE(sb)
STORE(sh)
STORE(sw)
STORE(sd)

static u64 results[128];
static int count;
static u32 seed = 88172645u;

static void put(u64 value) {
  if (count == COUNT(results)) {
    sp1_commit(results, sizeof results);
    count = 0;
  }
  results[count++] = value;
}

static u64 random_u64(void) { return (u64)xorshift32(&seed) << 32 | xorshift32(&seed); }

/* Reads one doubleword in every way, before anything was stored there and after each store. */
static void read_all(const u8 *at) {
  for (int i = 0; i < 8; i++) put(lb(at + i) ^ lbu(at + i) << 32);
  for (int i = 0; i < 8; i += 2) put(lh(at + i) ^ lhu(at + i) << 32);
  for (int i = 0; i < 8; i += 4) put(lw(at + i) ^ lwu(at + i) << 32);
  put(ld(at));
}

static void exercise(u8 *at) {
  read_all(at);
  for (int i = 0; i < 8; i++) sb(at + i, random_u64());
  put(ld(at));
  for (int i = 0; i < 8; i += 2) sh(at + i, random_u64());
  put(ld(at));
  for (int i = 0; i < 8; i += 4) sw(at + i, random_u64());
  put(ld(at));
  sd(at, random_u64());
  read_all(at);
  sd(at, 0);
  sb(at, random_u64());
}

int main(void) {
  static const u64 places[] = {
      0x0,          0x8,           0xfff8,        0x10000,      0x6ffffff8,   0x70000000,    0x77f00000,
      0x7fffffff8,  0xafffffff8,   0xb0000000,    0xb0000008,   0xfffffff8,   0x100000000,   0x1bfffffff8,
      0x1c00000000, 0x1c17fffff8,  0x1c18000000,  0x1fffffff8,  0x2000000000, 0x7ffffffff8,  0xfffffffff8,
  };
  u64 on_stack;
  exercise((u8 *)&on_stack);
  exercise((u8 *)_end);
  exercise((u8 *)_end + 8 * 1000);
  for (size_t round = 0; round < 2; round++)
    for (size_t i = 0; i < COUNT(places); i++) exercise((u8 *)places[i]);
  /* The program's own text, readable as data. */
  read_all((const u8 *)main);
  sp1_commit(results, 8 * count);
  return 0;
}
