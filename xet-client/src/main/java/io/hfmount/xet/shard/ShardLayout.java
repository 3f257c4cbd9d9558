package io.hfmount.xet.shard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Numbers of the shard format, version 2 with footer version 1. */
final class ShardLayout {
    static final int RECORD = 48;
    static final int FOOTER = 200;
    static final int KEY_ENTRY = 12;
    static final int CHUNK_KEY_ENTRY = 16;
    static final long VERSION = 2;
    static final long FOOTER_VERSION = 1;

    /** Flag of a file: verification entries follow its segments. */
    static final int VERIFIED = 1 << 31;
    /** Flag of a file: a metadata entry follows. */
    static final int METADATA = 1 << 30;
    /** Flag of a chunk: candidate for global deduplication. */
    static final int ELIGIBLE = 1 << 31;

    /** {@code HFRepoMetaData}, a zero byte and 17 fixed bytes; never written. */
    static final byte[] MAGIC =
            HexFormat.of().parseHex("48465265706f4d65746144617461" + "00" + "556967456a7b815783a5bdd95ccdd14aa9");

    static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG_LE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private ShardLayout() {}
}
