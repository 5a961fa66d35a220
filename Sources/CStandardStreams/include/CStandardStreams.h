// Standard streams that were closed when the process started, taken before anything else can be given their numbers.
#pragma once

// Opens what refuses to be read or written in the place of each closed one. It runs by itself before main, for by then
// an event queue may have got the number, and what is printed would go into that.
void take_closed_standard_streams(void);
