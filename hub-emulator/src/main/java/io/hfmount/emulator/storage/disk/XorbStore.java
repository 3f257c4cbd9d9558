package io.hfmount.emulator.storage.disk;

import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.emulator.storage.plan.XorbLayouts;
import io.hfmount.model.ContentHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stored xorbs. A stored object never changes: addresses handed out name byte ranges of it, and another upload of the
 * same xorb may be compressed differently. Thread-safe; every call may read or write the disk.
 */
public final class XorbStore implements XorbLayouts {
    /** Layouts kept in memory, in chunks: about 20 MB. */
    private static final int CACHED_CHUNKS = 1 << 19;

    private static final int STRIPES = 64;
    private static final Logger log = LoggerFactory.getLogger(XorbStore.class);

    private final StorageDirectory directory;
    private final LayoutCache cache = new LayoutCache(CACHED_CHUNKS);
    /** One lock for a share of the hashes; held while an object of that share is put in place. */
    private final Object[] stripes =
            IntStream.range(0, STRIPES).mapToObj(i -> new Object()).toArray();

    /** The xorbs of {@code directory}. */
    public XorbStore(StorageDirectory directory) {
        this.directory = directory;
    }

    @Override
    public @Nullable XorbLayout find(ContentHash xorb) throws IOException {
        XorbLayout layout = cache.get(xorb);
        if (layout == null) {
            try (FileChannel file = open(xorb)) {
                layout = XorbFooter.read(file, xorb);
            } catch (NoSuchFileException e) {
                return null;
            }
            cache.put(layout);
        }
        return layout;
    }

    /**
     * Opens the stored object for reading by position; the caller closes it.
     *
     * @throws NoSuchFileException if the xorb is not stored
     */
    public FileChannel open(ContentHash xorb) throws IOException {
        return FileChannel.open(directory.path(StorageDirectory.Kind.XORBS, xorb), StandardOpenOption.READ);
    }

    /**
     * Stores a validated xorb durably, with a version 1 footer of our own.
     *
     * @param records a temporary file that starts with the chunk records; anything after them is cut off. It is gone
     *     when this returns true, untouched or cut when it returns false
     * @param layout what the validation found
     * @return false if the xorb was stored before; its object is then kept, unless its footer is damaged
     */
    public boolean put(Path records, XorbLayout layout) throws IOException {
        try (FileChannel file = FileChannel.open(records, StandardOpenOption.WRITE)) {
            file.truncate(layout.storedLength());
            ByteBuffer footer = XorbFooter.encode(layout);
            long position = layout.storedLength();
            while (footer.hasRemaining()) {
                position += file.write(footer, position);
            }
        }
        synchronized (stripes[(int) Long.remainderUnsigned(layout.xorb().w1(), STRIPES)]) {
            if (isReadable(layout.xorb())) {
                return false;
            }
            directory.publish(records, directory.path(StorageDirectory.Kind.XORBS, layout.xorb()));
        }
        cache.put(layout);
        return true;
    }

    private boolean isReadable(ContentHash xorb) {
        try {
            return find(xorb) != null;
        } catch (IOException e) {
            log.warn("replacing a damaged object: {}", e.getMessage());
            return false;
        }
    }
}
