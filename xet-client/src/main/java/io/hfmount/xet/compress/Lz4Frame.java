package io.hfmount.xet.compress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/** Constants of the LZ4 frame format, version 1.6.x of its description. */
final class Lz4Frame {
    static final int MAGIC = 0x184D2204;
    static final int VERSION = 0x40;
    static final int VERSION_MASK = 0xC0;
    static final int INDEPENDENT = 0x20;
    static final int BLOCK_CHECKSUM = 0x10;
    static final int CONTENT_SIZE = 0x08;
    static final int CONTENT_CHECKSUM = 0x04;
    static final int RESERVED = 0x02;
    static final int DICTIONARY = 0x01;
    /** Set in a block's length when its bytes are not compressed. */
    static final int RAW_BLOCK = 0x8000_0000;

    static final VarHandle INT_LE = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle LONG_LE = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    static final LZ4Factory LZ4 = LZ4Factory.fastestInstance();
    private static final XXHash32 XXH32 = XXHashFactory.fastestInstance().hash32();

    private Lz4Frame() {}

    /** Greatest block length of a block class, 4 (64 KiB) to 7 (4 MiB). */
    static int blockBytes(int blockClass) {
        return 1 << (2 * blockClass + 8);
    }

    static int checksum(byte[] data, int off, int len) {
        return XXH32.hash(data, off, len, 0);
    }

    /** The header checksum over the descriptor {@code data[off..off+len)}. */
    static byte headerChecksum(byte[] data, int off, int len) {
        return (byte) (checksum(data, off, len) >>> 8);
    }
}
