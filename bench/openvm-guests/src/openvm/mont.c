#include "kernel.h"

#include "../../../guests/src/mont.c"
