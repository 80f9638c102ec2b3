// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		data += written;
		length -= written;
	}
}

void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	write_all(fd, text, strlen(text));
	close(fd);
}

char *read_whole(const char *path, size_t *length)
{
	size_t room = 1 << 16, used = 0;
	char *data = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0 || !data)
		return NULL;
	while ((got = read(fd, data + used, room - used - 1)) > 0) {
		used += got;
		if (room - used < 2) {
			data = realloc(data, room *= 2);
			if (!data)
				return NULL;
		}
	}
	close(fd);
	data[used] = '\0';
	*length = used;
	return data;
}

bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}
