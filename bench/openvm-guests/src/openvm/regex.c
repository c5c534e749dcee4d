#include "kernel.h"

#include "../../../guests/src/regex.c"
