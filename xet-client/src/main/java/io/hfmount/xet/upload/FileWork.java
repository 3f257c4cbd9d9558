package io.hfmount.xet.upload;

import io.hfmount.xet.ContentSource;
import io.hfmount.xet.StorageException;

/** One file of a session: how it is made, and made again. Used by one thread at a time. */
interface FileWork {
    /**
     * Bytes of memory that making it takes at most, beside full xorbs handed over.
     *
     * @throws StorageException of kind {@code SOURCE} if its content cannot be used
     */
    long memory();

    /** Makes the file; every time the same one. */
    FileCleaner.Cleaned make(FileCleaner.Session session);

    /** Storage refused the file: what is remembered of stored content may be wrong and must not be used again. */
    default void distrust() {}

    /** Whether it uses more of what is remembered than its draft tells. */
    default boolean isComposed() {
        return false;
    }

    /** A whole file. */
    static FileWork of(ContentSource source, Uploader uploader) {
        return new FileWork() {
            @Override
            public long memory() {
                return FileCleaner.memoryFor(size(), uploader.settings());
            }

            private long size() {
                try {
                    return source.size();
                } catch (RuntimeException e) {
                    throw new StorageException(StorageException.Kind.SOURCE, "the content has no size", e);
                }
            }

            @Override
            public FileCleaner.Cleaned make(FileCleaner.Session session) {
                FileCleaner cleaner = uploader.borrowCleaner();
                FileCleaner.Cleaned cleaned = cleaner.clean(source, size(), session);
                // Not after a failure: records left in its writer would stand in the next file's xorb.
                uploader.giveBack(cleaner);
                return cleaned;
            }
        };
    }

    /** An edited file. */
    static FileWork of(FileComposer.Composition composition, UploadSettings settings) {
        return new FileWork() {
            @Override
            public long memory() {
                return FileCleaner.memoryFor(composition.newBytes(), settings) + composition.memory();
            }

            @Override
            public FileCleaner.Cleaned make(FileCleaner.Session session) {
                return composition
                        .assemble(() ->
                                new FileAssembly(composition.newSize(), composition.newBytes(), settings, session))
                        .cleaned();
            }

            @Override
            public void distrust() {
                composition.distrust();
            }

            @Override
            public boolean isComposed() {
                return true;
            }
        };
    }
}
