package io.hfmount.api.mounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.MountException;
import io.hfmount.model.api.ProblemCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountTableTest {
    @TempDir
    Path dir;

    private MountTable table(String mountPoint) throws Exception {
        Path file = dir.resolve("mountinfo");
        Files.writeString(
                file,
                "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n36 22 0:32 / " + mountPoint
                        + " rw shared:2 master:1 - fuse.x src rw\n");
        return new MountTable(file);
    }

    @Test
    void mountPointWithBlanksAndBackslashes_isFound() throws Exception {
        MountTable table = table("/mnt/a\\040b\\134c\\011d");
        assertThat(table.isMountPoint(Path.of("/mnt/a b\\c\td"))).isTrue();
        assertThat(table.isMountPoint(Path.of("/mnt/a"))).isFalse();
        assertThat(table.isMountPoint(Path.of("/"))).isTrue();
        assertThat(table.isMountPoint(Path.of("fuse.x"))).isFalse();
    }

    @Test
    void tableOfThisProcess_knowsProc() throws Exception {
        assertThat(MountTable.ofThisProcess().isMountPoint(Path.of("/proc"))).isTrue();
    }

    @Test
    void liveMountPoint_isTaken_evenIfItIsAnEmptyDirectory() throws Exception {
        Path real = dir.toRealPath();
        Path mounted = Files.createDirectory(real.resolve("m"));
        MountPoints points = new MountPoints(List.of(real), Path.of("/data"), table(mounted.toString()));
        assertThat(points.resolve(mounted)).isEqualTo(mounted);
        assertThatThrownBy(() -> points.requireUsable(mounted))
                .isInstanceOfSatisfying(
                        MountException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.ALREADY_MOUNTED));
    }

    @Test
    void mountPointThatTheKernelListsButNobodyServes_isLeftToTheAgent() throws Exception {
        Path real = dir.toRealPath();
        Path dead = real.resolve("dead"); // cannot be looked at, as a mount whose server was killed
        MountPoints points = new MountPoints(List.of(real), Path.of("/data"), table(dead.toString()));
        points.requireUsable(points.resolve(dead));
    }

    @Test
    void linkInsideTheRoots_isResolved() throws Exception {
        Path real = dir.toRealPath();
        Path target = Files.createDirectory(real.resolve("target"));
        Path link = Files.createSymbolicLink(real.resolve("link"), target);
        assertThat(new MountPoints(List.of(real), Path.of("/data"), table("/none")).resolve(link))
                .isEqualTo(target);
    }
}
