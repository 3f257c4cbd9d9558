package io.hfmount.agent.transport.fuse;

/** Capabilities that INIT negotiates and this transport knows by name; bits from 32 on travel in flags2. */
enum InitFlag {
    ASYNC_READ(0),
    ATOMIC_O_TRUNC(3),
    BIG_WRITES(5),
    AUTO_INVAL_DATA(12),
    DO_READDIRPLUS(13),
    READDIRPLUS_AUTO(14),
    ASYNC_DIO(15),
    WRITEBACK_CACHE(16),
    PARALLEL_DIROPS(18),
    ABORT_ERROR(21),
    MAX_PAGES(22),
    CACHE_SYMLINKS(23),
    INIT_EXT(30),
    DIRECT_IO_ALLOW_MMAP(36);

    private final int bit;

    InitFlag(int bit) {
        this.bit = bit;
    }

    long mask() {
        return 1L << bit;
    }
}
