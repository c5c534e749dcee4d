#include "kernel.h"

#include "../../../guests/src/sha256.c"
