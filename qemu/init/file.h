/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading and writing of files. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>

void write_all(int fd, const char *data, size_t length);
/* Does nothing where there is no such file to write, as in kernels without the feature. */
void write_file(const char *path, const char *text);
/* The content with a NUL behind it, or NULL and errno. */
char *read_whole(const char *path, size_t *length);
bool exists(const char *path);

#endif
