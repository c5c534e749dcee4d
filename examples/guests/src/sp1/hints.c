/*
 * Input buffers of every length around a doubleword's, from the host, from the guest itself and from hooks; unconstrained
 * blocks that change memory, registers and the input queue. Commits every byte read and every length.
 */
#include "sp1.h"

enum { ECRECOVER = 15, ED_DECOMPRESS, RSA_MUL_MOD, BLS_SQRT, BLS_INVERSE, FIELD_SQRT, FIELD_INVERSE };

static u64 pattern[200];
static u64 scratch[16];
static u32 seed = 123456789u;

/* Reads all buffers there are, with the padding behind each. */
static void drain(void) {
  u64 size;
  for (const u8 *bytes; (bytes = sp1_read(&size)) != NULL;) {
    sp1_commit(&size, sizeof size);
    sp1_commit(bytes, (size / 8 + 1) * 8);
  }
}

static void own_hints(void) {
  static const u8 lengths[] = {0, 1, 7, 8, 9, 15, 16, 17, 64};
  for (size_t i = 0; i < COUNT(lengths); i++) {
    sp1_write(SP1_FD_HINT, (u8 *)pattern + i, lengths[i]);
    drain();
  }
  /* The last written is the first read. */
  for (size_t i = 0; i < COUNT(lengths); i++) sp1_write(SP1_FD_HINT, (u8 *)pattern + i, lengths[i]);
  drain();
}

/* Over memory that was used before: its clk starts again at 0. */
static void hint_over(void) {
  scratch[0] = 1;
  scratch[1] = 2;
  sp1_write(SP1_FD_HINT, pattern, 8);
  sp1_hint_read(scratch, sp1_hint_len());
  scratch[1] += 3;
  sp1_commit(scratch, 24);
}

static void hooks(void) {
  u8 *bytes = (u8 *)(pattern + 100);
  memset(bytes, 0, 800);
  bytes[0] = 0x81;
  bytes[32] = 5;
  bytes[64] = 9;
  sp1_write(ECRECOVER, bytes, 65);
  bytes[64] = 7;
  bytes[0] = 2;
  sp1_write(ECRECOVER, bytes, 65);
  memset(bytes, 0x66, 32);
  bytes[0] = 0x58;
  memset(bytes + 32, 0, 32);
  bytes[32] = 3;
  sp1_write(ED_DECOMPRESS, bytes, 64);
  for (int i = 0; i < 96; i++) ((u64 *)bytes)[i] = pattern[i] | 1;
  sp1_write(RSA_MUL_MOD, bytes, 768);
  memset(bytes, 0, 48);
  bytes[47] = 4;
  sp1_write(BLS_SQRT, bytes, 48);
  sp1_write(BLS_INVERSE, bytes, 48);
  /* 2 and 5 modulo 13, of which 2 is no square, in one byte each. */
  static const u8 small[2][7] = {{0, 0, 0, 1, 4, 13, 2}, {0, 0, 0, 1, 5, 13, 2}};
  sp1_write(FIELD_SQRT, small[0], 7);
  sp1_write(FIELD_SQRT, small[1], 7);
  sp1_write(FIELD_INVERSE, small[0], 6);
}

static u64 unconstrained(u64 round) {
  u64 kept = round;
  if (sp1_syscall(SP1_ENTER_UNCONSTRAINED, 0, 0, 0)) {
    for (int i = 0; i < 16; i++) scratch[i] ^= pattern[i] + round;
    *(u64 *)(0x300000000 + 8 * round) = round;
    kept += scratch[3];
    sp1_write(SP1_FD_HINT, scratch, 40 + round);
    if (round == 2) hooks();
    sp1_write(SP1_FD_STDOUT, "unconstrained\n", 14);
    sp1_syscall(SP1_EXIT_UNCONSTRAINED, 0, 0, 0);
  }
  return kept + scratch[3] + *(u64 *)(0x300000000 + 8 * round);
}

int main(void) {
  for (size_t i = 0; i < COUNT(pattern); i++) pattern[i] = (u64)xorshift32(&seed) << 32 | xorshift32(&seed);
  drain();
  own_hints();
  hint_over();
  hooks();
  drain();
  for (u64 round = 0; round < 4; round++) {
    u64 kept = unconstrained(round);
    sp1_commit(&kept, sizeof kept);
    drain();
  }
  return 3;
}
