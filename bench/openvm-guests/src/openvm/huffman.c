#include "kernel.h"

#include "../../../guests/src/huffman.c"
