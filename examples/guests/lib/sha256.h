/* SHA-256 in software (FIPS 180-4). */
#ifndef SHA256_H
#define SHA256_H

#include "guest.h"

typedef struct {
  u32 h[8];
  u64 size; /* bytes taken so far */
  u8 block[64];
} Sha256;

void sha256_start(Sha256 *s);
void sha256_add(Sha256 *s, const void *bytes, size_t size);
/* Writes 32 bytes, big-endian words as in the standard. */
void sha256_finish(Sha256 *s, u8 digest[32]);

#endif
