package io.hfmount.agent.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.hub.HubException;
import io.hfmount.xet.StorageException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of mount-semantics §2.0. */
class ErrnoTableTest {
    @ParameterizedTest
    @CsvSource({
        "404, ENOENT, ENOENT", "401, EACCES, EACCES", "403, EACCES, EACCES", "413, ENOSPC, ENOSPC",
        "507, ENOSPC, ENOSPC", "408, EAGAIN, EIO", "429, EAGAIN, EIO", "500, EAGAIN, EIO",
        "502, EAGAIN, EIO", "503, EAGAIN, EIO", "504, EAGAIN, EIO", "0, EAGAIN, EIO",
        "400, EIO, EIO", "409, EIO, EIO", "501, EIO, EIO"
    })
    void hubStatus(int status, Errno metadata, Errno content) {
        HubException failure = new HubException(status, false, "x");
        assertThat(ErrnoTable.ofMetadata(failure)).isEqualTo(metadata);
        assertThat(ErrnoTable.ofContent(failure)).isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, EIO, EIO",
        "UNAUTHORIZED, EACCES, EACCES",
        "FORBIDDEN, EACCES, EACCES",
        "NO_SPACE, ENOSPC, ENOSPC",
        "REJECTED, EIO, EIO",
        "CORRUPT, EIO, EIO",
        "SOURCE, EIO, EIO",
        "UNAVAILABLE, EAGAIN, EIO",
        "TIMEOUT, EAGAIN, EIO"
    })
    void storageKind(StorageException.Kind kind, Errno metadata, Errno content) {
        StorageException failure = new StorageException(kind, "x");
        assertThat(ErrnoTable.ofMetadata(failure)).isEqualTo(metadata);
        assertThat(ErrnoTable.ofContent(failure)).isEqualTo(content);
    }

    @Test
    void quota_isEdquotWhenTheBodySaysSo() {
        assertThat(ErrnoTable.ofContent(new HubException(413, false, "Private quota exceeded")))
                .isEqualTo(Errno.EDQUOT);
        assertThat(ErrnoTable.ofContent(new StorageException(StorageException.Kind.NO_SPACE, "over QUOTA")))
                .isEqualTo(Errno.EDQUOT);
        assertThat(ErrnoTable.ofRefusal("storage limit reached")).isEqualTo(Errno.ENOSPC);
        assertThat(ErrnoTable.ofRefusal("xet file was not found")).isEqualTo(Errno.EIO);
    }

    @Test
    void localFailures() {
        assertThat(ErrnoTable.ofContent(new IOException("No space left on device")))
                .isEqualTo(Errno.ENOSPC);
        assertThat(ErrnoTable.ofContent(new IOException("x"))).isEqualTo(Errno.EIO);
        assertThat(ErrnoTable.ofMetadata(new TimeoutException())).isEqualTo(Errno.EAGAIN);
        assertThat(ErrnoTable.ofMetadata(new IllegalStateException())).isEqualTo(Errno.EIO);
    }

    @Test
    void fsExceptions_passUnchanged() {
        FsException known = new FsException(Errno.EBUSY, "x");
        assertThat(ErrnoTable.metadata("y", known)).isSameAs(known);
        assertThat(ErrnoTable.content("y", known)).isSameAs(known);
        assertThat(ErrnoTable.content("reading", new HubException(403, false, "no")))
                .hasMessage("reading: no");
    }
}
