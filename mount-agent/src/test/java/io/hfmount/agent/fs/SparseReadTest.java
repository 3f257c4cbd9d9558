package io.hfmount.agent.fs;

import static io.hfmount.agent.fs.FsHarness.errno;
import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/**
 * What a read of an edited file with holes gives, and what it keeps (mount-semantics §6.2). Names with underscores alone are those of
 * §10.2 and §10.3.
 */
class SparseReadTest extends SparseFixture {
    @Test
    void sparse_read_unwritten_returns_cas() throws FsException {
        long handle = openBase();
        assertThat(read(handle)).isEqualTo(BASE);
        assertThat(read(handle, 20, 100)).as("never short, never past the end").isEqualTo("uvwxyz");
        assertThat(read(handle, 26, 5)).isEmpty();
        fs.close(handle);
    }

    @Test
    void sparse_read_dirty_and_hole() throws FsException {
        long handle = openBase();
        write(handle, 5, "XY");
        assertThat(read(handle, 3, 6)).isEqualTo("deXYhi");
        fs.close(handle);
    }

    @Test
    void sparse_append_then_read() throws FsException {
        long handle = openBase();
        write(handle, 26, "123");
        assertThat(read(handle)).isEqualTo(BASE + "123");
        fs.close(handle);
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo(BASE + "123");
    }

    @Test
    void sparse_write_at_zero_then_read() throws FsException {
        long handle = openBase();
        write(handle, 0, "ABC");
        assertThat(read(handle)).isEqualTo("ABC" + BASE.substring(3));
        fs.close(handle);
    }

    @Test
    void sparse_multiple_writes_then_read() throws FsException {
        long handle = openBase();
        write(handle, 2, "1");
        write(handle, 20, "2");
        assertThat(read(handle)).isEqualTo("ab1defghijklmnopqrst2vwxyz");
        fs.close(handle);
        assertThat(calls("GET")).isEmpty();
        flush(UploadRoute.RANGE);
        assertThat(published()).isEqualTo("ab1defghijklmnopqrst2vwxyz");
    }

    @Test
    void sparse_post_flush_read_returns_cas_bytes_not_zeros() throws FsException {
        long handle = openBase();
        write(handle, 5, "X");
        flush(UploadRoute.RANGE);
        assertThat(fs.isDirty("a")).isFalse();
        assertThat(read(handle)).as("H-02b").isEqualTo("abcdeXghijklmnopqrstuvwxyz");
        write(handle, 0, "Y");
        fs.close(handle);
        fs.hub.knowsBases = false;
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("YbcdeXghijklmnopqrstuvwxyz");
        assertThat(new String(fs.cat("a"), StandardCharsets.UTF_8)).isEqualTo("YbcdeXghijklmnopqrstuvwxyz");
    }

    @Test
    void repro_fill_sparse_holes_panics_on_short_cas_stream() throws FsException {
        long handle = openBase();
        fs.hub.shortReads.add(3);
        assertThat(errno(() -> read(handle))).isEqualTo(Errno.EIO);
        assertThat(read(handle))
                .as("nothing of the short answer was kept (H-08d)")
                .isEqualTo(BASE);
        fs.close(handle);
    }

