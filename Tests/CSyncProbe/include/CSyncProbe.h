// Counts the folders that the calling thread puts on the disk with fsync, and lets that fail. For tests on Linux.
#ifndef C_SYNC_PROBE_H
#define C_SYNC_PROBE_H

// Counts from 0 again; from now on fsync of a folder fails with this error, 0 for none.
void sync_probe_start(int failure);
// Folders synchronized, or tried to be, since then.
int sync_probe_folders(void);

#endif
