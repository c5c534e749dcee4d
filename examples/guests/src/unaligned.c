/* Loads and stores of every width at every offset in two doublewords: works on `bare`, as on Linux under QEMU. */
#include "guest.h"

static u8 memory[24] __attribute__((aligned(8)));

#define LOAD(mnemonic, p) \
  ({                      \
    long v;               \
    asm volatile(mnemonic " %0, 0(%1)" : "=r"(v) : "r"(p) : "memory"); \
    v;                    \
  })
#define STORE(mnemonic, p, v) asm volatile(mnemonic " %0, 0(%1)" : : "r"(v), "r"(p) : "memory")

static void refill(void) {
  for (u32 i = 0; i < sizeof memory; i++) memory[i] = (u8)(0x91 + 23 * i);
}

static NOINLINE void show_memory(const char *what, int offset) {
  print("%s at %d:", what, offset);
  for (u32 i = 0; i < 16; i += 4)
    print(" %x", (u32)memory[i] | (u32)memory[i + 1] << 8 | (u32)memory[i + 2] << 16 | (u32)memory[i + 3] << 24);
  print("\n");
}

int main(void) {
  refill();
  for (int i = 0; i < 8; i++) {
    u8 *p = memory + i;
    print("load at %d: lh %x lhu %x lw %x", i, (u32)LOAD("lh", p), (u32)LOAD("lhu", p), (u32)LOAD("lw", p));
#if __riscv_xlen == 64
    print(" lwu %X ld %X", (u64)LOAD("lwu", p), (u64)LOAD("ld", p));
#endif
    print("\n");
  }
  for (int i = 0; i < 8; i++) {
    refill();
    STORE("sh", memory + i, 0x11223344L);
    show_memory("sh", i);
    refill();
    STORE("sw", memory + i, 0x11223344L);
    show_memory("sw", i);
#if __riscv_xlen == 64
    refill();
    STORE("sd", memory + i, 0x1122334455667788L);
    show_memory("sd", i);
#endif
  }
  return 0;
}
