#include "kernel.h"

#include "../../../guests/src/keccak.c"
