#pragma once
typedef unsigned sigset_t;
enum { SIG_SETMASK = 3 };
int sigfillset(sigset_t *);
