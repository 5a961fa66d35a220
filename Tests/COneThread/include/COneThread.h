// Nothing to call: see one_thread.c.
