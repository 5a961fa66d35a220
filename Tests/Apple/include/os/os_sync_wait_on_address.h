#pragma once
#include <stddef.h>
#include <stdint.h>
typedef enum { OS_SYNC_WAIT_ON_ADDRESS_NONE = 0 } os_sync_wait_on_address_flags_t;
typedef enum { OS_SYNC_WAKE_BY_ADDRESS_NONE = 0 } os_sync_wake_by_address_flags_t;
int os_sync_wait_on_address(void *, uint64_t, size_t, os_sync_wait_on_address_flags_t);
int os_sync_wake_by_address_all(void *, size_t, os_sync_wake_by_address_flags_t);
