package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.AttributeChange;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class RequestTest {
    @Test
    void header_isReadField_byField() {
        Request request = RequestBytes.in(HexFormat.of()
                .parseHex("30000000" + "0f000000" + "0800000000000000" + "2a00000000000000" + "e8030000" + "64000000"
                        + "92100000" + "00000000" + "1122334455667788"));
        assertThat(request.isConsistent(48)).isTrue();
        assertThat(request.opcode()).isEqualTo(Opcode.READ);
        assertThat(request.unique()).isEqualTo(8);
        assertThat(request.nodeId()).isEqualTo(42);
        assertThat(request.caller()).isEqualTo(new Caller(1000, 100, 4242));
        assertThat(request.bodyLength()).isEqualTo(8);
    }

    @Test
    void accessors_stayInsideTheBody() throws FsException {
        Request request = new RequestBytes(1, 2, 3).u64(7).request();
        assertThat(request.u64(0)).isEqualTo(7);
        refused(Errno.EINVAL, () -> request.u64(1));
        refused(Errno.EINVAL, () -> request.u32(8));
        refused(Errno.EINVAL, () -> request.u32(-4));
        refused(Errno.EINVAL, () -> request.slice(4, Integer.MAX_VALUE));
        refused(Errno.EINVAL, () -> request.slice(0, -1));
    }

    @Test
    void extensions_behindTheArguments_areNoPartOfTheBody() {
        byte[] bytes = new RequestBytes(1, 2, 3).text("name").raw(new byte[11]).bytes();
        bytes[36] = 1;
        assertThat(RequestBytes.in(bytes).bodyLength()).isEqualTo(8);
        bytes[36] = 9;
        assertThat(RequestBytes.in(bytes).isConsistent(bytes.length)).isFalse();
    }

    @Test
    void names_areStrictUtf8WithoutSlashesAndDots() throws FsException {
        assertThat(name("日本語")).isEqualTo("日本語");
        assertThat(name("\uFFFD"))
                .as("the replacement character itself is a legal name")
                .isEqualTo("\uFFFD");
        assertThat(name("n".repeat(255))).hasSize(255);
        refused(Errno.ENAMETOOLONG, () -> name("n".repeat(256)));
        refused(Errno.ENAMETOOLONG, () -> name("é".repeat(128)));
        refused(
                Errno.EILSEQ,
                () -> new RequestBytes(1, 2, 3)
                        .raw(new byte[] {'a', (byte) 0xFF, 0})
                        .request()
                        .name(0));
        refused(
                Errno.EILSEQ,
                () -> new RequestBytes(1, 2, 3)
                        .raw(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80, 0}) // a lone surrogate
                        .request()
                        .name(0));
        for (String bad : new String[] {"", ".", "..", "a/b"}) {
            refused(Errno.EINVAL, () -> name(bad));
        }
        refused(
                Errno.EINVAL,
                () -> new RequestBytes(1, 2, 3)
                        .raw(new byte[] {'a', 'b'})
                        .request()
                        .name(0));
    }

    @Test
    void setattr_decodesWhatIsMarkedValid() throws FsException {
        AttributeChange all = AttributeChanges.decode(setattr(0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40));
        assertThat(all)
                .isEqualTo(new AttributeChange(
                        77L, 0640, 1001, 1002, Instant.ofEpochSecond(-5, 1), Instant.ofEpochSecond(6, 2)));
        assertThat(AttributeChanges.decode(setattr(0)))
                .isEqualTo(new AttributeChange(null, null, null, null, null, null));

        AttributeChange now = AttributeChanges.decode(setattr(0x10 | 0x80 | 0x20 | 0x100));
        assertThat(now.atime()).isEqualTo(now.mtime());
        assertThat(now.mtime()).isBetween(Instant.now().minus(Duration.ofMinutes(1)), Instant.now());
    }

    @Test
    void setattr_outOfRange_isRefused() {
        refused(
                Errno.EINVAL,
                () -> AttributeChanges.decode(
                        new RequestBytes(4, 1, 1).u32(8).u32(0).request()));
        byte[] negativeSize = setattrBytes(0x8, -1, 0);
        refused(Errno.EINVAL, () -> AttributeChanges.decode(RequestBytes.in(negativeSize)));
        byte[] badNanos = setattrBytes(0x10, 0, 1_000_000_000);
        refused(Errno.EINVAL, () -> AttributeChanges.decode(RequestBytes.in(badNanos)));
    }

    private static Request setattr(int valid) {
        return RequestBytes.in(setattrBytes(valid, 77, 1));
    }

    private static byte[] setattrBytes(int valid, long size, int atimeNanos) {
        return new RequestBytes(Opcode.SETATTR, 1, 1)
                .u32(valid)
                .u32(0)
                .u64(99) // fh
                .u64(size)
                .u64(0) // lock owner
                .u64(-5)
                .u64(6)
                .u64(7)
                .u32(atimeNanos)
                .u32(2)
                .u32(3)
                .u32(0100640)
                .u32(0)
                .u32(1001)
                .u32(1002)
                .u32(0)
                .bytes();
    }

    private static String name(String text) throws FsException {
        return new RequestBytes(1, 2, 3).text(text).request().name(0);
    }

    private static void refused(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
