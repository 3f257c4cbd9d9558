package io.hfmount.xet.index;

import io.hfmount.xet.hash.XetHashes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whose content the logs of a folder speak of: a file beside them holds a hash of its name. */
final class IndexScope {
    private static final Logger LOG = LoggerFactory.getLogger(IndexScope.class);
    private static final String FILE = "scope";

    private IndexScope() {}

    /** Makes the folder that of {@code scope}; deletes its logs unless they are of that already. */
    static void claim(Path folder, String scope) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(FILE);
        String mine =
                XetHashes.chunkHash(scope.getBytes(StandardCharsets.UTF_8)).text();
        if (Files.exists(file) && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).equals(mine)) {
            return;
        }
        List<Path> logs;
        try (Stream<Path> entries = Files.list(folder)) {
            logs = entries.filter(path -> IndexLog.number(path) != null).toList();
        }
        for (Path log : logs) {
            Files.delete(log);
        }
        if (!logs.isEmpty()) {
            LOG.info("the chunk index in {} was that of another storage and begins anew", folder);
        }
        Path draft = folder.resolve(FILE + ".new");
        Files.writeString(draft, mine);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
