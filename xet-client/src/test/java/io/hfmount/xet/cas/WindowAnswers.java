package io.hfmount.xet.cas;

import io.hfmount.model.ContentHash;
import io.hfmount.xet.merkle.Subtree;
import java.util.stream.Collectors;

/** Reads and writes answers about windows for tests of other packages. */
public final class WindowAnswers {
    private WindowAnswers() {}

    /** As the client does. */
    public static FileWindows parse(ContentHash file, byte[] json) {
        return FileWindowsJson.parse(file, json);
    }

    /** As a server does (xet-protocol §13.3). */
    public static String json(FileWindows answer) {
        return "{\"totalChunks\":1,\"fileSize\":%d,\"windows\":[%s],\"hashRanges\":[%s],\"gapVerification\":[%s]}"
                .formatted(
                        answer.fileSize(),
                        answer.windows().stream()
                                .map(w -> "{\"dirtyByteRange\":[%d,%d]}".formatted(w.start(), w.end()))
                                .collect(Collectors.joining(",")),
                        answer.gaps().stream()
                                .map(gap -> gap.map(WindowAnswers::json).orElse("null"))
                                .collect(Collectors.joining(",")),
                        answer.gapVerification().stream()
                                .map(hash -> "\"" + hash.text() + "\"")
                                .collect(Collectors.joining(",")));
    }

    private static String json(Subtree gap) {
        return "{\"nodes\":[%s],\"levels\":[%s],\"at_start\":%s,\"at_end\":%s}"
                .formatted(
                        gap.nodes().stream()
                                .map(n -> "{\"hash\":\"%s\",\"size\":%d}"
                                        .formatted(n.hash().text(), n.size()))
                                .collect(Collectors.joining(",")),
                        gap.levels().stream()
                                .map(level -> "[%d,%d]".formatted(level.left(), level.right()))
                                .collect(Collectors.joining(",")),
                        gap.atStart(),
                        gap.atEnd());
    }
}
