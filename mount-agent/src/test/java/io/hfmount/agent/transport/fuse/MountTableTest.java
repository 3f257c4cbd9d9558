package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class MountTableTest {
    private static final String TABLE = """
            21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            90 21 0:50 / /data rw,nosuid,nodev - fuse.hfmount first rw,user_id=0
            91 21 0:51 / /data rw,nosuid,nodev shared:7 master:3 - fuse.hfmount second\\040half rw,user_id=0
            92 21 0:52 / /with\\040blank\\134and\\011tab rw - tmpfs none rw
            93 21 0:53 / /umlaut-\u00c3\u00bc rw - fuseblk x rw

            a line of another kind
            99999999999 21 0:53 / /x rw - fuse x rw
            """;

    @Test
    void severalMountsOnOnePoint_theLastIsInSight() {
        MountTable.Entry top = MountTable.parse(TABLE).topAt(Path.of("/data"));
        assertThat(top).isEqualTo(new MountTable.Entry(91, "0:51", "/data", "fuse.hfmount", "second half"));
        assertThat(top.isFuse()).isTrue();
    }

    @Test
    void escapesAndUtf8_areDecoded() {
        MountTable table = MountTable.parse(TABLE);
        assertThat(table.topAt(Path.of("/with blank\\and\ttab"))).isNotNull();
        assertThat(table.topAt(Path.of("/umlaut-ü"))).isNotNull();
        assertThat(table.topAt(Path.of("/umlaut-ü")).isFuse()).isFalse();
        assertThat(table.topAt(Path.of("/nothing/here"))).isNull();
        assertThat(table.entries()).hasSize(5);
        MountTable.Entry first = new MountTable.Entry(90, "0:50", "/data", "fuse.hfmount", "first");
        assertThat(table.contains(first)).isTrue();
        assertThat(table.contains(new MountTable.Entry(90, "0:59", "/data", "fuse.hfmount", "first")))
                .isFalse();
    }

    @Test
    void badEscapes_stayAsTheyAre() {
        String line = "1 1 0:1 / /a\\08\\4 rw - fuse x\\777 rw";
        assertThat(MountTable.parse(line).entries().getFirst().mountPoint()).isEqualTo("/a\\08\\4");
    }
}
