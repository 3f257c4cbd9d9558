package io.hfmount.xet.compress;

/**
 * Decodes an LZ4 block whose matches may reach back into earlier blocks of its frame, which the library's decoders do not
 * allow. Thread-safe.
 */
final class LinkedBlock {
    private static final int MIN_MATCH = 4;

    private LinkedBlock() {}

    /**
     * Decodes {@code src[off..off+len)}.
     *
     * @param out receives the content at {@code outAt}; what stands in {@code [historyStart, outAt)} can be referred to
     * @param room greatest content length
     * @return the content length
     */
    static int decode(byte[] src, int off, int len, byte[] out, int historyStart, int outAt, int room)
            throws CompressionFormatException {
        int end = off + len;
        int outEnd = outAt + room;
        int at = off;
        int to = outAt;
        while (at < end) {
            int token = src[at++] & 0xFF;
            int literals = token >>> 4;
            if (literals == 15) {
                int b = 255;
                while (b == 255) {
                    if (at >= end || literals > room) {
                        throw damaged();
                    }
                    b = src[at++] & 0xFF;
                    literals += b;
                }
            }
            if (literals > end - at || literals > outEnd - to) {
                throw damaged();
            }
            System.arraycopy(src, at, out, to, literals);
            at += literals;
            to += literals;
            if (at == end) {
                return to - outAt;
            }
            if (end - at < 2) {
                throw damaged();
            }
            int distance = (src[at] & 0xFF) | (src[at + 1] & 0xFF) << 8;
            at += 2;
            int match = (token & 15) + MIN_MATCH;
            if ((token & 15) == 15) {
                int b = 255;
                while (b == 255) {
                    if (at >= end || match > room) {
                        throw damaged();
                    }
                    b = src[at++] & 0xFF;
                    match += b;
                }
            }
            if (distance == 0 || distance > to - historyStart || match > outEnd - to) {
                throw damaged();
            }
            // byte by byte, because source and target overlap when the distance is shorter than the match
            for (int i = 0; i < match; i++) {
                out[to] = out[to - distance];
                to++;
            }
        }
        // a block ends with literals; running out of input after a match is damage
        throw damaged();
    }

    private static CompressionFormatException damaged() {
        return new CompressionFormatException("a linked LZ4 block is damaged");
    }
}
