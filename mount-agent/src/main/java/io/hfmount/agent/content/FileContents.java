package io.hfmount.agent.content;

import io.hfmount.model.ContentHash;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The contents that handles have open, and the layouts of those read lately, least recently used first, within a byte
 * bound. Thread-safe; its monitor is taken before that of a {@link FileContent}.
 */
final class FileContents {
    private final long limit;

    // Guarded by this.
    private final LinkedHashMap<Key, FileContent> contents = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<FileContent, Integer> opened = new HashMap<>();
    private long footprint;

    FileContents(long limit) {
        this.limit = limit;
    }

    private record Key(ContentHash hash, long size) {}

    /** The content, counted as open once more. */
    synchronized FileContent open(ReadContext context, ContentHash hash, long size) {
        FileContent content = contents.computeIfAbsent(
                new Key(hash, size), key -> new FileContent(context, this, key.hash(), key.size()));
        opened.merge(content, 1, Integer::sum);
        return content;
    }

    /**
     * Counts one open less.
     *
     * @return whether nothing at all is open any more
     */
    synchronized boolean release(FileContent content) {
        if (opened.merge(content, -1, Integer::sum) == 0) {
            opened.remove(content);
            content.saveLayout(false);
            if (content.footprint() == 0) {
                contents.remove(new Key(content.hash(), content.size()));
            }
        }
        return opened.isEmpty();
    }

    /** Everything that is open. */
    synchronized List<FileContent> open() {
        return new ArrayList<>(opened.keySet());
    }

    /** Adds {@code span} to the layout of {@code content}; others are forgotten for it, and last its own. */
    synchronized void learn(FileContent content, LayoutSpan span) {
        if (contents.get(new Key(content.hash(), content.size())) != content) {
            return; // closed and forgotten: its bytes would count for ever
        }
        footprint += content.addToLayout(span);
        Iterator<FileContent> oldest = contents.values().iterator();
        while (footprint > limit && oldest.hasNext()) {
            FileContent next = oldest.next();
            if (next != content) {
                next.saveLayout(true);
                footprint -= next.forgetLayout(true);
                if (!opened.containsKey(next)) {
                    oldest.remove();
                }
            }
        }
        if (footprint > limit) {
            content.saveLayout(true);
            footprint -= content.forgetLayout(false);
        }
        assert footprint >= 0;
    }

    /** Has all layouts kept on disk, whole. */
    synchronized void saveLayouts() {
        contents.values().forEach(content -> content.saveLayout(true));
    }

    /** Rough heap bytes of all layouts. */
    synchronized long footprint() {
        return footprint;
    }
}