    @Test
    void failedFill_isAnErrorAndNeverZeros() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                throw new FsException(Errno.EIO, "storage is away");
            }
        };
        assertThat(errno(() -> read(handle))).isEqualTo(Errno.EIO);
        assertThat(read(handle, 0, 1)).as("what is here can be read").isEqualTo("X");
        fs.hub.onCall = call -> {};
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1));
        fs.close(handle);
    }

    @Test
    void sparse_read_caches_into_staging() throws FsException {
        long handle = openBase();
        assertThat(read(handle, 4, 6)).isEqualTo("efghij");
        assertThat(calls("READ")).containsExactly("READ 4+6");
        assertThat(read(handle, 4, 6)).isEqualTo("efghij");
        assertThat(read(handle, 5, 2)).isEqualTo("fg");
        assertThat(calls("READ")).hasSize(1);
        assertThat(fs.area.bytes()).isEqualTo(6);
        assertThat(read(handle, 2, 10)).isEqualTo("cdefghijkl");
        assertThat(calls("READ")).containsExactly("READ 4+6", "READ 2+2", "READ 10+2");
        fs.close(handle);
    }

    @Test
    void sparse_read_uncached_region_hits_cas() throws FsException {
        long handle = openBase();
        read(handle, 0, 4);
        read(handle, 10, 4);
        assertThat(calls("READ")).containsExactly("READ 0+4", "READ 10+4");
        fs.close(handle);
    }

    @Test
    void sparse_readonly_handle_on_dirty_file_caches_holes() throws FsException {
        long writer = openBase();
        write(writer, 0, "X");
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(read(reader)).isEqualTo("X" + BASE.substring(1));
        assertThat(read(reader)).isEqualTo("X" + BASE.substring(1));
        assertThat(calls("READ")).as("H-25").containsExactly("READ 1+25");
        fs.close(writer);
        flush(UploadRoute.RANGE);
        assertThat(read(reader)).isEqualTo("X" + BASE.substring(1));
        fs.close(reader);
    }

    @Test
    void readerFromBeforeTheEdit_seesIt_H86() throws FsException {
        remote(BASE);
        long reader = fs.open("a", OpenFlags.READ_ONLY);
        assertThat(read(reader)).isEqualTo(BASE);
        long writer = fs.open("a", OpenFlags.READ_WRITE);
        assertThat(read(reader)).isEqualTo(BASE);
        write(writer, 3, "new");
        assertThat(read(reader)).isEqualTo("abcnewghijklmnopqrstuvwxyz");
        fs.close(writer);
        flush(UploadRoute.RANGE);
        assertThat(read(reader)).isEqualTo("abcnewghijklmnopqrstuvwxyz");
        fs.close(reader);
    }

    @Test
    void fillThatAWriterOvertakes_doesNotOverwriteHim_H12b() throws FsException {
        long handle = openBase();
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                write(handle, 5, "USER");
            }
        };
        read(handle);
        assertThat(read(handle)).isEqualTo("abcdeUSERjklmnopqrstuvwxyz");
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published()).isEqualTo("abcdeUSERjklmnopqrstuvwxyz");
    }

    @Test
    void fillThatATruncationOvertakes_doesNotBringTheTailBack_H12c() throws FsException {
        long handle = openBase();
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                fs.truncate("a", 12);
            }
        };
        read(handle);
        assertThat(fs.walk("a").size()).isEqualTo(12);
        fs.truncate("a", 20);
        assertThat(read(handle)).isEqualTo("abcdefghijkl" + "\0".repeat(8));
        fs.close(handle);
        fs.flush.flushAll();
        assertThat(published()).isEqualTo("abcdefghijkl" + "\0".repeat(8));
    }

    @Test
    void fillThatAnOverwriteOvertakes_leavesTheNewEpochAlone_H85() throws FsException {
        long handle = openBase();
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                fs.overwrite("a", bytes("the new content"));
            }
        };
        read(handle);
        assertThat(read(handle)).isEqualTo("the new content");
        write(handle, 4, "NEW");
        fs.close(handle);
        flush(UploadRoute.FULL);
        assertThat(published()).isEqualTo("the NEW content");
    }

    @Test
    void commitDuringAFill_doesNotMixTheBases() throws FsException {
        long handle = openBase();
        write(handle, 0, "X");
        fs.hub.onCall = call -> {
            if (call.startsWith("READ")) {
                fs.hub.onCall = later -> {};
                fs.flush.flushAll();
                write(handle, 25, "Z");
                fs.flush.flushAll();
            }
        };
        assertThat(read(handle)).startsWith("X" + BASE.substring(1, 25));
        assertThat(read(handle)).isEqualTo("X" + BASE.substring(1, 25) + "Z");
        fs.close(handle);
        assertThat(published()).isEqualTo("X" + BASE.substring(1, 25) + "Z");
    }

    @Test
    void readThatMayNotWait_isPutOffAtAHole() throws FsException {
        long handle = openBase();
        write(handle, 0, "XYZ");
        try (Arena arena = Arena.ofConfined()) {
            Assertions.assertThatThrownBy(() -> fs.fs.read(0, handle, 0, arena.allocate(10), Wait.NEVER))
                    .isInstanceOf(WouldBlockException.class);
            assertThat(fs.fs.read(0, handle, 0, arena.allocate(3), Wait.NEVER)).isEqualTo(3);
        }
        fs.close(handle);
    }
}
