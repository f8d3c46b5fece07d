#ifndef RUNTIME_H
#define RUNTIME_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);
void print(const char *format, ...);

#endif
